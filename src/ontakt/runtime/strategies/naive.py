"""Think while moving, and switch over hard."""

from msgspec import Struct

from ontakt.contract import ActionChunk, Array, PolicySpec, Side
from ontakt.runtime.strategies.landing import land
from ontakt.runtime.strategies.strategy import Question
from ontakt.runtime.timeline import ActionTimeline, Ticket

EXECUTE = 10
"""Rows of a chunk that are played before the next inference starts, a third of a second at 30 Hz.
Also the execution horizon of LeRobot's rollouts."""


def due(
    tick: int, timeline: ActionTimeline, sides: tuple[Side, ...], delay: int, execute: int
) -> bool:
    """True when a side has played `execute` rows of its chunk, or has no more rows left than an
    answer takes to come."""
    for side in sides:
        age = timeline.age(side, tick)
        if age is None or age >= execute or timeline.remaining(side, tick) <= delay:
            return True
    return False


class Naive(Struct, frozen=True):
    """The brain knows nothing of the motion under way; the new chunk takes over at its row of now.

    What the robot does at the seam is the distance between two plans.
    """

    execute: int = EXECUTE
    name: str = "async"

    def check(self, spec: PolicySpec) -> None:
        """Every policy can be asked."""

    def wants(
        self, tick: int, timeline: ActionTimeline, sides: tuple[Side, ...], delay: int
    ) -> bool:
        return due(tick, timeline, sides, delay, self.execute)

    def begin(
        self,
        tick: int,  # noqa: ARG002
        timeline: ActionTimeline,  # noqa: ARG002
        sides: tuple[Side, ...],  # noqa: ARG002
        standing: Array,  # noqa: ARG002
        delay: int,  # noqa: ARG002
    ) -> Question:
        """It is told nothing."""
        return Question()

    def place(
        self,
        chunk: ActionChunk,
        tick: int,
        timeline: ActionTimeline,
        ticket: Ticket,
        question: Question,  # noqa: ARG002
    ) -> bool:
        return land(chunk, tick, timeline, ticket)
