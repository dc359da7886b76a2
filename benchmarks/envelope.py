"""Is an envelope right? Brute force on a coarse grid beside what `ontakt envelope` said.

    python -m benchmarks.envelope ENVELOPE [--axes misalignment tolerance] [--cycles 2000]
        [--inside 3] [--shift 100] [--jobs N] [--fleet local] [--out DIR] [--look]

ENVELOPE is the folder of an envelope. For each axis, points are worked with seeds of their own: the
calm end, the harsh end, both ends of the interval in which the envelope says that success crosses
the reliability, and INSIDE points between these. CYCLES cycles a point are worked as shifts of
SHIFT cycles and kept, in turn about the interval, then at the ends of the ladder; the same command
goes on where it was cut, `--look` only counts what is there.

The limits are confirmed when (1) no point up to `holds up to` is shown below the reliability,
(2) no point from `fails from` on is shown to reach it, and (3) the crossing of the best falling fit
lies within the envelope's interval, or, where it names no end, does not contradict the ladder.
"Shown" is Clopper and Pearson's one-sided bound at 99 %, divided by the number of points of the
axis. The result is printed as a table and written to `brute.json`; exit code 0 is confirmed, 1 not.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import tyro
from msgspec import Struct
from tyro.conf import Positional

from ontakt.cli.fleet.claim import claimed
from ontakt.cli.fleet.experiment import work_orders
from ontakt.cli.fleet.fleet import find_fleet
from ontakt.cli.fleet.kept import read_kept
from ontakt.cli.fleet.order import ShiftOrder
from ontakt.cli.options import ShiftOptions
from ontakt.contract import SetupError
from ontakt.evidence.envelope import Cell, CellRun, Span
from ontakt.evidence.experiment import seed_of
from ontakt.evidence.statistics.intervals import clopper_pearson
from ontakt.evidence.statistics.isotonic import crossing, falling
from ontakt.evidence.store import open_store

CONFIDENCE = 0.99
"""Of all bounds of one axis together."""

Word = Literal["holds", "fails", "open"]


class Told(Struct, frozen=True, kw_only=True):
    """What the envelope says of one axis; values in the axis's own unit."""

    span: Span
    reliability: float
    holds_up_to: float | None
    fails_beyond: float | None


class Point(Struct, frozen=True, kw_only=True):
    """One value of the axis, worked many times."""

    value: float
    n: int
    good: int
    at_least: float | None
    at_most: float | None
    word: Word
    """What the bounds show; `open` where neither excludes the reliability."""


class Check(Struct, frozen=True, kw_only=True):
    """One axis of the envelope beside brute force."""

    told: Told
    points: tuple[Point, ...]
    crossing: float | None
    """By brute force; None where success stays on one side of the reliability."""
    against: tuple[str, ...]
    """What speaks against the envelope, a sentence each; empty when it is confirmed."""


def read_told(folder: Path, axes: Sequence[str]) -> tuple[dict[str, Any], list[Told]]:
    """The registered plan of the envelope in `folder` and what it says of `axes`, all of its own
    where none is named. Raises SetupError."""
    try:
        plan = msgspec.json.decode((folder / "plan.json").read_bytes())
        envelope = msgspec.json.decode((folder / "envelope.json").read_bytes())
    except (OSError, msgspec.MsgspecError) as error:
        raise SetupError(f"{folder}: holds no envelope that was worked ({error}).") from error
    found = {}
    for ladder in envelope["ladders"]:
        limit = ladder["limit"]
        found[limit["axis"]] = Told(
            span=msgspec.convert(ladder["span"], Span),
            reliability=limit["reliability"],
            holds_up_to=limit["holds_up_to"],
            fails_beyond=limit["fails_beyond"],
        )
    missing = [axis for axis in axes if axis not in found]
    if missing:
        raise SetupError(f"{folder}: has no axis {missing[0]!r}. Available: {', '.join(found)}.")
    return plan, [found[axis] for axis in axes or found]


