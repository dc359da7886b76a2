"""What a bench found, as values: the table and the JSON object are made of these."""

from msgspec import Struct

from ontakt.policy.bench.counts import Shape, Work
from ontakt.policy.bench.roofline import Bandwidth, Ceiling
from ontakt.policy.bench.timing import Percentiles


class Stage(Struct, frozen=True, kw_only=True):
    """One stage, or several together."""

    name: str
    engine: Percentiles
    eager: Percentiles | None = None
    """Of the eager model; None where it did not run."""
    work: Work | None = None
    """None for a stage of the host."""
    roofline_ms: float | None = None
    """The least time for `work` on this device."""
    limit: str | None = None
    """`rate` or `bandwidth`, whichever gives that time."""

    @property
    def over_roofline(self) -> float | None:
        """p50 of the engine as a multiple of the roofline."""
        return None if self.roofline_ms is None else self.engine.p50 / self.roofline_ms


class Memory(Struct, frozen=True, kw_only=True):
    """In bytes."""

    weights: int
    """Of the model's parameters, each once."""
    peak: int | None
    """On the CPU by how much the process's greatest resident size grew from before the model was
    made; on a GPU the most that tensors held at once. None where it cannot be told."""


class Counted(Struct, frozen=True, kw_only=True):
    """What can be said without running anything."""

    shape: Shape
    dtype: str
    views: int
    prefix: int
    words: str
    """Whose tokenizer made the prompt."""
    parameters: int
    work: dict[str, Work]
    """By stage: what has to be done."""
    eager: dict[str, Work]
    """By stage: what the eager model does."""


class Bench(Struct, frozen=True, kw_only=True):
    """One run of `ontakt policy bench`."""

    config: str
    device: str
    device_name: str
    torch: str
    threads: int
    acceleration: str
    repeats: int
    counted: Counted
    ceiling: Ceiling
    bandwidths: tuple[Bandwidth, ...]
    """Measured: over a working set that no cache holds, and over one of the weights' size."""
    stages: tuple[Stage, ...]
    """Preprocess, vision, text, DiT, decode."""
    step: Stage
    """One step of the DiT: its stage divided by the steps."""
    model: Stage
    """Vision, text and DiT together."""
    whole: Stage
    """From an observation to targets."""
    build_s: float
    """Until the model is made and the engine ready."""
    first_s: float
    """The engine's first inference: layouts, compiling, graphs."""
    eager_first_s: float | None
    memory: Memory
    difference: float | None
    """max |engine - eager| over the normalised actions."""

    def faster(self, name: str) -> float | None:
        """Plain over engine of the whole, at percentile `name`, as `p50`."""
        eager = self.whole.eager
        return None if eager is None else getattr(eager, name) / getattr(self.whole.engine, name)
