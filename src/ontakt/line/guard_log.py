"""The guard's interventions as events: one for a run of ticks with the same rule."""

from collections.abc import Callable

from ontakt.contract import Side, Signals
from ontakt.contract.event import Event, GuardActed

_Kind = tuple[str, str, Side | None]


class GuardLog:
    """Posts GuardActed when a rule begins to act on a side, with the values of that tick. A run
    ends when the rule has not acted for `pause` ticks, or with the cycle."""

    def __init__(self, post: Callable[[Event], None], pause: int) -> None:
        self._post, self._pause = post, pause
        self._cycle: int | None = None
        self._last: dict[_Kind, int] = {}

    def begin(self, cycle: int | None) -> None:
        """A new cycle begins, or none: between two cycles nothing is posted."""
        self._cycle = cycle
        self._last.clear()

    def see(self, signals: Signals) -> None:
        """Take in one tick."""
        if self._cycle is None:
            return
        for trip in signals.trips:
            kind = (trip.rule, trip.action, trip.side)
            before = self._last.get(kind)
            self._last[kind] = signals.tick
            if before is None or signals.tick - before > self._pause:
                self._post(
                    GuardActed(
                        cycle=self._cycle,
                        rule=trip.rule,
                        action=trip.action,
                        side=trip.side,
                        value=trip.value,
                        limit=trip.limit,
                    )
                )
