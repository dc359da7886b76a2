"""Nuts as the line sees them: presented one at a time, until a magazine is empty."""

from collections.abc import Callable

from ontakt.contract import Cell, Side
from ontakt.contract.event import Event, NutFed


class Feeder:
    """Asks the cell for nuts and posts those that were presented anew: a nut that waits since an
    attempt that never took it is not fed twice."""

    def __init__(self, cell: Cell, post: Callable[[Event], None]) -> None:
        self._cell, self._post = cell, post
        self._left: dict[Side, int | None] = {}

    def feed(self, cycle: int, side: Side) -> int | None:
        """Have a nut wait on `side`; returns what is left, None when there is none."""
        left = self._cell.feed(side)
        if left is not None and left != self._left.get(side):
            self._post(NutFed(cycle=cycle, side=side, left=left))
        self._left[side] = left
        return left

    def feed_all(self, cycle: int) -> bool:
        """Have a nut wait on every side, also where another has none; True when all have one."""
        left = [self.feed(cycle, side) for side in self._cell.sides]
        return None not in left
