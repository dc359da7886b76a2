"""Where the DiT's own tokens stand and what they may see.

The own tokens are, in this order, one sink, the state, and T actions of which the first P may be a
committed prefix. Source: XR-0's released model and its post-training code.
"""

import torch
from torch import Tensor

KEPT = 2
"""Last prefix tokens that training never hides from the actions behind them."""


def own_positions(
    prompt: Tensor,  # (3, B, S) int64: the VLM's position ids
    state_length: int,
    horizon: int,
    prefix_length: int,
    offset: int,
) -> Tensor:  # (3, B, q) int64
    """Positions of the own tokens: they go on behind the prompt, on all three axes alike; actions
    behind the prefix stand `offset` farther."""
    own = 1 + state_length + horizon
    steps = torch.arange(own, device=prompt.device)
    steps = steps + offset * (steps >= own - horizon + prefix_length)
    return prompt.amax(dim=-1, keepdim=True) + 1 + steps


def own_mask(
    attention_mask: Tensor,  # (B, S): 1 = a prompt token, 0 = padding
    state_length: int,
    horizon: int,
    window: int | None,
    hidden: Tensor | None = None,  # (T,) bool: prefix tokens hidden from the actions behind them
    prefix_length: int = 0,
) -> Tensor:  # (B, 1, q, S+q) bool
    """What each own token (row) sees: True = attends to that prompt token or own token (column).

    `window` None is causal. A number w lets an action see the sink, the state, and the actions from
    w before it up to itself, while sink and state see no action.
    """
    lead = 1 + state_length
    own = lead + horizon
    device = attention_mask.device
    row = torch.arange(own, device=device)[:, None]
    column = torch.arange(own, device=device)[None, :]
    sees = column <= row
    if window is not None:
        sees = sees & ((column < lead) | (column >= row - window))
    if hidden is not None:
        behind = row >= lead + prefix_length
        dark = torch.zeros(own, dtype=torch.bool, device=device)
        dark[lead:] = hidden
        sees = sees & ~(behind & dark[None, :])
    batch, prompt = attention_mask.shape
    left = attention_mask.bool()[:, None, None, :].expand(batch, 1, own, prompt)
    return torch.cat((left, sees.expand(batch, 1, own, own)), dim=-1)


def hideable(prefix_length: int) -> int:
    """How many prefix tokens `hidden_prefix` decides about: all but the last two."""
    return max(prefix_length - KEPT, 0)


def hidden_prefix(prefix_length: int, horizon: int, uniform: Tensor) -> Tensor:  # (T,) bool
    """Which prefix tokens training hides: each but the last two where its number of `uniform`
    (P - 2,), drawn evenly from [0, 1), lies below 0.5. One draw holds for the whole batch, so that
    the model cannot live on copying the prefix."""
    hidden = torch.zeros(horizon, dtype=torch.bool, device=uniform.device)
    count = hideable(prefix_length)
    hidden[:count] = uniform[:count] < 0.5
    return hidden
