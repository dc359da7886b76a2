"""What post-training for asynchronous execution is set to, and the chance that one batch needs.

Source of the values: XR-0's post-training code (arXiv 2602.12684).
"""

from typing import Any

import torch
from msgspec import Struct
from torch import Tensor

from ontakt.contract.errors import BadValue
from ontakt.policy.xr0.config import TRAINED_PREFIX
from ontakt.policy.xr0.flow_time import BetaTime, FlowTime, draw_time
from ontakt.policy.xr0.frequency import Frequency
from ontakt.policy.xr0.prefix import draw_prefix_length
from ontakt.policy.xr0.tokens import hideable


class PostTraining(Struct, frozen=True, kw_only=True):
    """The loss of post-training."""

    repeat: int = 4
    """Draws of time and noise for one reading of the prompt, whose cost they share."""
    time: FlowTime = BetaTime()
    prefix_probability: float = 0.5
    """Share of batches that are given a clean prefix."""
    longest_prefix: int = TRAINED_PREFIX
    """At 30 steps a second it covers 200 ms of thinking."""
    committed: bool = False
    """Whether a prefix is what a robot was really told next, and the truth how a teacher goes on
    from there, as the data have it, and not the beginning of what the teacher would have done:
    ours, see docs/LOG.md."""
    reweight: bool = True
    """Whether, where a prefix is given, errors weigh by how far off the model is by itself: five
    more passes of the DiT, without gradients."""
    frequency: Frequency = "masked"
    frequency_weight: float = 1.0

    def __post_init__(self) -> None:
        if self.repeat < 1:
            raise BadValue("repeat", self.repeat, "it is 1 or greater")
        if not 0 <= self.prefix_probability <= 1:
            raise BadValue("prefix_probability", self.prefix_probability, "it lies in 0..1")
        if self.longest_prefix < 0:
            raise BadValue("longest_prefix", self.longest_prefix, "it is 0 or greater")
        if not 0 <= self.frequency_weight < float("inf"):
            raise BadValue("frequency_weight", self.frequency_weight, "it is 0 or greater")


class Draws(Struct, frozen=True, eq=False, kw_only=True):
    """All the chance of one batch, R draws for each of its B rows, those of a row side by side."""

    t: Tensor
    """(B R,) float32, times of the flow."""
    noise: Tensor
    """(B R, T, D) float32, standard normal."""
    prefix_length: int = 0
    """P, the same for all rows."""
    hiding: Tensor
    """(max(P - 2, 0),) in [0, 1): prefix token i is hidden where number i lies below 0.5."""


def draw(config: PostTraining, batch: int, horizon: int, width: int, generator: Any) -> Draws:
    """The chance for `batch` rows of (`horizon`, `width`) actions, drawn on the CPU from
    `generator`, a torch.Generator: the same on every machine."""
    count = batch * config.repeat
    t = draw_time(config.time, count, generator)
    noise = torch.randn((count, horizon, width), generator=generator)
    length = draw_prefix_length(
        horizon, config.prefix_probability, config.longest_prefix, generator
    )
    hiding = torch.rand(hideable(length), generator=generator)
    return Draws(t=t, noise=noise, prefix_length=length, hiding=hiding)
