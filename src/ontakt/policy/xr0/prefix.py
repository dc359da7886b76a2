"""How training draws the clean prefix: the first actions of the truth, given as committed, so that
the model learns to go on from what the robot is already doing while it thinks."""

from typing import Any

import torch


def draw_prefix_length(horizon: int, probability: float, longest: int, generator: Any) -> int:
    """0, or with `probability` one of 1..min(longest, horizon), each alike. One number holds for
    the whole batch. Source: XR-0's post-training code."""
    coin = torch.rand((), generator=generator).item()
    length = torch.randint(1, max(min(longest, horizon), 1) + 1, (), generator=generator).item()
    return int(length) if coin < probability and longest > 0 else 0
