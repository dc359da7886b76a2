"""How training draws the time of the flow, t = 0 being noise and t = 1 the action."""

from typing import Any

import torch
from msgspec import Struct
from torch import Tensor

from ontakt.contract.errors import BadValue

TOP = 0.999
"""Largest time of the beta law: at t = 1 nothing would be left to denoise."""


class BetaTime(Struct, frozen=True, tag="beta"):
    """t = 0.999 (1 - u) with u ~ Beta(alpha, 1): most of the mass near noise, where the flow has
    its decisions before it. Source: XR-0's post-training code, alpha 1.5."""

    alpha: float = 1.5

    def __post_init__(self) -> None:
        if not 0 < self.alpha < float("inf"):
            raise BadValue("alpha of the beta law", self.alpha, "it is greater than 0")


class LogitNormalTime(Struct, frozen=True, tag="logit_normal"):
    """t = 1 / (1 + exp(-z)) with z ~ N(mean, deviation^2): most of the mass in the middle."""

    mean: float = 0.0
    deviation: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.deviation < float("inf"):
            raise BadValue("deviation of the logit-normal law", self.deviation, "it is 0 or more")


class UniformTime(Struct, frozen=True, tag="uniform"):
    """Every time in [0, 1) alike."""


FlowTime = BetaTime | LogitNormalTime | UniformTime


def draw_time(law: FlowTime, count: int, generator: Any) -> Tensor:  # (count,) float32
    """`count` times of `law`, drawn on the CPU from `generator`, a torch.Generator."""
    if isinstance(law, LogitNormalTime):
        z = torch.randn(count, generator=generator)
        return torch.sigmoid(law.mean + law.deviation * z)
    uniform = torch.rand(count, generator=generator)
    if isinstance(law, BetaTime):
        # The distribution function of Beta(alpha, 1) is u^alpha, which is easily inverted.
        return TOP * (1 - uniform ** (1 / law.alpha))
    return uniform
