"""Think while moving, and cross-fade at the seam."""

from collections.abc import Sequence

from ontakt.contract import ActionChunk, Side
from ontakt.runtime.strategies.landing import land
from ontakt.runtime.strategies.mixing import between
from ontakt.runtime.strategies.naive import Naive
from ontakt.runtime.strategies.strategy import Question
from ontakt.runtime.timeline import ActionTimeline, Ticket
from ontakt.runtime.wanted import Wanted


class Lerp(Naive, frozen=True):
    """The weight of the old plan falls linearly over `blend` ticks: max(1 - k / blend, 0) on the
    k-th tick of the new one.

    Source: the linear smoother of Intel's physicalai runtime, there with 5 ticks. Cheap, and blind:
    halfway between two ways around an obstacle lies the obstacle.
    """

    name: str = "lerp"
    blend: int = 5

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
