"""How much each number of an action counts in the loss: the more, the farther the model is off
where a prefix is given."""

from collections.abc import Callable

import torch
from torch import Tensor

LIGHTEST, HEAVIEST = 0.5, 5.0


def weigh(
    generated: Tensor,  # (B, T, D): what the model makes of the same noise and prefix
    action: Tensor,  # (B, T, D): the truth
    action_mask: Tensor,  # (B, T, D): 0 where this robot has no such number
    *,
    across: Callable[[Tensor], Tensor] = torch.clone,
) -> Tensor:  # (B, T, D) float32
    """|generated - action|, in units of its own mean over the unmasked numbers of the whole batch,
    between 0.5 and 5. Masked numbers are bounded only: they enter nothing but the unmasked
    frequency term. The arguments begin behind the prefix. `across` gives the mean of a number over
    the processes that share the batch.

    Source: XR-0's post-training code.
    """
    error = (generated.float() - action.float()).abs()
    real = action_mask > 0
    mean = across((error * real).sum()) / across(real.sum().float()).clamp(min=1)
    # A model without any error would divide by zero; its weights are the lightest.
    mean = mean.clamp(min=torch.finfo(torch.float32).tiny)
    return torch.where(real, error / mean, error).clamp(LIGHTEST, HEAVIEST)
