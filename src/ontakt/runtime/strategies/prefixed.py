"""The brain is given what is committed, and goes on from there."""

import numpy as np
from msgspec import Struct

from ontakt.contract import ActionChunk, Array, PolicySpec, SetupError, Side
from ontakt.runtime.strategies.landing import land
from ontakt.runtime.strategies.naive import EXECUTE, due
from ontakt.runtime.strategies.strategy import Question
from ontakt.runtime.timeline import ActionTimeline, Ticket


class Prefixed(Struct, frozen=True):
    """XR-0's asynchronous execution: the first committed rows after the observation are given to
    the brain as a clean prefix, and the new chunk takes over behind them.

    Source: arXiv 2602.12684; the same rule as training-time real-time chunking, arXiv 2512.05964.
    Only for a policy that was trained with it.
    """

    longest: int
    """Most rows that the policy can be given."""
    execute: int = EXECUTE
    name: str = "prefix"

    def check(self, spec: PolicySpec) -> None:
        """Raises SetupError for a policy that was not trained to go on from a prefix."""
        if spec.longest_prefix < 1:
            raise SetupError(
                f"Strategy 'prefix' needs a policy that was trained with a prefix; {spec.name!r} "
                "was not. Choose sync, async, ensemble or lerp."
            )

    def wants(
        self, tick: int, timeline: ActionTimeline, sides: tuple[Side, ...], delay: int
    ) -> bool:
        """As usual; but a policy slower than its longest prefix is asked when no more rows are left
        than it can be given: the robot then stands for the rest, instead of moving on into what
        the answer does not know."""
        if not due(tick, timeline, sides, delay, self.execute):
            return False
        if delay <= self.longest:
            return True
        return max(timeline.remaining(side, tick) for side in sides) <= self.longest

    def begin(
        self,
        tick: int,
        timeline: ActionTimeline,
        sides: tuple[Side, ...],
        standing: Array,
        delay: int,
    ) -> Question:
        """The rows that will be played until the answer is expected; a robot that stands is
        committed to nothing."""
        if all(timeline.target(side, tick) is None for side in sides):
            return Question()
        return Question(prefix=timeline.committed(tick, min(delay, self.longest), standing))

    def place(
        self,
        chunk: ActionChunk,
        tick: int,
        timeline: ActionTimeline,
        ticket: Ticket,
        question: Question,
    ) -> bool:
        """A side that has played more than the prefix has left the answer's ground: it came too
        late for it."""
        prefix = question.prefix
        length = 0 if prefix is None else len(prefix)
        passed = min(tick - chunk.observed_tick, length)

        def index(side: Side) -> int | None:
            at = timeline.played_since(side, ticket)
            if at > length:
                return None
            if prefix is not None:
                # where the plan ended the prefix says that the arm stands: so it did
                rows = timeline.space.side(prefix, side)
                while at < passed and np.array_equal(rows[at], rows[max(at - 1, 0)]):
                    at += 1
            return at

        return land(chunk, tick, timeline, ticket, index=index)
