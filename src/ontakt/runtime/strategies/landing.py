"""Putting a chunk on the timeline."""

from collections.abc import Callable, Sequence

from ontakt.contract import SIDE_WIDTH, ActionChunk, Side
from ontakt.runtime.timeline import ActionTimeline, Ticket
from ontakt.runtime.wanted import Wanted

Index = Callable[[Side], int | None]
"""The row of the chunk that a side plays next; None when the chunk came too late for it."""

Blend = Callable[[Side, Sequence[Wanted]], Sequence[Wanted]]
"""What is played instead of a side's rows, the first of them now."""


def land(
    chunk: ActionChunk,
    now: int,
    timeline: ActionTimeline,
    ticket: Ticket,
    index: Index | None = None,
    blend: Blend | None = None,
    over: int = 1,
) -> bool:
    """Let every side that is still fresh go on with `chunk`; False when none can.

    A side has played as many rows since the observation as it has moved on: its next row is the one
    of that number. A side that stood still while the policy thought begins with row 0, as the
    synchronous strategy wants it. `over` is the number of ticks on which `blend` fades.
    """
    landed = False
    for side in timeline.fresh(ticket):
        at = timeline.played_since(side, ticket) if index is None else index(side)
        if at is None or at >= chunk.horizon:
            continue
        k = timeline.space.start(side)
        rows: Sequence[Wanted] = [
            Wanted(row, chunk.observed_tick) for row in chunk.targets[at:, k : k + SIDE_WIDTH]
        ]
        timeline.lay(side, rows if blend is None else blend(side, rows), now, now - at, over)
        landed = True
    return landed
