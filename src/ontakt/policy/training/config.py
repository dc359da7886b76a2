"""Everything that decides a training but the data and the first weights."""

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from ontakt.contract import BadValue
from ontakt.policy.training.augmentation import Augmentation
from ontakt.policy.xr0.optimizer import OptimizerConfig
from ontakt.policy.xr0.post_training import PostTraining
from ontakt.policy.xr0.schedule import Schedule

Rule = Literal["adamw", "muon"]
_WARMUP = 10
"""A run warms up for at most one step in so many."""


class TrainingConfig(Struct, frozen=True, kw_only=True):
    """One training. What is marked as ours is not part of XR-0's post-training."""

    seed: int = 0
    batch: int = 64
    """Lessons a step, over all processes."""
    post_training: PostTraining = PostTraining()
    schedule: Schedule = Schedule()
    optimizer: OptimizerConfig = OptimizerConfig()
    rule: Rule = "adamw"
    """`muon`: matrices of the blocks by Muon, all else by AdamW; ours."""
    muon_rate: float = 2.0
    """Muon's learning rate, as a multiple of the schedule's."""
    augmentation: Augmentation = Augmentation(mirror=False, light=False)
    localisation: float = 0.0
    """Weight of saying where nut and pin are (see the module `localisation`); ours."""
    presence: float = 0.0
    """Weight of saying whether a nut is there, and one on the pin; ours."""
    average: float = 0.0
    """Decay of the moving average of the weights, which is what is kept; 0 keeps the last; ours."""
    bfloat16: bool = False
    """Whether products are taken in bfloat16 (autocast); weights stay as they are."""
    frozen_embeddings: bool = False
    """Whether the token embeddings stay as they are."""

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise BadValue("seed", self.seed, "it is 0 or greater")
        if self.batch < 1:
            raise BadValue("batch", self.batch, "it is 1 or greater")
        if not 0.0 < self.muon_rate < float("inf"):
            raise BadValue("muon_rate", self.muon_rate, "it is greater than 0")
        for name in ("localisation", "presence"):
            if not 0.0 <= getattr(self, name) < float("inf"):
                raise BadValue(name, getattr(self, name), "it is 0 or greater")
        if not 0.0 <= self.average < 1.0:
            raise BadValue("average", self.average, "it lies in 0..1, without 1")

    @property
    def localises(self) -> bool:
        """Whether there is an auxiliary task."""
        return self.localisation > 0 or self.presence > 0

    def lasting(self, steps: int) -> "TrainingConfig":
        """The same over `steps` steps. Raises BadValue."""
        if steps < 1:
            raise BadValue("steps", steps, "it is 1 or greater")
        warmup = min(self.schedule.warmup, steps // _WARMUP)
        return replace(self, schedule=replace(self.schedule, steps=steps, warmup=warmup))
