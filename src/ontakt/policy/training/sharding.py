"""Weights, gradients and moments cut into parts, one for every process: PyTorch's FSDP2.

A block's weights are put together when it is evaluated, and let go of behind it; what belongs to no
block is put together once a step. Numbers are those of a training that is not cut, to rounding.
"""

from collections.abc import Iterable
from itertools import chain

from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor

from ontakt.contract import SetupError
from ontakt.policy.training.config import TrainingConfig
from ontakt.policy.training.losses import Losses
from ontakt.policy.training.team import Together


class Sharded(Together):
    """Several processes, each with its part of every tensor along the first axis."""

    def prepare(self, losses: Losses) -> nn.Module:
        mesh = init_device_mesh(self.device.type, (self.size,))
        model = losses.model
        words = model.vlm.model.language_model.layers
        for block in chain(model.vlm.model.visual.blocks, words, model.dit.layers):
            # The last layer of the language model gives keys and values alone: nothing says when
            # their gradients are about to come, so its weights stay together until they came.
            fully_shard(block, mesh=mesh, reshard_after_forward=block is not words[-1])
        fully_shard(losses, mesh=mesh)
        return losses

    def clip(self, parameters: list[nn.Parameter], most: float) -> float:
        norm = nn.utils.clip_grad_norm_(parameters, most)
        return float(whole(norm))

    def gathered(self, named: Iterable[tuple[str, Tensor]]) -> dict[str, Tensor]:
        found = {}
        for name, tensor in named:
            put_together = whole(tensor.detach())
            if self.rank == 0:
                found[name] = put_together.cpu()
        return found


def check_shardable(config: TrainingConfig) -> None:
    """Raises SetupError for a training that needs whole tensors: Muon turns whole matrices, and the
    average is a second, whole model."""
    needed = {"--rule adamw": config.rule != "adamw", "--average 0": config.average != 0}
    if any(needed.values()):
        told = " and ".join(option for option, lacking in needed.items() if lacking)
        raise SetupError(
            f"--shard: needs {told}, as in --recipe published; without it each process holds the "
            "whole model."
        )


def whole(tensor: Tensor) -> Tensor:
    """`tensor` with the parts of all processes, which all have to ask for it."""
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def own_part(tensor: Tensor, like: Tensor) -> Tensor:
    """Of the whole `tensor`, which all processes have, what this one holds, cut as `like`."""
    if not isinstance(like, DTensor):
        return tensor
    cut: Tensor = distribute_tensor(
        tensor.to(like.device), like.device_mesh, like.placements, src_data_rank=None
    )
    return cut


def held(tensors: Iterable[Tensor]) -> int:
    """How many numbers of `tensors` this process holds."""
    return sum(t.to_local().numel() if isinstance(t, DTensor) else t.numel() for t in tensors)
