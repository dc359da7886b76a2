"""Stop, think, play, stop again."""

from msgspec import Struct

from ontakt.contract import ActionChunk, Array, PolicySpec, Side
from ontakt.runtime.strategies.landing import land
from ontakt.runtime.strategies.strategy import Question
from ontakt.runtime.timeline import ActionTimeline, Ticket


class Sync(Struct, frozen=True):
    """Stop, think, play the chunk, stop again.

    The robot holds while the policy thinks and the world goes on; every such tick is charged as
    starved. Row i is played on the i-th tick after the answer came: the robot stood still.
    """

    execute: int | None = None
    """Play at most so many rows of a chunk before thinking again; None plays all."""
    name: str = "sync"

    def check(self, spec: PolicySpec) -> None:
        """Every policy can be asked."""

    def wants(
        self,
        tick: int,
        timeline: ActionTimeline,
        sides: tuple[Side, ...],
        delay: int,  # noqa: ARG002
    ) -> bool:
        """When some side has nothing left to play."""
        return any(timeline.target(side, tick) is None for side in sides)

    def begin(
        self,
        tick: int,  # noqa: ARG002
        timeline: ActionTimeline,
        sides: tuple[Side, ...],
        standing: Array,  # noqa: ARG002
        delay: int,  # noqa: ARG002
    ) -> Question:
        """All sides hold: a side that moved on would leave the pose that the answer begins at."""
        timeline.drop(sides)
        return Question()

    def place(
        self,
        chunk: ActionChunk,
        tick: int,
        timeline: ActionTimeline,
        ticket: Ticket,
        question: Question,  # noqa: ARG002
    ) -> bool:
        """From row 0 on, now."""
        if self.execute is not None:
            chunk = ActionChunk(chunk.observed_tick, chunk.targets[: self.execute], chunk.beliefs)
        return land(chunk, tick, timeline, ticket)
