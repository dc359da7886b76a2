"""What is kept of a failure: its event, the last seconds, a picture of the first of its kind."""

from collections.abc import Callable

from ontakt.contract import Cell, CycleError, Side
from ontakt.contract.event import BlackBoxKept, Event, FailureDetected, PictureTaken
from ontakt.line.supervisor import PersonStop, SafetyStop


class Faults:
    """Records failures as they are seen; `pictures` False leaves pictures out."""

    def __init__(self, cell: Cell, post: Callable[[Event], None], pictures: bool = True) -> None:
        self._cell, self._post, self._pictures = cell, post, pictures
        self._pictured: set[str] = set()

    def record(self, cycle: int, side: Side | None, mode: str, signal: str, attempt: int) -> None:
        """A failure was seen just now."""
        self._post(
            FailureDetected(cycle=cycle, side=side, mode=mode, signal=signal, attempt=attempt)
        )
        self.keep(cycle, mode)
        self.picture(cycle, mode, side)

    def stopped(self, cycle: int, error: CycleError | SafetyStop) -> str:
        """The whole cell stopped; returns the cause: `guard`, `error` for a failed cell, `operator`
        for a person's wish, which is no failure."""
        if isinstance(error, PersonStop):
            self.keep(cycle, "operator")
            return "operator"
        if isinstance(error, SafetyStop):
            mode, side = "guard", error.side
        else:
            mode, side = "error", None
        self.record(cycle, side, mode, str(error), attempt=1)
        return mode

    def keep(self, cycle: int, reason: str) -> None:
        """Keep the last seconds."""
        path = self._cell.keep_black_box(cycle, reason)
        if path is not None:
            self._post(BlackBoxKept(cycle=cycle, reason=reason, path=path))

    def picture(self, cycle: int, what: str, side: Side | None = None) -> None:
        """Take a picture of `what`, unless there is one."""
        if not self._pictures or what in self._pictured:
            return
        path = self._cell.picture(cycle, what, side)
        if path is not None:
            self._pictured.add(what)
            self._post(PictureTaken(cycle=cycle, what=what, path=path))
