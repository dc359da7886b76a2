"""A shift that was recorded: its events, and the tapes of its cycles."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from ontakt.cli.exporting.attempt import Attempt
from ontakt.cli.exporting.correction import Takeover
from ontakt.cli.folder import find_store
from ontakt.contract import ActionSpace, RecordError, SetupError, Side
from ontakt.contract.event import (
    CallRaised,
    CallResolved,
    CycleEnded,
    CycleStarted,
    FailureDetected,
    Origin,
    PartInspected,
    ShiftStarted,
    TakeoverEnded,
)
from ontakt.evidence.store import open_store
from ontakt.runtime.recorder import CYCLES


@dataclass
class RecordedCycle:
    """What the record says of one cycle."""

    number: int
    tape: Path
    variation: Mapping[str, float]
    inspected: dict[Side, bool] = field(default_factory=dict)
    """What the inspector found when the robot had left, before any person touched the part."""
    failures: list[tuple[int, FailureDetected]] = field(default_factory=list)
    """With the tick on which each was seen."""
    takeovers: list[Takeover] = field(default_factory=list)
    """When a person drove: in it, or after it before the next one, which the same tape holds."""
    ended: bool = False

    def failures_of(self, attempt: Attempt) -> list[FailureDetected]:
        """Those that were seen, of its sides or of the whole cell, from the beginning of `attempt`
        until the policy stops driving the side."""
        found = []
        for tick, one in self.failures:
            sides = attempt.job if one.side is None else {one.side} & attempt.until.keys()
            # a failure is told one tick after the last that the policy drove
            if any(attempt.begun < tick <= attempt.until[side] + 1 for side in sides):
                found.append(one)
        return found

    def good(self, attempt: Attempt) -> dict[str, bool]:
        """By side in the job of `attempt`: whether the inspector found it good and it did not fail
        before. A side that was never inspected is absent."""
        failed = {one.side for one in self.failures_of(attempt)}
        return {
            side: self.inspected[side] and not failed & {side, None}
            for side in attempt.job
            if side in self.inspected
        }


@dataclass(frozen=True)
class RecordedShift:
    """A shift and those of its finished cycles that have a tape."""

    folder: Path
    origin: Origin
    started: ShiftStarted
    cycles: tuple[RecordedCycle, ...]
    unrecorded: int
    """Finished cycles without a tape."""
    untaped: int
    """Takeovers that are on none of those tapes: nobody recorded before the first cycle, and a
    cycle that never ended has no part that was judged."""

    @property
    def space(self) -> ActionSpace:
        """The layout of a command."""
        return ActionSpace(self.started.sides, self.started.control_hz)

    @classmethod
    def open(cls, shift: Path, shift_id: str | None = None) -> Self:
        """The shift that `shift` means, as in `find_store`. A cycle that has not ended is left out:
        nobody has inspected it. Raises SetupError for what is no shift, and for one of which no
        cycle was recorded."""
        path = find_store(shift)
        started: ShiftStarted | None = None
        call: CallRaised | None = None
        cycles: dict[int, RecordedCycle] = {}
        takeovers = 0
        with open_store(path) as store:
            origin = store.find(shift_id)
            for record in store.records(origin.shift):
                match record.event:
                    case ShiftStarted() as event:
                        started = event
                    case CycleStarted(cycle=number, variation=variation):
                        tape = path.parent / CYCLES / f"{number:05d}.mcap"
                        cycles[number] = RecordedCycle(number, tape, variation)
                    case PartInspected(cycle=number, side=side, ok=ok):
                        cycles[number].inspected[side] = ok
                    case FailureDetected(cycle=number) as event:
                        cycles[number].failures.append((record.tick, event))
                    case CallRaised() as event:
                        call = event
                    case CallResolved():
                        call = None
                    case TakeoverEnded() as event:
                        takeovers += 1
                        if cycles:  # between two, the tape of the one before goes on
                            latest = cycles[next(reversed(cycles))]
                            latest.takeovers.append(_takeover(event, record.tick, call))
                    case CycleEnded(cycle=number):
                        cycles[number].ended = True
        if started is None:
            raise RecordError(f"{path}: does not say how shift {origin.shift} was begun.")
        ended = [cycle for cycle in cycles.values() if cycle.ended]
        taped = tuple(cycle for cycle in ended if cycle.tape.is_file())
        if not taped:
            raise SetupError(
                f"{path.parent}: no finished cycle of this shift was recorded; work a shift with "
                "--record (see: ontakt shift --help)."
            )
        untaped = takeovers - sum(len(cycle.takeovers) for cycle in taped)
        return cls(path.parent, origin, started, taped, len(ended) - len(taped), untaped)


def _takeover(event: TakeoverEnded, tick: int, call: CallRaised | None) -> Takeover:
    return Takeover(
        who=event.who,
        begun=event.began_tick,
        ended=tick,
        cycle=event.cycle,
        call=None if call is None else call.call,
        reason="" if call is None else call.reason,
    )
