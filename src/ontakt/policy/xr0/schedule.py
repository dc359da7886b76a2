"""The learning rate over a run: up in a line, down along half a cosine. Source: XR-0's
post-training code."""

import math

from msgspec import Struct

from ontakt.contract.errors import BadValue


class Schedule(Struct, frozen=True, kw_only=True):
    """From `floor` to `peak` over `warmup` steps, back to `floor` at `steps`, and so for good."""

    floor: float = 5e-7
    peak: float = 1e-4
    warmup: int = 2_000
    steps: int = 30_000

    def __post_init__(self) -> None:
        if not 0 <= self.floor <= self.peak < float("inf"):
            raise BadValue("floor", self.floor, f"it lies between 0 and the peak {self.peak}")
        if not 0 <= self.warmup < self.steps:
            raise BadValue("warmup", self.warmup, f"it lies between 0 and steps {self.steps}")

    def learning_rate(self, step: int) -> float:
        """The rate of the update with index `step`, counted from 0."""
        if step < self.warmup:
            share = step / self.warmup
        else:
            done = min((step - self.warmup) / (self.steps - self.warmup), 1.0)
            share = (1 + math.cos(math.pi * done)) / 2
        return self.floor + (self.peak - self.floor) * share
