"""Think while moving, and cross-fade at the seam."""

from collections.abc import Sequence

from msgspec import Struct

from ontakt.contract import ActionChunk, Array, PolicySpec, Side
from ontakt.runtime.strategies.landing import land
from ontakt.runtime.strategies.mixing import between
from ontakt.runtime.strategies.naive import EXECUTE, due
from ontakt.runtime.strategies.strategy import Question
from ontakt.runtime.timeline import ActionTimeline, Ticket
from ontakt.runtime.wanted import Wanted


class Lerp(Struct, frozen=True):
    """The weight of the old plan falls linearly over `blend` ticks: max(1 - k / blend, 0) on the
    k-th tick of the new one.

    Source: the linear smoother of Intel's physicalai runtime, there with 5 ticks. Cheap, and blind:
    halfway between two ways around an obstacle lies the obstacle.
    """

    execute: int = EXECUTE
    blend: int = 5
    name: str = "lerp"

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
        def faded(side: Side, rows: Sequence[Wanted]) -> Sequence[Wanted]:
            played = list(rows)
            for k in range(min(self.blend, len(played))):
                old = timeline.target(side, tick + k)
                if old is None:
                    break
                played[k] = Wanted(
                    between(old.target, played[k].target, k / self.blend),
                    min(old.observed_tick, played[k].observed_tick),
                )
            return played

        return land(chunk, tick, timeline, ticket, blend=faded, over=self.blend)