def grid(told: Told, inside: int) -> tuple[float, ...]:
    """The values to work, from calm to harsh: both ends of the ladder, both ends of the interval
    and `inside` between these."""
    span = told.span
    low = 0.0 if told.holds_up_to is None else span.share(told.holds_up_to)
    high = 1.0 if told.fails_beyond is None else span.share(told.fails_beyond)
    if low >= 1.0:  # it holds everywhere: look along all of the ladder
        low, high = 0.0, 1.0
    shares = [0.0, *(low + (high - low) * k / (inside + 1) for k in range(inside + 2)), 1.0]
    return tuple(dict.fromkeys(span.at(share) for share in shares))


def orders_of(
    plan: Mapping[str, Any], told: Told, values: Sequence[float], cycles: int, shift: int
) -> dict[str, tuple[ShiftOrder, Cell]]:
    """Shifts of `shift` cycles at each of `values` by name, as the envelope's own cells were worked
    but for their seeds."""
    found = {}
    for value in values:
        for part in range(-(-cycles // shift)):
            name = f"points/{told.span.axis}-{value:g}/{part:03d}"
            n = min(shift, cycles - part * shift)
            seed = seed_of(f"brute {plan['design']['seed']}", name, 0)
            options = ShiftOptions(
                station=plan["station"],
                robot=None,
                policy=plan["policy"],
                cycles=n,
                hours=None,
                takt=plan["takt_s"],
                seed=seed,
                variation=(*plan["base"]["words"], f"{told.span.axis}={told.span.text(value)}"),
                latency=plan["latency"],
                strategy=plan["strategy"],
            )
            cell = Cell(name=name, at={told.span.axis: value}, cycles=n, seed=seed)
            found[name] = ShiftOrder(name, options, policy_hash=plan["policy_hash"]), cell
    return found


def in_turn(whole: Mapping[str, tuple[ShiftOrder, Cell]], told: Sequence[Told]) -> list[ShiftOrder]:
    """The first shift of every point about what was told, then the second and so on, and the ends
    of the ladders behind them: a run that is cut has looked where it matters."""
    spans = {one.span.axis: one for one in told}

    def turn(name: str) -> tuple[bool, str]:
        ((axis, value),) = whole[name][1].at.items()
        one = spans[axis]
        end = value in (one.span.calm, one.span.harsh)
        return end and value not in (one.holds_up_to, one.fails_beyond), name.rpartition("/")[2]

    return [whole[name][0] for name in sorted(whole, key=turn)]


def judge(told: Told, counts: Sequence[tuple[float, int, int]]) -> Check:
    """`counts` (value, good, n) from calm to harsh beside what was told."""
    confidence = 1 - (1 - CONFIDENCE) / max(1, len(counts))
    points = []
    for value, good, n in counts:
        low = clopper_pearson(good, n, confidence, "lower")
        high = clopper_pearson(good, n, confidence, "upper")
        word: Word = "open"
        if low is not None and low.low >= told.reliability:
            word = "holds"
        if high is not None and high.high < told.reliability:
            word = "fails"
        points.append(
            Point(
                value=value,
                n=n,
                good=good,
                at_least=low.low if low else None,
                at_most=high.high if high else None,
                word=word,
            )
        )
    known = [point for point in points if point.n]
    where = None
    if known:
        fit = falling([point.good for point in known], [point.n for point in known])
        where = crossing([point.value for point in known], list(fit), told.reliability)
    return Check(
        told=told, points=tuple(points), crossing=where, against=_against(told, points, where)
    )


def _against(told: Told, points: Sequence[Point], where: float | None) -> tuple[str, ...]:
    span, said = told.span, []
    low = None if told.holds_up_to is None else span.share(told.holds_up_to)
    high = None if told.fails_beyond is None else span.share(told.fails_beyond)
    for point in points:
        place = span.share(point.value)
        if low is not None and place <= low and point.word == "fails":
            said.append(f"it fails at {span.text(point.value)}, told to hold")
        if high is not None and place >= high and point.word == "holds":
            said.append(f"it holds at {span.text(point.value)}, told to fail")
    if where is not None and low is not None and span.share(where) < low:
        said.append(f"success crosses at {span.text(where)}, before what was told to hold")
    if where is not None and high is not None and span.share(where) > high:
        said.append(f"success crosses at {span.text(where)}, beyond what was told to fail")
    return tuple(said)


def table(check: Check) -> str:
    """The points of one axis, and the verdict."""
    told, span = check.told, check.told.span
    lines = [
        f"| {span.title} | good | n | success | at least | at most | |",
        "|---|---|---|---|---|---|---|",
    ]
    for p in check.points:
        shares = [
            "unknown" if value is None else f"{100 * value:.2f} %"
            for value in (p.good / p.n if p.n else None, p.at_least, p.at_most)
        ]
        lines.append(f"| {p.value:g} | {p.good} | {p.n} | {' | '.join(shares)} | {p.word} |")
    holds = "nothing" if told.holds_up_to is None else span.text(told.holds_up_to)
    fails = "nothing" if told.fails_beyond is None else span.text(told.fails_beyond)
    where = "nowhere" if check.crossing is None else span.text(check.crossing)
    verdict = "confirmed" if not check.against else f"refuted: {'; '.join(check.against)}"
    lines.append(
        f"\n{span.axis}: the envelope holds {100 * told.reliability:g} % up to {holds} and fails "
        f"from {fails}; by brute force success crosses it at {where}: {verdict}.\n"
    )
    return "\n".join(lines)


def main(
    envelope: Positional[Path],
    axes: tuple[str, ...] = (),
    cycles: int = 2000,
    inside: int = 3,
    shift: int = 100,
    jobs: int | None = None,
    fleet: str = "local",
    out: Path | None = None,
    look: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
) -> int:
    """Work what is missing, judge, tell. Returns 0 when every axis is confirmed, 1 when one is
    not."""
    plan, told = read_told(envelope, axes)
    folder = out or envelope.with_name(f"{envelope.name}-brute")
    grids = {one.span.axis: grid(one, inside) for one in told}
    whole: dict[str, tuple[ShiftOrder, Cell]] = {}
    for one in told:
        whole |= orders_of(plan, one, grids[one.span.axis], cycles, shift)
    orders = in_turn(whole, told)
    registered = {"of": plan, "grids": grids, "cycles": cycles, "shift": shift}
    counts: dict[tuple[str, float], tuple[int, int]] = {}
    with claimed(folder, registered, "brute force of an envelope"):
        if not look:
            work_orders(folder, orders, find_fleet(fleet, jobs)).whole()
        for order, cell in whole.values():
            kept = read_kept(folder / order.name, order)
            if kept is None:
                continue
            with open_store(kept.store) as store:
                records = list(store.records(store.find().shift))
            run = CellRun.from_records(cell, records, [one.span for one in told])
            ((axis, value),) = cell.at.items()
            good, n = counts.get((axis, value), (0, 0))
            counts[axis, value] = good + run.good, n + len(run.rows)
        checks = []
        for one in told:
            axis = one.span.axis
            rows = [(value, *counts.get((axis, value), (0, 0))) for value in grids[axis]]
            checks.append(judge(one, rows))
        (folder / "brute.json").write_bytes(msgspec.json.format(msgspec.json.encode(checks)))
    for check in checks:
        print(table(check), flush=True)
    return int(any(check.against for check in checks))


if __name__ == "__main__":
    try:
        sys.exit(tyro.cli(main, description=__doc__))
    except SetupError as error:
        sys.exit(f"benchmarks.envelope: {error}")
    except KeyboardInterrupt:
        sys.exit("benchmarks.envelope: stopped; the same command goes on.")
