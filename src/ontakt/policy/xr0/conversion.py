"""From pickled weights to safetensors, once and on request.

A pickle is a program that runs when it is opened. torch's restricted reader (`weights_only`) lets
it make tensors and plain containers and refuses everything else; what it refuses is not converted.
"""

import pickle
import shutil
import struct
import warnings
from collections.abc import Mapping
from pathlib import Path

import torch
from msgspec import Struct
from torch import Tensor

from ontakt.contract.errors import SetupError
from ontakt.policy.xr0.checkpoint import SHARD_BYTES, check_target, write_tensors
from ontakt.policy.xr0.config import Xr0Config
from ontakt.policy.xr0.layout import EMBEDDING, tensor_shapes
from ontakt.policy.xr0.safetensors_header import Entry, Header
from ontakt.policy.xr0.stored_weights import collect, difference, pickled_files, some

_INSIDE = ("module", "state_dict", "model")
"""Where trainers keep the weights among what else they store: DeepSpeed, Lightning, others."""
_KIND = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16"}
_BROKEN = (
    OSError,
    EOFError,
    RuntimeError,
    ValueError,
    LookupError,
    AttributeError,
    TypeError,
    MemoryError,
    struct.error,
)
"""What the reader raises for bytes that are no pickle, depending on where it stumbles."""
_BESIDE = (
    "preprocessor_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "merges.txt",
)
"""Files of a checkpoint that are taken along."""


class Converted(Struct, frozen=True, kw_only=True):
    """What was converted."""

    files: tuple[Path, ...]
    """Pickles that were read."""
    tensors: int
    parameters: int
    beside: tuple[str, ...]
    """Files that were taken along."""


def convert(
    source: Path, folder: Path, config: Xr0Config, max_shard_bytes: int = SHARD_BYTES
) -> Converted:
    """Write the pickled weights of `source`, a file or a folder of them, into `folder` as a
    checkpoint of `config`, in the types they have.

    Raises SetupError for a pickle that wants to run something or that is no pickle, for tensors
    that are missing, extra, misshapen or not finite, and for a `folder` that holds something else.
    """
    check_target(folder)
    files = _files(source)
    headers, values = [], {}
    for path in files:
        for name, tensor in _weights(path).items():
            values[path.name, name] = tensor
        entries = {
            name: Entry(_KIND.get(tensor.dtype, str(tensor.dtype)), tuple(tensor.shape))
            for (file, name), tensor in values.items()
            if file == path.name
        }
        headers.append(Header(file=path.name, size=path.stat().st_size, tensors=entries))
    stored = collect(str(source), headers)
    shapes = tensor_shapes(config)
    found = difference(stored, shapes)
    if found:
        raise SetupError(f"{source}: {found}.")
    tensors = {name: values[stored.tensors[name].file, stored.tensors[name].key] for name in shapes}
    head = stored.head
    if head is not None and not torch.equal(values[head.file, head.key], tensors[EMBEDDING]):
        raise SetupError(f"{source}: {head.key} differs from {EMBEDDING}, to which XR-0 ties it.")
    write_tensors(tensors, config, folder, max_shard_bytes)
    return Converted(
        files=tuple(files),
        tensors=len(tensors),
        parameters=sum(tensor.numel() for tensor in tensors.values()),
        beside=_take_along(source if source.is_dir() else source.parent, folder),
    )


def _files(source: Path) -> list[Path]:
    """The pickles of `source`: itself, or the one or the shards that it holds."""
    if source.is_file():
        return [source]
    if not source.is_dir():
        raise SetupError(f"{source}: no such file or folder.")
    found = pickled_files(source)
    shards = [path for path in found if path.name.startswith("pytorch_model")]
    weights = shards or [path for path in found if path.name != "training_args.bin"]
    if not weights:
        raise SetupError(f"{source}: holds no pickled weights.")
    if not shards and len(weights) > 1:
        names = [str(path.relative_to(source)) for path in weights]
        raise SetupError(f"{source}: holds several pickles; name one of them: {some(names, 8)}.")
    return weights


def _weights(path: Path) -> dict[str, Tensor]:
    """The tensors of the pickle at `path`, by the names they have in there."""
    found: object = _read(path)
    for _ in _INSIDE:  # no deeper: a pickled table may hold itself
        inside = found if isinstance(found, Mapping) else {}
        found = next((inside[k] for k in _INSIDE if isinstance(inside.get(k), Mapping)), found)
    if not isinstance(found, Mapping) or not found:
        raise SetupError(f"{path}: holds no table of tensors by name.")
    for name, value in found.items():
        if not isinstance(value, Tensor) or not isinstance(name, str):
            raise SetupError(f"{path}: {name!r} is a {type(value).__name__}, not a named tensor.")
    return dict(found)


def _read(path: Path) -> object:
    try:
        with path.open("rb") as file, warnings.catch_warnings():
            zipped = file.read(2) == b"PK"  # only the newer of torch's two forms can be mapped
            warnings.simplefilter("ignore", UserWarning)  # of pickle protocols it does not know
            return torch.load(path, map_location="cpu", weights_only=True, mmap=zipped)
    except pickle.UnpicklingError as error:
        raise SetupError(
            f"{path}: refused, as it is more than tensors and plain containers: {_reason(error)}."
        ) from error
    except _BROKEN as error:
        raise SetupError(f"{path}: is no whole pickle of tensors ({_reason(error)}).") from error


def _reason(error: Exception) -> str:
    """What the reader says in its long text: for a refusal, what the pickle asked for."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    asked = next((line for line in lines if "Unsupported" in line or "GLOBAL" in line), None)
    text = asked or (lines[0] if lines else type(error).__name__)
    return text.removeprefix("WeightsUnpickler error: ").split(". Please")[0].rstrip(".")


def _take_along(source: Path, folder: Path) -> tuple[str, ...]:
    if source.resolve() == folder.resolve():
        return ()
    names = tuple(name for name in _BESIDE if (source / name).is_file())
    for name in names:
        shutil.copyfile(source / name, folder / name)
    return names
