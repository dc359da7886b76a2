"""Real-time chunking: a flow that is drawn, as it runs, towards what is left of the chunk before.

At the time t of the flow (0 noise, 1 action) the velocity v at x says where it will end:
y = x + (1 - t) v. With A the chunk before, W how much each of its rows counts and beta a bound,
v is replaced by

    v + min(beta, (t^2 + (1 - t)^2) / (t (1 - t))) (dy/dx)^T [W (A - y)].

Source: arXiv 2506.07339, eqs. 2 to 5; there the factor reads (1 - t) / (t r^2) with
r^2 = (1 - t)^2 / (t^2 + (1 - t)^2). The derivative goes through the network; deployed code often
takes the identity in its place, on purpose or because it watches x only after the network has been
called. Both are here, and each is called by its name.
"""

import math
from collections.abc import Callable

import torch
from msgspec import Struct
from torch import Tensor

from ontakt.contract.chunk import Guidance, Jacobian
from ontakt.contract.errors import BadValue


class Guide(Struct, frozen=True, eq=False, kw_only=True):
    """`Guidance` as the flow takes it."""

    previous: Tensor
    """(B, T, D), normalised: what is left of the chunk before, from this observation on."""
    weights: Tensor
    """(B, T, D) in 0..1: how much each of its numbers counts; 0 where there is none."""
    max_weight: float
    """beta."""
    jacobian: Jacobian


def prefix_weights(horizon: int, inference_delay: int, execution_horizon: int) -> Tensor:  # (H,)
    """How much each row of the chunk before counts: 1 for the `inference_delay` d rows that will
    have been played when the answer comes, 0 for the last `execution_horizon` s rows, and between
    them falling as c (e^c - 1) / (e - 1) with c = (H - s - i) / (H - s - d + 1).

    The last rows are free even where d reaches into them. Raises BadValue unless both lie in 0..H.
    Source: arXiv 2506.07339, eq. 5.
    """
    if not (0 <= inference_delay <= horizon and 0 <= execution_horizon <= horizon):
        raise BadValue(
            "Inference delay and execution horizon of the guidance",
            (inference_delay, execution_horizon),
            f"each is a number of rows, 0 to {horizon}",
        )
    end = horizon - execution_horizon
    start = min(inference_delay, end)
    rows = torch.arange(horizon, dtype=torch.float64)
    fall = ((end - rows) / (end - start + 1)).clamp(0.0, 1.0)
    weights = fall * torch.expm1(fall) / math.expm1(1.0)
    return torch.where(rows < start, 1.0, weights).float()


def guidance_weight(t: float, max_weight: float) -> float:
    """The factor of the correction at the time `t` of the flow, `max_weight` at the most: it has no
    bound of its own at t = 0, where nothing is known yet, and at t = 1."""
    rest = 1.0 - t
    if t * rest <= 0.0:
        return max_weight
    return min(max_weight, (t * t + rest * rest) / (t * rest))


def guided(
    velocity: Callable[[Tensor], Tensor],  # (B, T, D) -> (B, T, D)
    x: Tensor,  # (B, T, D)
    t: float,
    previous: Tensor,  # (B, T, D)
    weights: Tensor,  # what stretches to (B, T, D)
    max_weight: float,
    jacobian: Jacobian,
) -> Tensor:  # (B, T, D)
    """The velocity at `x` and the time `t`, drawn towards `previous`.

    `exact` differentiates `velocity` once, backwards: it costs about as much again, twice, and
    neither it nor what `velocity` reads may have been made under `torch.inference_mode`.
    """
    weight = guidance_weight(t, max_weight)
    if jacobian == "identity":
        v = velocity(x)
        return v + weight * weights * (previous - x - (1.0 - t) * v)
    with torch.enable_grad():
        # What is differentiated by is watched before the network is called, not after.
        start = x.detach().requires_grad_()
        v = velocity(start)
        end = start + (1.0 - t) * v
        error = weights * (previous - end.detach())
        (drawn,) = torch.autograd.grad(end, start, error)
    return v.detach() + weight * drawn


def check_guidance(guidance: Guidance, known: tuple[Jacobian, ...]) -> None:
    """Raises BadValue for a Jacobian that is none of `known`, and for a greatest weight that is
    negative or no number."""
    if guidance.jacobian not in known:
        raise BadValue("Jacobian of the guidance", guidance.jacobian, f"it is {' or '.join(known)}")
    if not 0.0 <= guidance.max_weight < math.inf:
        raise BadValue(
            "max_weight of the guidance", guidance.max_weight, "it is 0 or greater, and finite"
        )
