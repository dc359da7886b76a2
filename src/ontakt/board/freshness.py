"""Jogs that a network held back: known by their age, and never played.

A page stamps each jog with its own clock. The two clocks are never compared as such: the quickest
message of the last seconds tells how far apart they are, and a jog that took `LATE_S` longer is an
old one, whose key may have been let go since.
"""

from collections import deque

LATE_S = 0.15
"""Longer on its way than the quickest by so much [s], a jog is void."""
_WINDOW_S = 10.0
"""Clocks drift apart, so the quickest is sought in so much of the past [s]."""


class Freshness:
    """The messages of one page. `at` is its clock, `now` ours, both in [s]."""

    def __init__(self) -> None:
        self._quickest: deque[tuple[float, float]] = deque()
        """(now, now - at), the least difference first, each later one greater."""

    def fresh(self, at: float, now: float) -> bool:
        """True for a message that came about as quickly as the others do."""
        took = now - at
        while self._quickest and self._quickest[-1][1] >= took:
            self._quickest.pop()
        self._quickest.append((now, took))
        while self._quickest[0][0] < now - _WINDOW_S:
            self._quickest.popleft()
        return took - self._quickest[0][1] <= LATE_S
