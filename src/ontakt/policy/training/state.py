"""Everything that a training needs to go on, in one file of safetensors: never a pickle.

One file, replaced as a whole: a process that is killed leaves the last state or the one before.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from ontakt.contract import SetupError
from ontakt.policy.training.sharding import own_part
from ontakt.policy.training.trainer import Trainer
from ontakt.policy.xr0.layout import HEAD

STATE = "state.safetensors"


def save_state(trainer: Trainer, path: Path, seconds: float) -> None:
    """Write the state of `trainer`, which has worked for `seconds` so far, over `path`: one member
    of its team writes, all call it. Raises SetupError where it cannot be written."""
    gathered = trainer.team.gathered(_tensors(trainer))
    if trainer.team.rank:
        return
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in gathered.items()}
    facts = {"step": str(trainer.step), "seconds": repr(seconds)}
    partial = path.with_name(f"{path.name}.partial")
    try:
        save_file(tensors, partial, metadata=facts)
        _flush(partial)
        partial.replace(path)
        _flush(path.parent)
    except (OSError, SafetensorError) as error:
        raise SetupError(f"{path}: cannot be written ({error}).") from error


def load_state(trainer: Trainer, path: Path) -> float:
    """Put `trainer`, made as the one that was saved, into the state at `path`; returns its seconds
    of work. Raises SetupError for a file that is damaged or of another training."""
    try:
        with safe_open(path, framework="pt") as file:
            facts = file.metadata() or {}
            step, seconds = int(facts["step"]), float(facts["seconds"])
            left = set(file.keys())
            for name, target in _weights(trainer):
                left.remove(name)
                target.detach().copy_(own_part(file.get_tensor(name), target))
            _load_moments(trainer, ((name, file.get_tensor(name)) for name in sorted(left)))
    except (OSError, SafetensorError, KeyError, RuntimeError, ValueError) as error:
        told = " ".join(str(error).split())
        raise SetupError(f"{path}: is no state of this training ({told}).") from error
    trainer.step = step
    return seconds


def load_localiser(localiser: nn.Module, path: Path) -> None:
    """Put `localiser` into the state that `save_localiser` left. Raises SetupError where it does
    not fit."""
    try:
        with safe_open(path, framework="pt") as file:
            found = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        own = localiser.state_dict()
        localiser.load_state_dict({k: own_part(v, own.get(k, v)) for k, v in found.items()})
    except (OSError, SafetensorError, RuntimeError) as error:
        told = " ".join(str(error).split())
        raise SetupError(f"{path}: does not fit the localiser ({told}).") from error


def save_localiser(weights: Mapping[str, Tensor], path: Path) -> None:
    """Write a localiser's `weights` over `path`."""
    partial = path.with_name(f"{path.name}.partial")
    save_file({name: tensor.detach().cpu() for name, tensor in weights.items()}, partial)
    _flush(partial)
    partial.replace(path)


def _tensors(trainer: Trainer) -> Iterator[tuple[str, Tensor]]:
    yield from _weights(trainer)
    for name, moments in _moments(trainer):
        for slot, value in moments.items():
            yield f"moment/{slot}/{name}", value


def _weights(trainer: Trainer) -> Iterator[tuple[str, Tensor]]:
    modules: dict[str, Any] = {"model": trainer.model}
    if trainer.localiser is not None:
        modules["localiser"] = trainer.localiser
    if trainer.average is not None:
        modules["average"] = trainer.average
    for part, module in modules.items():
        for name, tensor in module.state_dict().items():
            if not name.endswith(HEAD):  # tied to the embedding
                yield f"{part}/{name}", tensor


def _moments(trainer: Trainer) -> Iterator[tuple[str, dict[str, Any]]]:
    """Of every parameter that has moved, by name."""
    names = {parameter: name for name, parameter in trainer.parameters.items()}
    for optimizer in trainer.optimizers:
        for parameter, moments in optimizer.state.items():
            yield names[parameter], moments


def _load_moments(trainer: Trainer, found: Iterable[tuple[str, Tensor]]) -> None:
    owners = {
        parameter: optimizer
        for optimizer in trainer.optimizers
        for group in optimizer.param_groups
        for parameter in group["params"]
    }
    for key, value in found:
        kind, slot, name = key.split("/", 2)
        if kind != "moment":
            raise KeyError(key)
        parameter = trainer.parameters[name]
        # AdamW counts its steps on the CPU, wherever the parameter is.
        kept = value if slot == "step" else own_part(value.to(parameter.device), parameter)
        owners[parameter].state[parameter][slot] = kept


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
