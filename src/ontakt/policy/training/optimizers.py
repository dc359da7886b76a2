"""Which parameters move by which rule."""

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from ontakt.policy.training.config import TrainingConfig
from ontakt.policy.xr0.optimizer import decays

_BLOCKS = (".blocks.", ".layers.", "merger")
"""Parts of the names of what maps a stream to a stream."""
_ENDS = ("projector", "embed", "adaln", "localiser", "output_layer")
"""Parts of the names of what maps to or from something else."""


def is_block_matrix(name: str, parameter: Tensor) -> bool:
    """Whether Muon moves the parameter: a matrix inside a tower. A step along an orthogonal matrix
    suits a map between streams; first and last maps, tables and vectors stay with AdamW."""
    inner = any(part in name for part in _BLOCKS)
    return parameter.ndim == 2 and inner and not any(part in name for part in _ENDS)


def moving(model: nn.Module, localiser: nn.Module | None) -> dict[str, nn.Parameter]:
    """The parameters that `requires_grad`, by name."""
    named = list(model.named_parameters())
    if localiser is not None:
        named += [(f"localiser.{name}", p) for name, p in localiser.named_parameters()]
    return {name: parameter for name, parameter in named if parameter.requires_grad}


def build_optimizers(parameters: Mapping[str, nn.Parameter], config: TrainingConfig) -> list[Any]:
    """AdamW, and behind it Muon where it is the rule; their rates are set step by step."""
    rule = config.optimizer
    matrices = {
        name
        for name, parameter in parameters.items()
        if config.rule == "muon" and is_block_matrix(name, parameter)
    }

    def those(names: Iterable[str]) -> list[nn.Parameter]:
        return [parameters[name] for name in names]

    rest = [name for name in parameters if name not in matrices]
    groups = [
        {
            "params": those(name for name in rest if decays(name)),
            "weight_decay": rule.weight_decay,
        },
        {"params": those(name for name in rest if not decays(name)), "weight_decay": 0.0},
    ]
    found: list[Any] = [torch.optim.AdamW(groups, lr=0.0, betas=rule.betas, eps=rule.eps)]
    if matrices:
        found.append(
            torch.optim.Muon(
                those(name for name in parameters if name in matrices),
                lr=0.0,
                weight_decay=rule.weight_decay,
                adjust_lr_fn="match_rms_adamw",
            )
        )
    return found
