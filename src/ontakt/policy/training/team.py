"""The processes that share a training: one alone, or several that `accelerate` or `torchrun`
started."""

import os
from collections.abc import Iterable
from typing import Protocol

import torch
from torch import Tensor, nn

from ontakt.contract import MissingExtra, SetupError
from ontakt.policy.training.losses import Losses


class Team(Protocol):
    """What a step needs of them. All members do the same steps in the same order."""

    rank: int
    """0 is the member that writes and tells."""
    size: int

    def prepare(self, losses: Losses) -> nn.Module:
        """As it is to be used: its gradients are means over all members. Its parameters may be
        others afterwards."""
        ...

    def backward(self, loss: Tensor) -> None:
        """Gradients of `loss`."""
        ...

    def clip(self, parameters: list[nn.Parameter], most: float) -> float:
        """Scale gradients down to a common norm of `most`; returns the norm before."""
        ...

    def mean(self, value: Tensor) -> Tensor:
        """The mean of `value` over all members, without gradient."""
        ...

    def agree(self, wish: bool) -> bool:
        """Whether any member wishes it."""
        ...

    def gathered(self, named: Iterable[tuple[str, Tensor]]) -> dict[str, Tensor]:
        """For the member that writes: these tensors by name, whole. All members call it."""
        ...


class Alone:
    """One process."""

    rank, size = 0, 1

    def prepare(self, losses: Losses) -> nn.Module:
        return losses

    def backward(self, loss: Tensor) -> None:
        loss.backward()

    def clip(self, parameters: list[nn.Parameter], most: float) -> float:
        return float(nn.utils.clip_grad_norm_(parameters, most))

    def mean(self, value: Tensor) -> Tensor:
        return value.detach()

    def agree(self, wish: bool) -> bool:
        return wish

    def gathered(self, named: Iterable[tuple[str, Tensor]]) -> dict[str, Tensor]:
        return dict(named)


class Together:
    """Several processes, by accelerate: each holds the model, gradients are averaged. Raises
    SetupError where the launcher was told to shard by itself."""

    def __init__(self, cpu: bool) -> None:
        try:
            from accelerate import Accelerator
            from accelerate.utils import DistributedDataParallelKwargs, DistributedType
        except ImportError as error:
            raise MissingExtra("Training in several processes", "policy") from error
        # What only the language head would use gets no gradient.
        unused = DistributedDataParallelKwargs(find_unused_parameters=True)
        self._accelerator = Accelerator(cpu=cpu, mixed_precision="no", kwargs_handlers=[unused])
        kind = self._accelerator.distributed_type
        if kind not in (DistributedType.MULTI_CPU, DistributedType.MULTI_GPU):
            raise SetupError(
                f"accelerate shares this training by {kind.value}, which is not supported: launch "
                "plain processes, and give --shard where each is to hold a part of the weights."
            )
        self.rank, self.size = self._accelerator.process_index, self._accelerator.num_processes
        self.device: torch.device = self._accelerator.device

    def prepare(self, losses: Losses) -> nn.Module:
        prepared: nn.Module = self._accelerator.prepare(losses)
        return prepared

    def backward(self, loss: Tensor) -> None:
        self._accelerator.backward(loss)

    def clip(self, parameters: list[nn.Parameter], most: float) -> float:
        return float(self._accelerator.clip_grad_norm_(parameters, most))

    def mean(self, value: Tensor) -> Tensor:
        found: Tensor = self._accelerator.reduce(value.detach().clone(), "mean")
        return found

    def agree(self, wish: bool) -> bool:
        return bool(self.mean(torch.tensor(float(wish), device=self.device)) > 0)

    def gathered(self, named: Iterable[tuple[str, Tensor]]) -> dict[str, Tensor]:
        return {} if self.rank else dict(named)


def processes() -> int:
    """How many processes a launcher started for this training."""
    return int(os.environ.get("WORLD_SIZE", "1"))
