"""What the executor asks of a strategy; it knows nothing else of one."""

from typing import Protocol

from msgspec import Struct

from ontakt.contract import ActionChunk, Array, Guidance, PolicySpec, Side
from ontakt.runtime.timeline import ActionTimeline, Ticket


class Question(Struct, frozen=True, eq=False):
    """What an inference is told of the motion that is under way."""

    prefix: Array | None = None
    """Shape (P, width): committed rows that the answer must begin with."""
    guidance: Guidance | None = None
    """The plan that the answer is drawn towards."""


class Strategy(Protocol):
    """One way to weave chunks into a motion.

    `delay` is the conditioned delay: the ticks within which an answer is expected, from
    `runtime.delay`. Ticks are absolute; row i of a chunk belongs to the tick of its observation
    plus i, as long as rows were played without a gap.
    """

    @property
    def name(self) -> str:
        """As in `--strategy`, and in the record."""
        ...

    def check(self, spec: PolicySpec) -> None:
        """Raises SetupError when the policy cannot be asked in this way."""
        ...

    def wants(
        self, tick: int, timeline: ActionTimeline, sides: tuple[Side, ...], delay: int
    ) -> bool:
        """Start an inference on `tick`? `sides` are those that the policy drives; nothing else is
        in flight."""
        ...

    def begin(
        self,
        tick: int,
        timeline: ActionTimeline,
        sides: tuple[Side, ...],
        standing: Array,
        delay: int,
    ) -> Question:
        """An inference starts now; `standing` (width,) is what the robot was last told."""
        ...

    def place(
        self,
        chunk: ActionChunk,
        tick: int,
        timeline: ActionTimeline,
        ticket: Ticket,
        question: Question,
    ) -> bool:
        """Put the answer that came on `tick` on the timeline; False when it was discarded."""
        ...
