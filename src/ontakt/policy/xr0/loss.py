"""The loss of post-training, a function of the model, the data and the draws, and of nothing else.

With z_t = (1 - t) noise + t action, begun with the clean prefix, the model's velocity at z_t is
drawn towards action - noise on the steps behind the prefix:

    loss = 0.5 mean(w (v - (action - noise))^2) + c * frequency term

the mean over the numbers that the robot has. Where a prefix is given, w says how far off the model
is by itself (see `weighting`); elsewhere w = 1. Source: XR-0's post-training code.
"""

from collections.abc import Callable

import torch
from msgspec import Struct
from torch import Tensor

from ontakt.contract.errors import BadValue
from ontakt.policy.xr0.flow import STEPS, euler, with_prefix
from ontakt.policy.xr0.frequency import frequency_error
from ontakt.policy.xr0.model import Context, Prompt, Surroundings, Xr0Model
from ontakt.policy.xr0.post_training import Draws, PostTraining
from ontakt.policy.xr0.tokens import hidden_prefix
from ontakt.policy.xr0.weighting import weigh

SQUARED_WEIGHT = 0.5


class Loss(Struct, frozen=True, eq=False, kw_only=True):
    """One batch's loss with what it is made of; float32. B R rows: R draws for each of B."""

    total: Tensor
    """(), what is differentiated."""
    squared: Tensor
    """(), weighted mean squared error of the velocity, before the factor 0.5."""
    frequency: Tensor
    """(), the frequency term before its factor."""
    velocity: Tensor
    """(B R, T, D), as predicted; zero on the prefix."""
    generated: Tensor | None
    """(B R, T, D), the chunk that the model makes by itself; None where nothing is weighed."""
    weights: Tensor
    """(B R, T - P, D), behind the prefix."""


def post_training_loss(
    model: Xr0Model,
    prompt: Prompt,
    state: Tensor,  # (B, state_length, state_dim), raw
    action: Tensor,  # (B, T, D), normalised
    action_mask: Tensor,  # (B, T, D): 0 where this robot has no such number
    draws: Draws,
    config: PostTraining,
) -> Loss:
    """The loss of one batch. The prompt is read once, whatever the number of draws, and gradients
    flow back through it. Losses are float32 whatever the model's dtype.

    A prefix over the whole horizon leaves no step to learn: the loss is then 0. Raises BadValue for
    draws or masks that do not fit the actions.
    """
    _repeat(action, action_mask, draws)
    return flow_loss(model, model.perceive(prompt), state, action, action_mask, draws, config)


def flow_loss(
    model: Xr0Model,
    context: Context,
    state: Tensor,
    action: Tensor,
    action_mask: Tensor,
    draws: Draws,
    config: PostTraining,
    across: Callable[[Tensor], Tensor] = torch.clone,
) -> Loss:
    """As `post_training_loss`, of a prompt that was read already. `across` gives the mean of a
    number over the processes that share the batch."""
    repeat = _repeat(action, action_mask, draws)
    context = context.repeated(repeat)
    state, truth, mask = (x.repeat_interleave(repeat, dim=0) for x in (state, action, action_mask))
    truth = truth.float()
    t, noise = draws.t.to(truth.device), draws.noise.to(truth.device)
    horizon = truth.shape[1]
    length = min(draws.prefix_length, horizon)
    prefix = truth[:, :length]
    hidden = hidden_prefix(length, horizon, draws.hiding.to(truth.device))
    around = model.surround(context, state, horizon, length, hidden)

    z = torch.lerp(noise, truth, t[:, None, None])
    velocity = model.velocity(with_prefix(z, prefix), t, around, mask).float()
    error, behind = (velocity - (truth - noise))[:, length:], mask[:, length:]

    generated, weights = None, torch.ones_like(error)
    if length and config.reweight:
        generated = _generate(model, around, mask, with_prefix(noise, prefix))
        weights = weigh(generated[:, length:], truth[:, length:], behind, across=across)
    squared = squared_error(error, weights, behind)
    frequency = frequency_error(error, weights, behind, config.frequency)
    return Loss(
        total=SQUARED_WEIGHT * squared + config.frequency_weight * frequency,
        squared=squared,
        frequency=frequency,
        velocity=velocity,
        generated=generated,
        weights=weights,
    )


def squared_error(error: Tensor, weights: Tensor, action_mask: Tensor) -> Tensor:  # ()
    """Mean of weights x error^2 over the numbers that the mask lets in; 0 where there are none.
    All three are (B, T, D)."""
    real = action_mask > 0
    return (weights * torch.where(real, error, 0.0) ** 2).sum() / real.sum().clamp(min=1)


def _generate(model: Xr0Model, around: Surroundings, mask: Tensor, x: Tensor) -> Tensor:
    """What the model makes of `x` by itself, with the same tokens hidden as in the loss."""
    with torch.no_grad():
        *_, last = euler(model, around, mask, x, STEPS)
    return last.x


def _repeat(action: Tensor, action_mask: Tensor, draws: Draws) -> int:
    """R, the number of draws a row. Raises BadValue."""
    if action_mask.shape != action.shape:
        raise BadValue(
            "the shape of action_mask",
            tuple(action_mask.shape),
            f"action has {tuple(action.shape)}",
        )
    batch, count = action.shape[0], draws.t.shape[0]
    if count == 0 or count % batch:
        raise BadValue("the number of times drawn", count, f"it is a multiple of {batch} rows")
    expected = (count, *action.shape[1:])
    if tuple(draws.noise.shape) != expected:
        raise BadValue("the shape of noise", tuple(draws.noise.shape), f"{expected} is needed")
    return count // batch
