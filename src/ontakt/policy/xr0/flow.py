"""Flow matching: from noise to actions in a few Euler steps. Source: XR-0's released model; the
prefix from its post-training code."""

from collections.abc import Iterator

import torch
from msgspec import Struct
from torch import Tensor

from ontakt.policy.xr0.model import Context, Surroundings, Xr0Model

STEPS = 5


class Step(Struct, frozen=True, eq=False):
    """One Euler step: where the flow stood, at which time, and where it was heading."""

    x: Tensor
    t: float
    v: Tensor


def draw_noise(shape: tuple[int, ...], seed: int) -> Tensor:
    """Standard normal noise, float32, drawn on the CPU from a generator of its own: the same on
    every machine. (The released model draws in the mask's dtype on the mask's device, which no
    other device repeats.)"""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def with_prefix(noise: Tensor, prefix: Tensor | None) -> Tensor:
    """`noise` (B, T, D) begun with the clean, normalised `prefix` (B, P, D)."""
    if prefix is None:
        return noise
    return torch.cat((prefix.to(noise.dtype), noise[:, prefix.shape[1] :]), dim=1)


def euler(
    model: Xr0Model,
    around: Surroundings,
    action_mask: Tensor,
    x: Tensor,
    steps: int = STEPS,
) -> Iterator[Step]:
    """The steps of the flow from `x` on, x <- x + v / steps at t = k / steps; one more than `steps`
    is given, the last without a velocity of its own: its `x` is the answer."""
    for k in range(steps):
        t = k / steps
        times = torch.full((x.shape[0],), t, device=x.device)  # float32, whatever x is
        v = model.velocity(x, times, around, action_mask)
        yield Step(x, t, v)
        x = x + v.to(x.dtype) / steps
    yield Step(x, 1.0, torch.zeros_like(x))


def sample(
    model: Xr0Model,
    context: Context,
    state: Tensor,  # (B, state_length, state_dim)
    action_mask: Tensor,  # (B, T, D)
    noise: Tensor,  # (B, T, D)
    prefix: Tensor | None = None,  # (B, P, D), normalised
    steps: int = STEPS,
) -> Tensor:  # (B, T, D), normalised
    """Actions for `context`, the plain way."""
    length = 0 if prefix is None else prefix.shape[1]
    around = model.surround(context, state, noise.shape[1], length)
    *_, last = euler(model, around, action_mask, with_prefix(noise, prefix), steps)
    return last.x
