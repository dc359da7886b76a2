"""Every KPI of a million cycles, on columns and (for the ratio) with a plain loop over records.

Run: python -m benchmarks.kpi [CYCLES]
"""

import sys
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from ontakt.contract import SIDES, CycleRecord, Outcome, SideResult, ticks_of
from ontakt.evidence.kpi import CycleTable, Ledger, kpis
from ontakt.evidence.time_elements import E10, Stop, TimeElements

HZ, TAKT_S = 30, 76.0


def make(count: int) -> list[CycleRecord]:
    """A long life of a station: 2 % of the sides bad, 1 % assisted, 1 % starved."""
    chance = np.random.default_rng(7)
    bad = chance.random((count, 2)) < 0.02
    fate = chance.random(count)
    seconds = np.round(chance.normal(60, 6, count) * HZ) / HZ
    period = ticks_of(TAKT_S, HZ)
    cycles = []
    for k in range(count):
        outcome = Outcome.ON_TAKT
        if fate[k] < 0.01:
            outcome = Outcome.STARVED
        elif fate[k] < 0.02:
            outcome = Outcome.ASSISTED
        elif bad[k].any():
            outcome = Outcome.NOK_DETECTED
        cycles.append(
            CycleRecord(
                shift="bench",
                cycle=k,
                outcome=outcome,
                started_tick=k * period,
                ended_tick=(k + 1) * period,
                control_hz=HZ,
                takt_s=TAKT_S,
                cycle_s=float(seconds[k]),
                sides={
                    side: SideResult(inspected_ok=not bad[k, n]) for n, side in enumerate(SIDES)
                },
                step_ins=int(outcome is Outcome.ASSISTED),
            )
        )
    return cycles


def ledger_of(table: CycleTable) -> Ledger:
    """The cycles with a time of their own, a stop for each assisted one."""
    ticks = int(table.ticks.sum())
    stops = tuple(
        Stop(start=s, end=s + 900, attribution="robot", cause="jam", kind="minor", down=True)
        for s in range(0, ticks, 100 * ticks_of(TAKT_S, HZ))
    )
    down = 900 * len(stops)
    e10 = dict.fromkeys(E10, 0) | {E10.PRD: ticks - down, E10.UDT: down}
    time_of = TimeElements(hz=HZ, adot=0, adet=down, aust=0, apt=ticks - down, e10=e10, stops=stops)
    return Ledger(
        takt_s=TAKT_S,
        hours=ticks / HZ / 3600,
        cycles=table,
        time=time_of,
        step_ins=len(stops),
        refills=0,
        failures=len(stops),
        recovered=0,
    )


def plain(cycles: Sequence[CycleRecord]) -> dict[str, float]:
    """The same counts as anyone would write them first: one loop a figure."""
    finished = [c for c in cycles if c.failure != "cut"]
    worked = [c for c in finished if c.outcome not in (Outcome.STARVED, Outcome.BLOCKED)]
    alone = [c for c in worked if c.outcome not in (Outcome.ASSISTED, Outcome.ABORTED)]
    known = [c.both_ok for c in worked if c.both_ok is not None]
    times = sorted(c.cycle_s for c in alone)
    figures: dict[str, float] = {"cycles": len(finished)}
    for outcome in Outcome:
        figures[f"outcomes.{outcome}"] = sum(c.outcome == outcome for c in finished)
    figures["both_sides_ok"] = sum(known) / len(known)
    for side in SIDES:
        seen = [c.sides[side].inspected_ok for c in worked if side in c.sides]
        figures[f"{side}_ok"] = sum(bool(ok) for ok in seen) / len(seen)
    first = [c for c in worked if c.both_ok and not c.recoveries]
    first = [c for c in first if not sum(side.retries for side in c.sides.values())]
    figures["first_pass_yield"] = len(first) / len(known)
    figures["takt_compliance"] = sum(c.cycle_s <= c.takt_s for c in alone) / len(worked)
    figures["cycle_time.max"] = times[-1]
    figures["starvation"] = sum(c.starved_ticks for c in cycles) / sum(
        c.ended_tick - c.started_tick for c in cycles
    )
    figures["recoveries"] = sum(c.recoveries for c in cycles)
    return figures


T = TypeVar("T")


def timed(work: Callable[[], T]) -> tuple[T, float]:
    begin = time.perf_counter()
    found = work()
    return found, time.perf_counter() - begin


def main(count: int) -> None:
    cycles = make(count)
    table, converting = timed(lambda: CycleTable.from_records(cycles))
    ledger = ledger_of(table)
    figures, counting = timed(lambda: kpis(ledger))
    expected, looping = timed(lambda: plain(cycles))
    for name, value in expected.items():
        found = figures[name].value
        assert found is not None, name
        assert abs(found - value) < 1e-9, name
    print(f"{len(figures)} KPIs of {count:,} cycles on columns  {counting:7.3f} s")
    print(f"records to columns, once             {converting:7.3f} s")
    print(
        f"plain loops, {len(expected)} of the figures       {looping:7.3f} s   "
        f"{looping / counting:.0f} times the columns"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
