"""The few operations that all parts of the engine are made of."""

import torch
from torch import Tensor
from torch.nn import functional as F


def rms(x: Tensor, weight: Tensor | None, eps: float) -> Tensor:
    """x / rms(x) * weight over the last axis."""
    return F.rms_norm(x, (x.shape[-1],), weight, eps)


def signed(sin: Tensor) -> Tensor:
    """`sin` (..., d) of a rotary embedding with the sign of the first half turned, as `turn` wants
    it."""
    half = sin.shape[-1] // 2
    return torch.cat((-sin[..., :half], sin[..., half:]), dim=-1)


def turn(x: Tensor, cos: Tensor, signed_sin: Tensor) -> Tensor:
    """`x` (..., d) turned by a rotary embedding: x cos + (-second half, first half) sin, with the
    sign already in `signed_sin`."""
    half = x.shape[-1] // 2
    return torch.addcmul(x * cos, torch.roll(x, half, dims=-1), signed_sin)
