"""Checkpoints of XR-0: read with as much memory as the model needs, written whole or not at all.

Only safetensors, never a pickle. What is written has the released layout: flat names, the tied
language-model head left out, config.json beside it, shards with an index above a size.
"""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from huggingface_hub.errors import StrictDataclassError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from ontakt.contract.errors import BadValue, SetupError
from ontakt.policy.xr0.config import Xr0Config, read_config, write_config
from ontakt.policy.xr0.layout import EMBEDDING, HEAD, tensor_shapes
from ontakt.policy.xr0.model import Xr0Model
from ontakt.policy.xr0.stored_weights import (
    INDEX,
    SINGLE,
    StoredTensor,
    StoredWeights,
    difference,
    read_weights,
)

SHARD_BYTES = 5_000_000_000
"""Largest file that is written, as in the released checkpoint."""
_REFUSALS = (
    *(ArithmeticError, AttributeError, ImportError, KeyError, RuntimeError, TypeError, ValueError),
    StrictDataclassError,
)
"""What transformers and torch raise for a setting that they cannot use."""
_PARTIAL = ".partial"
_UNDER_WAY = ".saving"
"""A folder in the checkpoint's that holds the new config.json while it is written."""
_BLOCK = 1 << 24
"""Numbers of the head that are compared at a time."""
_MAPPED = 500_000_000
"""Bytes read before a file is opened anew: what was read of it stays in memory until then."""


def load_checkpoint(
    folder: Path,
    config: Xr0Config | None = None,
    dtype: torch.dtype = torch.float32,
    device: str | torch.device = "cpu",
) -> Xr0Model:
    """The model in `folder`, in evaluation mode, its weights cast to `dtype` on `device`; rotary
    frequencies as its configuration says, whatever `dtype` is.

    `config` replaces that of `folder`/config.json. Raises SetupError naming the file or tensor:
    a file that is not whole, pickled weights, tensors missing, extra, misshapen or not finite, a
    stored head that is not the embedding it is tied to, a configuration of another architecture.
    """
    stored = read_weights(folder)
    config = read_config(folder) if config is None else config
    found = difference(stored, tensor_shapes(config))
    if found:
        raise SetupError(f"{folder}: {found}.")
    try:
        with torch.device("meta"):
            model = Xr0Model(config)
    except _REFUSALS as error:
        what = " ".join(f"{type(error).__name__}: {error}".split())
        raise SetupError(f"{folder}/config.json: makes no model ({what}).") from error
    state = dict(_tensors(folder, stored, dtype, torch.device(device)))
    model.load_state_dict(state, strict=False, assign=True)
    del state
    model.vlm.lm_head.weight = model.vlm.model.language_model.embed_tokens.weight
    model.hold_rotary()
    left = [name for name, value in _values(model) if value.is_meta]
    if left:
        raise AssertionError(f"without a value after loading: {left}")
    return model.eval()


def save_checkpoint(model: Xr0Model, folder: Path, max_shard_bytes: int = SHARD_BYTES) -> None:
    """Write `model` into `folder`: config.json and safetensors, in the model's own dtype.

    `folder` is new, empty or a checkpoint that is replaced; its processor and tokenizer files stay.
    Files are written under other names first, and config.json, without which nothing loads, is
    taken away before the first of them is put in place and comes back last: a process that is
    killed leaves the old checkpoint, the new one, or none that loads. Raises SetupError for another
    folder, for weights that are not finite, and where nothing can be written.
    """
    state = {name: tensor for name, tensor in model.state_dict().items() if name != HEAD}
    write_tensors(state, model.config, folder, max_shard_bytes)


def write_tensors(
    tensors: Mapping[str, Tensor],
    config: Xr0Config,
    folder: Path,
    max_shard_bytes: int = SHARD_BYTES,
) -> None:
    """Write a checkpoint of `tensors`, by the model's names, as `save_checkpoint` does."""
    check_target(folder)
    for name, tensor in tensors.items():
        if not _finite(tensor):
            raise SetupError(f"{folder}: {name} is not finite; nothing was written.")
    shards = _shards(tensors, max_shard_bytes)
    try:
        (folder / _UNDER_WAY).mkdir(parents=True, exist_ok=True)
        write_config(config, folder / _UNDER_WAY)
        _flush(folder / _UNDER_WAY / "config.json")
        for name, keys in shards.items():
            shard = {key: tensors[key].detach().to("cpu").contiguous() for key in keys}
            _write_shard(shard, folder / f"{name}{_PARTIAL}")
        if len(shards) > 1:
            (folder / f"{INDEX}{_PARTIAL}").write_text(_index(tensors, shards), encoding="utf-8")
            _flush(folder / f"{INDEX}{_PARTIAL}")
        _put_in_place(folder, shards)
    except (OSError, SafetensorError) as error:
        raise SetupError(f"{folder}: cannot be written ({error}).") from error


