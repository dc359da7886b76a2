"""The action timeline: which target belongs to which control tick.

Chunks are aligned by the tick on which each row is to be played, never by an estimate of latency.
Every side has its own lane and its own generation, so one arm can start afresh while the other
goes on, and an answer that was under way for the old attempt finds no lane to land in.
"""

from collections.abc import Mapping

from ontakt.contract import SIDE_WIDTH, ActionChunk, ActionSpace, Side
from ontakt.runtime.wanted import Wanted

Ticket = Mapping[Side, int]
"""The generation of every side at the moment an inference started."""


class ActionTimeline:
    """Targets by absolute control tick, a lane per side."""

    def __init__(self, space: ActionSpace) -> None:
        self._space = space
        self._lanes: dict[Side, dict[int, Wanted]] = {side: {} for side in space.sides}
        self._generation: dict[Side, int] = dict.fromkeys(space.sides, 0)

    def ticket(self) -> Ticket:
        """The generations of now; an inference takes it along and its chunk shows it again."""
        return dict(self._generation)

    def fresh(self, ticket: Ticket) -> tuple[Side, ...]:
        """Sides that were not invalidated since `ticket` was taken."""
        return tuple(s for s in self._space.sides if ticket.get(s) == self._generation[s])

    def invalidate(self, sides: tuple[Side, ...]) -> None:
        """Forget the rows of `sides` and whatever is in flight for them."""
        for side in sides:
            self._generation[side] += 1
        self.drop(sides)

    def drop(self, sides: tuple[Side, ...]) -> None:
        """Forget the rows of `sides`; what is in flight may still land."""
        for side in sides:
            self._lanes[side].clear()

    def insert(self, chunk: ActionChunk, at_tick: int, now: int, ticket: Ticket) -> bool:
        """Play row i of `chunk` on tick `at_tick + i`, on the sides that are still `fresh`.

        Rows for ticks before `now` came too late and are dropped; from the first row that is left
        on, the older rows go. Returns False, and changes nothing, when no row or no side is left.
        """
        first = max(at_tick, now)
        sides = self.fresh(ticket)
        if not sides or first >= at_tick + chunk.horizon:
            return False
        for side in sides:
            k = self._space.start(side)
            rows = chunk.targets[:, k : k + SIDE_WIDTH]
            lane = self._lanes[side] = {
                tick: row for tick, row in self._lanes[side].items() if now <= tick < first
            }
            for tick in range(first, at_tick + chunk.horizon):
                lane[tick] = Wanted(rows[tick - at_tick], chunk.observed_tick)
        return True

    def target(self, side: Side, tick: int) -> Wanted | None:
        """The row of `side` for `tick`; None when there is none."""
        return self._lanes[side].get(tick)

    def remaining(self, side: Side, tick: int) -> int:
        """How many ticks from `tick` on have a row without a gap."""
        lane = self._lanes[side]
        count = 0
        while tick + count in lane:
            count += 1
        return count
