"""Real-time chunking: the brain is drawn towards the plan under way while it denoises."""

from msgspec import Struct

from ontakt.contract import (
    ActionChunk,
    Array,
    Guidance,
    Jacobian,
    PolicySpec,
    SetupError,
    Side,
)
from ontakt.runtime.strategies.landing import land
from ontakt.runtime.strategies.naive import EXECUTE, due
from ontakt.runtime.strategies.strategy import Question
from ontakt.runtime.timeline import ActionTimeline, Ticket


class Guided(Struct, frozen=True):
    """Inference-time real-time chunking: what is left of the old plan guides the flow of the new.

    Source: arXiv 2506.07339. With the `exact` Jacobian as published; with `identity` as most
    deployed code does it, without the network's derivative.
    """

    horizon: int
    """Of the policy."""
    execute: int = EXECUTE
    jacobian: Jacobian = "exact"
    max_weight: float = 5.0

    @property
    def name(self) -> str:
        """With its Jacobian, so that no record leaves open which one ran."""
        return f"rtc?jacobian={self.jacobian}"

    def check(self, spec: PolicySpec) -> None:
        """Raises SetupError for a policy that cannot be guided like this."""
        if self.jacobian not in spec.jacobians:
            able = ", ".join(spec.jacobians) or "none"
            raise SetupError(
                f"Strategy {self.name!r} guides the flow of a policy; {spec.name!r} can be guided "
                f"with: {able}. Choose sync, async, ensemble or lerp."
            )

    def wants(
        self, tick: int, timeline: ActionTimeline, sides: tuple[Side, ...], delay: int
    ) -> bool:
        return due(tick, timeline, sides, delay, self.execute)

    def begin(
        self,
        tick: int,
        timeline: ActionTimeline,
        sides: tuple[Side, ...],
        standing: Array,
        delay: int,
    ) -> Question:
        """The rest of the plan, padded by its last row. Without a plan there is nothing to be
        guided by, and a delay of more than half the horizon leaves no rows between those that are
        played before the answer comes and those that must be free."""
        standing_still = all(timeline.target(side, tick) is None for side in sides)
        if 2 * delay > self.horizon or standing_still:
            return Question()
        free = min(max(self.execute, delay), self.horizon - delay)
        return Question(
            guidance=Guidance(
                previous=timeline.committed(tick, self.horizon, standing),
                inference_delay=delay,
                execution_horizon=free,
                jacobian=self.jacobian,
                max_weight=self.max_weight,
            )
        )

    def place(
        self,
        chunk: ActionChunk,
        tick: int,
        timeline: ActionTimeline,
        ticket: Ticket,
        question: Question,  # noqa: ARG002
    ) -> bool:
        """At its row of now. An answer later than the delay it was conditioned on is played: the
        pull fades over the rows, it does not end."""
        return land(chunk, tick, timeline, ticket)
