"""Which parameters post-training moves, and by which rule. Source: XR-0's post-training code."""

import math
from typing import Any

import torch
from msgspec import Struct

from ontakt.contract.errors import HaltError
from ontakt.policy.xr0.model import Xr0Model

NO_DECAY = ("bias", "norm", "ln", "rotary_emb", "adaln")
"""A parameter whose name contains one of these is not drawn towards zero: for a scale, a shift or
an offset zero is no neutral value."""


class OptimizerConfig(Struct, frozen=True, kw_only=True):
    """AdamW. Parameters are meant to be held in float32 (with bfloat16 autocast where that is
    faster): the first steps of the schedule are below what bfloat16 weights resolve."""

    betas: tuple[float, float] = (0.9, 0.95)
    eps: float = 1e-8
    weight_decay: float = 0.1
    largest_norm: float = 1.0
    """Gradients whose common norm is greater are scaled down to it."""


def freeze(model: Xr0Model) -> None:
    """Hold the token embeddings, and with them the tied head, as they are: a robot's data name few
    words, and the others must keep their meaning."""
    model.vlm.get_input_embeddings().weight.requires_grad_(False)


def decays(name: str) -> bool:
    """Whether the parameter called `name` is drawn towards zero."""
    return not any(part in name for part in NO_DECAY)


def parameter_groups(model: Xr0Model, config: OptimizerConfig) -> list[dict[str, Any]]:
    """The parameters that move, as AdamW takes them: those that decay, those that do not."""
    moving = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    return [
        {
            "params": [p for name, p in moving if decays(name) is decaying],
            "weight_decay": config.weight_decay if decaying else 0.0,
        }
        for decaying in (True, False)
    ]


def build_optimizer(model: Xr0Model, config: OptimizerConfig) -> Any:
    """A torch.optim.AdamW over the parameters of `model` that move; `update` sets its rate."""
    return torch.optim.AdamW(
        parameter_groups(model, config), lr=0.0, betas=config.betas, eps=config.eps
    )


def update(optimizer: Any, config: OptimizerConfig, learning_rate: float) -> float:
    """One step along the gradients that stand in the parameters, which are cleared. Returns the
    gradients' norm before it was bounded. Raises HaltError where it is no number: the parameters
    are then as they were."""
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    norm = float(torch.nn.utils.clip_grad_norm_(parameters, config.largest_norm))
    if not math.isfinite(norm):
        raise HaltError(f"The norm of the gradients is {norm}; the parameters were left alone.")
    for group in optimizer.param_groups:
        group["lr"] = learning_rate
    optimizer.step()
    optimizer.zero_grad()
    return norm
