"""What a log and a record of events both tell of a shift, both figures tell alike."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.evidence.imported.logs import csv_of, shift_of
from tests.evidence.shifts import HZ, START_NS, Plan, shift

from ontakt.contract.event import Record, ShiftEnded
from ontakt.evidence.fold import fold
from ontakt.evidence.kpi import kpis
from ontakt.evidence.shift_record import ShiftRecord
from ontakt.evidence.summary import cycles_table, summary

UNTOLD = {"refills", "starvation"}
"""Figures that no log tells."""


def as_a_cell_would_log_it(record: ShiftRecord) -> str:
    """The cycles of a folded shift as a log, its stops from the states."""
    starts = [cycle.started_tick for cycle in record.cycles]
    rows: list[Mapping[str, object]] = []
    for row, start, after in zip(
        cycles_table(record), starts, [*starts[1:], record.last_tick], strict=True
    ):
        stops = [
            (segment.end - segment.start, segment.attribution)
            for segment in record.segments
            if start <= segment.start < after and segment.attribution != "none"
        ]
        began = datetime.fromtimestamp(START_NS // 10**9, UTC) + timedelta(seconds=start / HZ)
        ended = began + timedelta(seconds=(int(str(row["ended_tick"])) - start) / HZ)
        kept = {
            name: value
            for name, value in row.items()
            if name not in ("started_tick", "ended_tick", "takt_s", "both_ok")
            and not name.endswith(("_s", "_rad")) | name.startswith(("inferences", "starved"))
        }
        rows.append(
            {
                **kept,
                "start": began.isoformat(),
                "end": ended.isoformat(),
                "cycle_s": row["cycle_s"],
                "stop_s": sum(ticks for ticks, _ in stops) / HZ,
                "stop_by": stops[0][1] if stops else None,
            }
        )
    return csv_of(rows)


def to_its_last_cycle(records: list[Record]) -> list[Record]:
    """The same shift without the wait after its last cycle, of which no log knows."""
    last = max(c.ended_tick for c in fold(records).cycles)
    return [
        replace(r, tick=min(r.tick, last))
        if isinstance(r.event, ShiftEnded) or r.tick > last
        else r
        for r in records
    ]


@pytest.mark.parametrize(
    "plan",
    [
        Plan(cycles=60),
        Plan(cycles=40, seed=3, failure=0.3, hopeless=0.7, escape=0.4),
        Plan(cycles=20, seed=5, failure=0.0, starved=0.3),
        Plan(cycles=12, pace_s=90.0),
    ],
    ids=["plain", "troubled", "starved", "slow"],
)
def test_every_figure_that_both_know_is_the_same(plan: Plan, tmp_path: Path) -> None:
    recorded = fold(to_its_last_cycle(shift(plan)))
    imported = shift_of(tmp_path, as_a_cell_would_log_it(recorded), takt_s=plan.takt_s)
    expected, found = kpis(recorded), kpis(imported)
    assert {name for name, kpi in found.items() if kpi.value is None} >= UNTOLD
    for name, kpi in expected.items():
        if name in UNTOLD:
            assert found[name].value is None
        elif kpi.value is None:
            assert found[name].value is None, name
        else:
            assert found[name].value == pytest.approx(kpi.value, rel=1e-4), name
            assert found[name].n == kpi.n, name
    assert imported.hours == pytest.approx(recorded.hours, rel=1e-5)


def test_its_table_is_the_same_as_far_as_it_is_told(tmp_path: Path) -> None:
    recorded = fold(to_its_last_cycle(shift(Plan(cycles=30, failure=0.2))))
    imported = shift_of(tmp_path, as_a_cell_would_log_it(recorded), takt_s=76.0)
    left_out = {"shift", "started_tick", "ended_tick", "inferences", "starved_ticks"}
    for told, found in zip(cycles_table(recorded), cycles_table(imported), strict=True):
        for name, value in told.items():
            if name in left_out or name.endswith(("_height_m", "_tilt_rad")):
                continue
            if name.endswith("_s") and name != "cycle_s" and name != "takt_s":
                continue  # phases, of which no log tells
            assert found[name] == (pytest.approx(value) if isinstance(value, float) else value)


def test_its_summary_is_the_same_as_far_as_it_is_told(tmp_path: Path) -> None:
    recorded = fold(to_its_last_cycle(shift(Plan(cycles=30, failure=0.2))))
    imported = shift_of(tmp_path, as_a_cell_would_log_it(recorded), takt_s=76.0)
    one, other = summary(recorded), summary(imported)
    for name in ("cycles", "outcomes", "both_sides_ok", "left_ok", "right_ok", "step_ins",
                 "recoveries", "takt_s"):  # fmt: skip
        assert one[name] == other[name], name
    assert other["seed"] is None
    assert other["events"] is None
