"""An operating envelope: what ladders, space-filling points and misaligned parts come to."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from ontakt import __version__
from ontakt.contract import RecordError
from ontakt.evidence.envelope.band import AXIS, Band, bands
from ontakt.evidence.envelope.cell_run import CellRun
from ontakt.evidence.envelope.design import Design
from ontakt.evidence.envelope.interaction import SpaceReading, read_space
from ontakt.evidence.envelope.limit import RULE, Limit, find_limit
from ontakt.evidence.envelope.rung import Rung, measure
from ontakt.evidence.envelope.span import Span
from ontakt.evidence.statistics.p_value import PValue
from ontakt.evidence.statistics.trend import falling_trend


class LadderReading(Struct, frozen=True, kw_only=True):
    """One axis."""

    span: Span
    rungs: tuple[Rung, ...]
    """From calm to harsh."""
    limit: Limit
    trend: PValue | None
    """Does success fall along the ladder? One-sided."""


class Envelope(Struct, frozen=True, kw_only=True):
    """Everything that `envelope.json` holds; times of the wall clock and places of files are no
    part of it, so the same study is the same bytes."""

    ontakt: str
    station: str
    robot: str
    policy: str
    policy_hash: str
    takt_s: float
    latency: str
    strategy: str
    base: Mapping[str, str]
    """The variation at which the axes lie that a cell does not hold."""
    software: Mapping[str, str]
    notes: tuple[str, ...]
    command: tuple[str, ...]
    """The command line that makes it again; where its files go is no part of it."""
    rule: str
    design: Design
    cycles: int
    """Worked."""
    ladders: tuple[LadderReading, ...]
    space: SpaceReading | None
    """None with one axis."""
    misaligned: tuple[Band, ...]
    """Empty where misalignment is none of the axes."""
    warnings: tuple[str, ...]


def conclude(
    design: Design, runs: Mapping[str, CellRun], base: Mapping[str, str], command: Sequence[str]
) -> Envelope:
    """Read the cells `runs`, by name, of `design`. Raises RecordError where one is missing, and
    for cells that do not belong together."""
    for cell in design.cells:
        if cell.name not in runs:
            raise RecordError(f"Cell {cell.name} was not worked.")
    ordered = [runs[cell.name] for cell in design.cells]
    for run in ordered:
        if _identity(run) != _identity(ordered[0]):
            raise RecordError(
                f"Cells {ordered[0].cell.name} and {run.cell.name} are of different studies."
            )
    ladders = tuple(
        _ladder([runs[cell.name] for cell in ladder.cells], ladder.span, design)
        for ladder in design.ladders
    )
    crooked = next((ladder for ladder in design.ladders if ladder.span.axis == AXIS), None)
    first = ordered[0].shift
    return Envelope(
        ontakt=__version__,
        station=first.origin.station,
        robot=first.origin.robot,
        policy=first.started.policy,
        policy_hash=first.origin.policy_hash,
        takt_s=first.started.takt_s,
        latency=first.started.latency,
        strategy=first.started.strategy,
        base=dict(base),
        software=dict(first.started.software),
        notes=first.started.notes,
        command=tuple(command),
        rule=RULE,
        design=design,
        cycles=sum(len(run.rows) for run in ordered),
        ladders=ladders,
        space=read_space([runs[cell.name] for cell in design.space], design.spans),
        misaligned=bands([runs[cell.name] for cell in crooked.cells], design.seed)
        if crooked
        else (),
        warnings=tuple(_warnings(ordered)),
    )


def _ladder(runs: Sequence[CellRun], span: Span, design: Design) -> LadderReading:
    rungs = tuple(measure(run, span.axis, design.confidence) for run in runs)
    return LadderReading(
        span=span,
        rungs=rungs,
        limit=find_limit(span.axis, span.unit, rungs, design.claimed, design.confidence),
        trend=falling_trend([rung.good for rung in rungs], [rung.n for rung in rungs], design.seed),
    )


def _identity(run: CellRun) -> tuple[object, ...]:
    s, o = run.shift.started, run.shift.origin
    software = tuple(sorted(s.software.items()))
    return (o.station, o.robot, o.policy_hash, s.takt_s, s.latency, s.strategy, software)


def _warnings(runs: Sequence[CellRun]) -> list[str]:
    said = []
    for run in runs:
        if run.halted:
            ended = "was cut" if run.shift.ended is None else f"{run.shift.ended.reason} early"
            said.append(
                f"Cell {run.cell.name} {ended} after {len(run.rows)} of {run.cell.cycles} cycles: "
                "it is never shown to hold."
            )
        elif run.short:
            said.append(
                f"Cell {run.cell.name}: {run.short} of {run.cell.cycles} cycles were not the "
                "robot's to work and do not count."
            )
        if run.unknown:
            said.append(f"Cell {run.cell.name}: nobody inspected {run.unknown} cycles.")
        said.extend(f"Cell {run.cell.name}: {problem}" for problem in run.shift.problems)
    return said
