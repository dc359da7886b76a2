"""Which tensors a checkpoint's files hold, under the model's names, and whether they are the ones
that its configuration needs. Headers only; no weight is read.

Three layouts come in: the released one (flat names, shards with an index), checkpoints of XR-0's
post-training code (`model.` before every name, and wrapped once more in `module`), and ours, which
is the released one.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec import Struct

from ontakt.contract.errors import BadValue, SetupError
from ontakt.policy.json_object import read_object
from ontakt.policy.xr0.layout import EMBEDDING, HEAD, Shape
from ontakt.policy.xr0.safetensors_header import BYTES, Entry, Header, read_header

SINGLE = "model.safetensors"
INDEX = "model.safetensors.index.json"
PICKLED = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
"""Ends of names under which pickled weights go about."""
_WRAPPERS = ("module", "_forward_module", "_orig_mod", "model")
_DERIVED = ("inv_freq", "original_inv_freq", "saved_causal_mask")
"""Buffers that a model makes for itself, and that some trainers store all the same."""


class StoredTensor(Struct, frozen=True, kw_only=True):
    """Where one tensor of the model lies."""

    file: str
    """Name of the file in the checkpoint's folder."""
    key: str
    """Its name in there, with whatever wraps it."""
    entry: Entry


class StoredWeights(Struct, frozen=True, kw_only=True):
    """Everything that a checkpoint stores."""

    place: str
    """The folder or hub id, for messages."""
    headers: tuple[Header, ...]
    tensors: Mapping[str, StoredTensor]
    """By the model's name."""
    head: StoredTensor | None
    """The language model's head, where it is stored although it is tied."""
    ignored: tuple[str, ...]
    """Derived buffers: stored, and made anew."""


class Difference(Struct, frozen=True, kw_only=True):
    """How stored tensors depart from those that a configuration needs."""

    missing: tuple[str, ...]
    extra: tuple[str, ...]
    misshapen: tuple[str, ...]
    """`name in FILE has shape (..), (..) is needed`, likewise for a type."""

    def __bool__(self) -> bool:
        return bool(self.missing or self.extra or self.misshapen)

    def __str__(self) -> str:
        """All of it on one line: the first few names, and how many more."""
        parts = (("missing", self.missing), ("extra", self.extra), ("wrong", self.misshapen))
        return "; ".join(
            f"{len(names)} {'tensor' if len(names) == 1 else 'tensors'} {what}: {some(names)}"
            for what, names in parts
            if names
        )


def model_name(key: str) -> str:
    """The model's name of the tensor that a file calls `key`: wrappers are taken off from the left.
    No part of an XR-0 is called like a wrapper, so `vlm.model.` stays what it is."""
    first, _, rest = key.partition(".")
    while first in _WRAPPERS and rest:
        key = rest
        first, _, rest = key.partition(".")
    return key


def collect(place: str, headers: Iterable[Header]) -> StoredWeights:
    """What `headers` hold, by the model's names. Raises SetupError where two tensors would have
    the same name."""
    tensors: dict[str, StoredTensor] = {}
    ignored: list[str] = []
    headers = tuple(headers)
    for header in headers:
        for key, entry in header.tensors.items():
            name = model_name(key)
            if name.rpartition(".")[2] in _DERIVED:
                ignored.append(key)
                continue
            if name in tensors:
                first = tensors[name]
                raise SetupError(
                    f"{place}: {name} is stored twice, as {first.key} in {first.file} and as {key} "
                    f"in {header.file}."
                )
            tensors[name] = StoredTensor(file=header.file, key=key, entry=entry)
    head = tensors.pop(HEAD, None)
    return StoredWeights(
        place=place, headers=headers, tensors=tensors, head=head, ignored=tuple(ignored)
    )


