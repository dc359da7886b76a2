"""Flow matching: from noise to actions in a few Euler steps. Source: XR-0's released model; the
prefix from its post-training code; the guide from real-time chunking (`guidance`)."""

from collections.abc import Callable, Iterator
from functools import partial

import torch
from msgspec import Struct
from torch import Tensor

from ontakt.policy.guidance import Guide, guided
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
    guide: Guide | None = None,
) -> Iterator[Step]:
    """The steps of the flow from `x` on, x <- x + v / steps at t = k / steps; one more than `steps`
    is given, the last without a velocity of its own: its `x` is the answer. A `guide` bends v
    everywhere but on the prefix."""
    for k in range(steps):
        t = k / steps
        times = torch.full((x.shape[0],), t, device=x.device)  # float32, whatever x is
        velocity = partial(model.velocity, t=times, around=around, action_mask=action_mask)
        if guide is None:
            v = velocity(x)
        else:
            v = _drawn(velocity, x, t, guide)
            v[:, : around.prefix_length] = 0.0
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
    guide: Guide | None = None,
) -> Tensor:  # (B, T, D), normalised
    """Actions for `context`, the plain way."""
    length = 0 if prefix is None else prefix.shape[1]
    around = model.surround(context, state, noise.shape[1], length)
    *_, last = euler(model, around, action_mask, with_prefix(noise, prefix), steps, guide)
    return last.x


def _drawn(velocity: Callable[[Tensor], Tensor], x: Tensor, t: float, guide: Guide) -> Tensor:
    previous, weights = (part.to(x) for part in (guide.previous, guide.weights))
    return guided(velocity, x, t, previous, weights, guide.max_weight, guide.jacobian)
