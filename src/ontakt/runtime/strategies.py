"""Chunk strategies: when to think, and where on the timeline the answer goes.

The executor asks three questions and knows nothing else of a strategy: `wants` (start an inference
on this tick?), `begin` (it starts; which rows are committed?) and `place` (here is the answer).
An asynchronous strategy wants while rows remain, commits those that will be played meanwhile as a
prefix, and places its chunk on `chunk.observed_tick`.
"""

from typing import Protocol

from msgspec import Struct

from ontakt.contract import ActionChunk, Array, Side
from ontakt.runtime.timeline import ActionTimeline, Ticket


class Strategy(Protocol):
    """One way to weave chunks into a motion."""

    @property
    def name(self) -> str:
        """As in `--strategy`, and in the record."""
        ...

    def wants(self, tick: int, timeline: ActionTimeline, sides: tuple[Side, ...]) -> bool:
        """Start an inference on `tick`? `sides` are those that the policy drives; nothing else is
        in flight."""
        ...

    def begin(self, tick: int, timeline: ActionTimeline, sides: tuple[Side, ...]) -> Array | None:
        """An inference starts now; returns the committed prefix (P, width), or None."""
        ...

    def place(
        self, chunk: ActionChunk, tick: int, timeline: ActionTimeline, ticket: Ticket
    ) -> bool:
        """Put the answer that came on `tick` on the timeline; False when it was discarded."""
        ...


class Sync(Struct, frozen=True):
    """Stop, think, play the chunk, stop again.

    The robot holds while the policy thinks and the world goes on; every such tick is charged as
    starved. Row i is played on the i-th tick after the answer came: the robot stood still.
    """

    execute: int | None = None
    """Play at most so many rows of a chunk before thinking again; None plays all."""
    name: str = "sync"

    def wants(self, tick: int, timeline: ActionTimeline, sides: tuple[Side, ...]) -> bool:
        """When some side has nothing left to play."""
        return any(timeline.target(side, tick) is None for side in sides)

    def begin(
        self,
        tick: int,  # noqa: ARG002
        timeline: ActionTimeline,
        sides: tuple[Side, ...],
    ) -> Array | None:
        """All sides hold: a side that moved on would leave the pose that the answer begins at."""
        timeline.drop(sides)
        return None

    def place(
        self, chunk: ActionChunk, tick: int, timeline: ActionTimeline, ticket: Ticket
    ) -> bool:
        """From this tick on."""
        if self.execute is not None:
            chunk = ActionChunk(chunk.observed_tick, chunk.targets[: self.execute], chunk.beliefs)
        return timeline.insert(chunk, tick, tick, ticket)