def read_weights(folder: Path) -> StoredWeights:
    """What the checkpoint in `folder` stores, from its index and its files' headers.

    Raises SetupError where there is no folder, no safetensors file (saying how pickled weights are
    converted), a file that is not whole, or an index and files that disagree.
    """
    if folder.is_file():
        if folder.suffix in PICKLED:
            raise SetupError(_pickled(folder, folder.name))
        raise SetupError(f"{folder}: is a file; a checkpoint is the folder that holds it.")
    if not folder.is_dir():
        raise SetupError(f"{folder}: no such folder.")
    files = sorted(path.name for path in folder.glob("model*.safetensors"))
    index = folder / INDEX
    if index.is_file():
        listed = read_index(index)
        check_files(str(folder), files, listed)
        headers = [read_header(folder / name) for name in sorted(set(listed.values()))]
        check_index(str(folder), headers, listed)
        return collect(str(folder), headers)
    if files == [SINGLE]:
        return collect(str(folder), [read_header(folder / SINGLE)])
    if files:
        raise SetupError(
            f"{folder}: {some(files)} without {INDEX}, which says what belongs together."
        )
    pickles = pickled_files(folder)
    if pickles:
        raise SetupError(
            _pickled(folder, some([str(path.relative_to(folder)) for path in pickles]))
        )
    raise SetupError(f"{folder}: holds no weights ({SINGLE}, or shards with {INDEX}).")


def pickled_files(folder: Path) -> list[Path]:
    """Files in and below `folder` that look like pickled weights; optimiser states do not."""
    found = (path for end in PICKLED for path in folder.rglob(f"*{end}") if path.is_file())
    return sorted(path for path in found if "optim" not in path.name)


def _pickled(source: Path, names: str) -> str:
    return (
        f"{source}: holds pickled weights ({names}) and no safetensors; a pickle runs code when it "
        f"is opened, so it is never loaded. Convert it once: ontakt policy convert {source} DST"
    )


def read_index(path: Path) -> dict[str, str]:
    """The index at `path`: file by tensor. Raises SetupError where it is none."""
    listed = read_object(path).get("weight_map")
    if not isinstance(listed, dict) or not listed:
        raise SetupError(f"{path}: has no 'weight_map' of tensors and their files.")
    for file in listed.values():
        if not isinstance(file, str) or Path(file).name != file or "\\" in file:
            raise BadValue(
                f"{path}: a file in weight_map", file, "a name in the same folder is due"
            )
    return listed


def check_files(place: str, files: Iterable[str], listed: Mapping[str, str]) -> None:
    """Raises SetupError where the index names a file that is not there, or not one that is."""
    there, needed = set(files), set(listed.values())
    if needed - there:
        raise SetupError(f"{place}: {INDEX} names {some(sorted(needed - there))}: not there.")
    if there - needed:
        raise SetupError(f"{place}: {some(sorted(there - needed))} in the folder, not in {INDEX}.")


def check_index(place: str, headers: Iterable[Header], listed: Mapping[str, str]) -> None:
    """Raises SetupError where a file does not hold what the index says, no more and no less."""
    held = {(key, header.file) for header in headers for key in header.tensors}
    said = set(listed.items())
    for what, pairs in (
        (f"{INDEX} names tensors that are not there", said - held),
        (f"tensors that {INDEX} does not name", held - said),
    ):
        if pairs:
            raise SetupError(
                f"{place}: {what}: {some([f'{key} in {file}' for key, file in sorted(pairs)])}."
            )


def difference(weights: StoredWeights, shapes: Mapping[str, Shape]) -> Difference:
    """How `weights` depart from tensors of these `shapes`."""
    wrong = []
    for name, shape in shapes.items():
        stored = weights.tensors.get(name)
        if stored is None:
            continue
        if stored.entry.shape != shape:
            wrong.append(f"{name} in {stored.file} has shape {stored.entry.shape}, not {shape}")
        elif stored.entry.dtype not in BYTES:
            wrong.append(f"{name} in {stored.file} is {stored.entry.dtype}, not {'/'.join(BYTES)}")
    head, tied = weights.head, shapes.get(EMBEDDING)
    if head is not None and head.entry.shape != tied:
        wrong.append(f"{HEAD} in {head.file} has shape {head.entry.shape}, not {tied}")
    return Difference(
        missing=tuple(name for name in shapes if name not in weights.tensors),
        extra=tuple(
            f"{stored.key} in {stored.file}"
            for name, stored in weights.tensors.items()
            if name not in shapes
        ),
        misshapen=tuple(wrong),
    )


def some(names: Iterable[str], most: int = 3) -> str:
    """The first few of `names`, and how many more there are."""
    listed = list(names)
    rest = f" and {len(listed) - most} more" if len(listed) > most else ""
    # A stranger's names could steer the terminal that they are printed on.
    return ", ".join(n if n.isprintable() else repr(n) for n in listed[:most]) + rest
