"""The cycle that is under way, as the record knows it: begun once, inspected once, ended once."""

from collections.abc import Callable, Mapping
from contextlib import suppress

from ontakt.contract import Cell, CellStats, CycleError, OntaktError
from ontakt.contract.event import CycleEnded, CycleStarted, Ending, Event, PartInspected
from ontakt.line.faults import Faults
from ontakt.line.guard_log import GuardLog
from ontakt.line.work import Work


class CycleLog:
    """Posts CycleStarted, PartInspected and CycleEnded; `number` is the present or next cycle."""

    def __init__(
        self,
        cell: Cell,
        post: Callable[[Event], None],
        faults: Faults,
        guard_log: GuardLog,
        first: int,
    ) -> None:
        self._cell, self._post, self._faults, self._guard_log = cell, post, faults, guard_log
        self.number = first
        self.if_cut: Ending | None = None
        """How the open cycle would end if it were cut now; None between two cycles."""
        self._work: Work | None = None
        self._inspected = False

    def begin(
        self, due_tick: int, variation: Mapping[str, float], if_cut: Ending, work: Work | None
    ) -> None:
        """A part was presented, or should have been; `work` is None when there is none."""
        self.if_cut, self._work, self._inspected = if_cut, work, False
        self._guard_log.begin(self.number)
        self._post(
            CycleStarted(
                cycle=self.number, due_tick=due_tick, job=self._cell.sides, variation=variation
            )
        )

    def inspect(self) -> None:
        """Measure the robot's work, the first time that it is asked for in a cycle in which the
        robot worked; a cell that cannot measure leaves it unknown."""
        work = self._work
        if self._inspected or work is None or not work.started:
            return
        self._inspected = True
        with suppress(CycleError):
            for side, found in self._cell.inspect().items():
                self._post(
                    PartInspected(
                        cycle=self.number,
                        side=side,
                        ok=found.ok,
                        offset=found.offset,
                        height=found.height,
                        tilt=found.tilt,
                    )
                )
                if work.sides[side].ok and not found.ok:
                    self._faults.picture(self.number, "nok_escaped", side)

    def end(self, ending: Ending) -> None:
        """The part leaves, or the line moves on without one."""
        work = self._work
        self._post(
            CycleEnded(
                cycle=self.number,
                ending=ending,
                robot_done_tick=work.done_tick if work is not None else None,
                retries=work.retries if work is not None else {},
                stats=self._stats() if work is not None else None,
            )
        )
        self._guard_log.begin(None)
        self.if_cut, self._work = None, None
        self.number += 1

    def cut(self, reason: str) -> None:
        """End the cycle that is open, if one is, because the shift ends."""
        if self.if_cut is not None:
            if self._work is not None:
                self._work.abandon(reason)
            self.end(self.if_cut)

    def _stats(self) -> CellStats | None:
        with suppress(OntaktError):  # after a halt the cell may not answer
            return self._cell.stats()
        return None
