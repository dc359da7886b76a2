"""Stops of a shift while it happens, as `evidence.time_elements` counts them afterwards."""

from ontakt.board.wall_view import TopStop
from ontakt.contract import State
from ontakt.contract.event import StateChanged
from ontakt.evidence.time_elements import Element, classify


class StopLedger:
    """Delays that touch and have one party to answer for them are one stop, named for what began
    it. `change` wants state changes in their order."""

    def __init__(self) -> None:
        self._open: tuple[str, str, int] | None = None
        self._from = 0
        self._totals: dict[str, tuple[int, int]] = {}

    def change(self, event: StateChanged, tick: int) -> None:
        """The state machine moved on `tick`."""
        delay = classify(event.state, event.attribution)[0] is Element.ADET
        cause, who, start = self._open or ("", "", 0)
        if self._open is not None and delay and who == event.attribution:
            return
        if self._open is not None and tick > start:
            count, ticks = self._totals.get(cause, (0, 0))
            self._totals[cause] = (count + 1, ticks + tick - start)
        self._open = (event.cause, event.attribution, tick) if delay else None

    @property
    def began(self) -> int | None:
        """The tick on which the present stop began; None while there is none."""
        return self._open[2] if self._open else None

    def top(self, n: int, tick: int, hz: int) -> tuple[TopStop, ...]:
        """The `n` causes that took the most until `tick`, the present stop included."""
        totals = dict(self._totals)
        if self._open is not None and tick > self._open[2]:
            cause, _, start = self._open
            count, ticks = totals.get(cause, (0, 0))
            totals[cause] = (count + 1, ticks + tick - start)
        ranked = sorted(totals.items(), key=lambda item: (-item[1][1], item[0]))
        return tuple(
            TopStop(cause=cause, count=count, seconds=ticks / hz)
            for cause, (count, ticks) in ranked[:n]
        )


LOST = StateChanged(state=State.STOPPED, cause="cut", attribution="robot")
"""What held from the last word of a lost process to the first state after it."""