def check_target(folder: Path) -> None:
    """Raises SetupError where a checkpoint may not be written: over a file, or among other files
    than a checkpoint's."""
    if folder.exists() and not folder.is_dir():
        raise SetupError(f"{folder}: is a file; a checkpoint needs a folder.")
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    try:
        read_config(folder)
    except SetupError as error:
        if not (folder / _UNDER_WAY).is_dir():  # what a killed save left is written over
            raise SetupError(f"{folder}: is neither empty nor an XR-0 checkpoint.") from error


def _write_shard(tensors: Mapping[str, Tensor], path: Path) -> None:
    path.touch()
    mode = path.stat().st_mode  # the library lets the owner alone read what it writes
    save_file(dict(tensors), path, metadata={"format": "pt"})
    path.chmod(mode)
    _flush(path)


def _put_in_place(folder: Path, shards: Mapping[str, list[str]]) -> None:
    (folder / "config.json").unlink(missing_ok=True)
    _flush(folder)
    names = [*shards, INDEX] if len(shards) > 1 else [*shards]
    for old in (*folder.glob("model*.safetensors"), folder / INDEX):
        if old.name not in names:
            old.unlink(missing_ok=True)
    for name in names:
        (folder / f"{name}{_PARTIAL}").replace(folder / name)
    for left in folder.glob(f"model*{_PARTIAL}"):
        left.unlink()
    _flush(folder)
    (folder / _UNDER_WAY / "config.json").replace(folder / "config.json")
    (folder / _UNDER_WAY).rmdir()
    _flush(folder)


def _flush(path: Path) -> None:
    """Wait until `path`, a file or a folder's list of names, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _shards(tensors: Mapping[str, Tensor], most: int) -> dict[str, list[str]]:
    """File by file, the names of the tensors that go there, in the model's order."""
    if most < 1:
        raise BadValue("max_shard_bytes", most, "it is 1 or greater")
    groups = _groups({name: tensor.nbytes for name, tensor in tensors.items()}, most)
    if len(groups) == 1:
        return {SINGLE: groups[0]}
    count = len(groups)
    return {f"model-{k:05}-of-{count:05}.safetensors": g for k, g in enumerate(groups, start=1)}


def _groups(sizes: Mapping[str, int], most: int) -> list[list[str]]:
    """The names in their order, in groups of `most` bytes or of one name."""
    groups: list[list[str]] = [[]]
    filled = 0
    for name, size in sizes.items():
        if groups[-1] and filled + size > most:
            groups.append([])
            filled = 0
        groups[-1].append(name)
        filled += size
    return groups


def _index(tensors: Mapping[str, Tensor], shards: Mapping[str, list[str]]) -> str:
    index = {
        "metadata": {"total_size": sum(tensor.nbytes for tensor in tensors.values())},
        "weight_map": {key: name for name, keys in shards.items() for key in sorted(keys)},
    }
    return json.dumps(index, indent=1) + "\n"


def _tensors(
    folder: Path, stored: StoredWeights, dtype: torch.dtype, device: torch.device
) -> Iterator[tuple[str, Tensor]]:
    """The model's tensors, one after the other. Each is a copy: a file that is replaced or cut
    while a robot runs on it must not change the weights."""
    for header in stored.headers:
        path = folder / header.file
        here = {name: at for name, at in stored.tensors.items() if at.file == header.file}
        sizes = {name: at.entry.size for name, at in here.items()}
        for names in _groups(sizes, _MAPPED):
            try:
                with safe_open(path, framework="pt") as file:
                    for name in names:
                        tensor = file.get_tensor(here[name].key).to(device, copy=True).to(dtype)
                        if not _finite(tensor):
                            what = f"{path}: {here[name].key}"
                            raise BadValue(what, "not finite", "weights are numbers")
                        yield name, tensor
            except (OSError, SafetensorError) as error:
                raise SetupError(f"{path}: cannot be read ({error}).") from error
    if stored.head is not None:
        _check_head(folder, stored, stored.head)


def _check_head(folder: Path, stored: StoredWeights, head: StoredTensor) -> None:
    tied = stored.tensors[EMBEDDING]
    with (
        safe_open(folder / tied.file, framework="pt") as one,
        safe_open(folder / head.file, framework="pt") as other,
    ):
        embedding, found = one.get_slice(tied.key), other.get_slice(head.key)
        rows = tied.entry.shape[0]
        step = max(1, _BLOCK // tied.entry.shape[1])
        equal = tied.entry.shape == head.entry.shape and all(
            torch.equal(embedding[k : k + step].float(), found[k : k + step].float())
            for k in range(0, rows, step)
        )
    if not equal:
        raise SetupError(
            f"{folder / head.file}: {head.key} differs from {tied.key}, to which XR-0 ties it."
        )


def _finite(tensor: Tensor) -> bool:
    """Whether every number of `tensor` is one; the extremes tell, and need no copy."""
    low, high = tensor.aminmax()
    return bool(torch.isfinite(low) & torch.isfinite(high))


def _values(model: Xr0Model) -> Iterator[tuple[str, Tensor]]:
    yield from model.named_parameters()
    yield from model.named_buffers()
