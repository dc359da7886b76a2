"""A latency study: cells of strategy and latency on the same parts, compared and judged."""

from collections.abc import Sequence

from msgspec import Struct

from ontakt import __version__
from ontakt.contract import RecordError
from ontakt.evidence.latency_study.bearing import RULE, Bearing, Verdict, bearings, judge
from ontakt.evidence.latency_study.cell import Cell, measure
from ontakt.evidence.latency_study.cell_run import CellRun
from ontakt.evidence.latency_study.comparison import Comparison, compare
from ontakt.evidence.latency_study.estimate import Estimate
from ontakt.evidence.statistics.paired import paired_difference


class Refused(Struct, frozen=True):
    """A strategy that does not apply to the policy, and why."""

    strategy: str
    reason: str


class Judged(Struct, frozen=True, kw_only=True):
    """One row of a study."""

    cell: Cell
    own: Comparison | None
    """Against the strategy's own least latency; None for that cell itself."""
    verdict: Verdict


class Study(Struct, frozen=True, kw_only=True):
    """Everything that `study.json` holds; times of the wall clock and places of files are no part
    of it, so the same study is the same bytes."""

    ontakt: str
    station: str
    robot: str
    policy: str
    policy_hash: str
    takt_s: float
    control_hz: int
    planned_cycles: int | None
    seed: int
    variation: dict[str, str]
    software: dict[str, str]
    command: tuple[str, ...]
    """The command line that makes the study again; where its files go is no part of it."""
    margin: float
    """Share of good parts that may be lost at most."""
    rule: str
    pairs: int
    """Fewest parts that a cell has in common with the one it is compared with."""
    least_drop: float | None
    """The loss of success that this many parts cannot rule out, even when none was lost."""
    cells: tuple[Judged, ...]
    """By strategy in the order asked for, then by latency."""
    bearings: tuple[Bearing, ...]
    """One a strategy, the one that bears most first; among equals the one with the most good parts
    per hour there, and where that cannot be told apart the smoothest."""
    not_applicable: tuple[Refused, ...]
    warnings: tuple[str, ...]

    def row(self, folder: str | None) -> Judged | None:
        """The cell in `folder`."""
        return next((row for row in self.cells if row.cell.folder == folder), None)

    @property
    def strategies(self) -> tuple[str, ...]:
        """Those that were worked, in the order asked for."""
        return tuple(dict.fromkeys(row.cell.strategy for row in self.cells))


def conclude(
    runs: Sequence[CellRun],
    refused: Sequence[Refused],
    command: Sequence[str],
    margin: float,
) -> Study:
    """Compare and judge the cells `runs`, all of one station, policy, seed and variation. Raises
    RecordError without a cell and for cells that do not belong together."""
    if not runs:
        raise RecordError("A latency study has at least one cell.")
    first = runs[0].shift
    seed = first.started.seed
    for run in runs:
        if _identity(run) != _identity(runs[0]):
            raise RecordError(f"Cells {runs[0].folder} and {run.folder} are of different studies.")
    order = list(dict.fromkeys(run.strategy for run in runs))
    runs = sorted(runs, key=lambda run: (order.index(run.strategy), _latency(run)))
    least = {run.strategy: run for run in reversed(runs)}
    cells = {run.folder: measure(run, seed) for run in runs}
    best = max(
        (least[strategy] for strategy in order),
        key=lambda run: (cells[run.folder].success.value or 0.0, _pace(cells[run.folder])),
    )
    against_best = {
        strategy: compare(run, best, seed) if run is not best else None
        for strategy, run in least.items()
    }
    own = {
        run.folder: compare(run, least[run.strategy], seed)
        if run is not least[run.strategy]
        else None
        for run in runs
    }
    verdicts = {
        run.folder: judge(
            cells[run.folder],
            own[run.folder],
            against_best[run.strategy],
            first.started.takt_s,
            margin,
        )
        for run in runs
    }
    found = bearings(list(cells.values()), list(verdicts.values()))
    pairs = min((one.pairs for one in own.values() if one), default=len(runs[0].worked))
    bound = paired_difference(0, 0, pairs, side="lower")
    return Study(
        ontakt=__version__,
        station=first.origin.station,
        robot=first.origin.robot,
        policy=first.started.policy,
        policy_hash=first.origin.policy_hash,
        takt_s=first.started.takt_s,
        control_hz=first.started.control_hz,
        planned_cycles=first.started.planned_cycles,
        seed=seed,
        variation=dict(first.started.variation),
        software=dict(first.started.software),
        command=tuple(command),
        margin=margin,
        rule=RULE,
        pairs=pairs,
        least_drop=None if bound is None else -bound.low,
        cells=tuple(Judged(cell=cells[f], own=own[f], verdict=verdicts[f]) for f in cells),
        bearings=tuple(_ranked(found, cells)),
        not_applicable=tuple(refused),
        warnings=tuple(_warnings(runs, own)),
    )


def _identity(run: CellRun) -> tuple[object, ...]:
    s, o = run.shift.started, run.shift.origin
    variation = tuple(sorted(s.variation.items()))
    return (o.station, o.robot, o.policy_hash, s.seed, s.takt_s, s.planned_cycles, variation)


def _latency(run: CellRun) -> float:
    return float("inf") if run.latency_ms is None else run.latency_ms


def _pace(cell: Cell) -> float:
    return cell.throughput_per_h.value or 0.0


def _ranked(found: Sequence[Bearing], cells: dict[str, Cell]) -> list[Bearing]:
    """The one that bears most first; among equals the one with the most good parts per hour there,
    and among those whose intervals overlap with its own the one with the least jerk."""

    def place(one: Bearing) -> tuple[bool, float, float]:
        cell = cells[one.borne or one.least]
        latency = (cell.latency_ms or 0.0) if one.borne else 0.0
        return (one.borne is None, -latency, -_pace(cell))

    ranked = sorted(found, key=place)
    top = cells[ranked[0].borne or ranked[0].least].throughput_per_h
    alike = [
        one
        for one in ranked
        if place(one)[:2] == place(ranked[0])[:2] and _reach(cells[one.borne or one.least], top)
    ]
    first = min(alike, key=lambda one: _jerk(cells[one.borne or one.least]))
    return [first, *(one for one in ranked if one is not first)]


def _reach(cell: Cell, top: Estimate) -> bool:
    """True when the cell's good parts per hour could be as many as `top`."""
    high = cell.throughput_per_h.high
    return cell.throughput_per_h == top or (high is not None and high >= (top.low or 0.0))


def _jerk(cell: Cell) -> float:
    return float("inf") if cell.jerk_rms.value is None else cell.jerk_rms.value


def _warnings(runs: Sequence[CellRun], own: dict[str, Comparison | None]) -> list[str]:
    said = []
    if len({tuple(sorted(run.shift.started.software.items())) for run in runs}) > 1:
        said.append("The cells were worked with different versions of the software.")
    for run in runs:
        shift, compared = run.shift, own[run.folder]
        if shift.cut or (shift.ended is not None and shift.ended.reason != "planned"):
            how = "was cut" if shift.ended is None else f"ended early ({shift.ended.reason})"
            said.append(f"Cell {run.folder} {how} after {len(shift.finished)} cycles.")
        said.extend(f"Cell {run.folder}: {problem}" for problem in shift.problems)
        lacking = len(run.worked) - compared.pairs if compared else 0
        if lacking > 0:
            said.append(
                f"Cell {run.folder}: {lacking} of {len(run.worked)} parts have no counterpart in "
                f"{compared.against if compared else ''}."
            )
    return said
