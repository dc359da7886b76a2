"""The action timeline: which target belongs to which control tick.

Chunks are aligned by the rows that were really played, never by an estimate of latency. Every side
has its own lane and its own generation, so one arm can start afresh while the other goes on, and an
answer that was under way for the old attempt finds no lane to land in.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from msgspec import Struct

from ontakt.contract import SIDE_WIDTH, ActionSpace, Array, Side
from ontakt.runtime.wanted import Wanted


class Mark(Struct, frozen=True):
    """Where a lane was when an inference started."""

    generation: int
    """Grows when the lane's rows become void."""
    played: int
    """Rows that had been played."""


Ticket = Mapping[Side, Mark]
"""The mark of every side; an inference takes it along and its answer shows it again."""


class _Lane:
    def __init__(self) -> None:
        self.rows: dict[int, Wanted] = {}
        self.superseded: dict[int, Wanted] = {}
        """What the rows from the last landing on have replaced."""
        self.takeover = range(0)
        """Ticks over which they take over."""
        self.begun: int | None = None
        """Tick on which row 0 of the present chunk would have been played."""
        self.generation = 0
        self.played = 0


class ActionTimeline:
    """Targets by absolute control tick, a lane per side."""

    def __init__(self, space: ActionSpace) -> None:
        self._space = space
        self._lanes: dict[Side, _Lane] = {side: _Lane() for side in space.sides}

    @property
    def space(self) -> ActionSpace:
        """The layout of the rows."""
        return self._space

    def ticket(self, sides: Iterable[Side]) -> Ticket:
        """The marks of `sides` now; the answer can land on no others."""
        lanes = {side: self._lanes[side] for side in sides}
        return {side: Mark(lane.generation, lane.played) for side, lane in lanes.items()}

    def fresh(self, ticket: Ticket) -> tuple[Side, ...]:
        """Sides that were not invalidated since `ticket` was taken."""
        return tuple(
            side
            for side, lane in self._lanes.items()
            if side in ticket and ticket[side].generation == lane.generation
        )

    def played_since(self, side: Side, ticket: Ticket) -> int:
        """Rows of `side` that were played since `ticket` was taken."""
        return self._lanes[side].played - ticket[side].played

    def invalidate(self, sides: tuple[Side, ...]) -> None:
        """Forget the rows of `sides` and whatever is in flight for them."""
        for side in sides:
            self._lanes[side].generation += 1
        self.drop(sides)

    def delay(self, ticks: int) -> None:
        """Every row is meant for `ticks` later: so long nothing was played."""
        for lane in self._lanes.values():
            lane.rows = {tick + ticks: row for tick, row in lane.rows.items()}
            lane.superseded = {tick + ticks: row for tick, row in lane.superseded.items()}
            lane.begun = None if lane.begun is None else lane.begun + ticks
            over = lane.takeover
            lane.takeover = range(over.start + ticks, over.stop + ticks)

    def drop(self, sides: tuple[Side, ...]) -> None:
        """Forget the rows of `sides`; what is in flight may still land."""
        for side in sides:
            lane = self._lanes[side]
            lane.rows, lane.superseded, lane.begun, lane.takeover = {}, {}, None, range(0)

    def lay(self, side: Side, rows: Sequence[Wanted], now: int, begun: int, over: int = 1) -> None:
        """Let `rows` be played from tick `now` on, and nothing of what was planned before from
        there; `begun` is the tick to which row 0 of their chunk belongs, `over` the number of ticks
        on which they still have something of the old plan in them, the first counted."""
        lane = self._lanes[side]
        lane.superseded = {tick: row for tick, row in lane.rows.items() if tick >= now}
        lane.rows = {now + i: row for i, row in enumerate(rows)}
        lane.takeover, lane.begun = range(now, now + over), begun

    def play(self, side: Side, tick: int) -> Wanted | None:
        """The row of `side` for `tick`, which is played now; None when there is none."""
        lane = self._lanes[side]
        row = lane.rows.pop(tick, None)
        if row is not None:
            lane.played += 1
        return row

    def target(self, side: Side, tick: int) -> Wanted | None:
        """The row of `side` for `tick`; None when there is none."""
        return self._lanes[side].rows.get(tick)

    def superseded(self, side: Side, tick: int) -> Wanted | None:
        """The row that would be played on `tick` if the last chunk had not come; None when there
        was none."""
        return self._lanes[side].superseded.get(tick)

    def takeover(self, side: Side) -> range:
        """The ticks on which the present chunk takes over; empty without one."""
        return self._lanes[side].takeover

    def age(self, side: Side, tick: int) -> int | None:
        """Rows of the present chunk that belong to ticks before `tick`; None without a chunk."""
        begun = self._lanes[side].begun
        return None if begun is None else tick - begun

    def remaining(self, side: Side, tick: int) -> int:
        """How many ticks from `tick` on have a row without a gap."""
        rows, count = self._lanes[side].rows, 0
        while tick + count in rows:
            count += 1
        return count

    def committed(self, tick: int, count: int, standing: Array) -> Array:
        """What every side will be told from `tick` on, shape (count, width): its rows, and then its
        last one over and over. A side without rows stands where it was last told to be,
        `standing` (width,)."""
        plan = np.tile(standing, (count, 1))
        for side, lane in self._lanes.items():
            k = self._space.start(side)
            columns = slice(k, k + SIDE_WIDTH)
            for i in range(min(count, self.remaining(side, tick))):
                plan[i:, columns] = lane.rows[tick + i].target
        plan.setflags(write=False)
        return plan
