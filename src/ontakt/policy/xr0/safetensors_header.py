"""What a safetensors file says of itself: names, types and shapes, without reading a weight."""

import math
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from ontakt.contract.errors import MissingExtra, SetupError

BYTES: Mapping[str, int] = {"F32": 4, "F16": 2, "BF16": 2}
"""Width of the stored types that weights come in."""
_PICKLES = {b"PK": "a zip archive, as torch.save writes it", b"\x80": "a pickle"}


class Entry(Struct, frozen=True):
    """One stored tensor."""

    dtype: str
    """As the format writes it: F32, BF16, ..."""
    shape: tuple[int, ...]

    @property
    def numbers(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)

    @property
    def size(self) -> int:
        """Bytes, as far as the type is one that weights come in."""
        return self.numbers * BYTES.get(self.dtype, 0)


class Header(Struct, frozen=True, kw_only=True):
    """One file."""

    file: str
    """Its name in the checkpoint's folder."""
    size: int
    """Bytes on disk."""
    tensors: Mapping[str, Entry]


def read_header(path: Path) -> Header:
    """The header of the safetensors file at `path`; the library also checks that the file is as
    long as its header says.

    Raises SetupError for a file that cannot be read, is cut off, or is something else (a pickle
    under this name, say); MissingExtra without safetensors.
    """
    try:
        from safetensors import SafetensorError, safe_open
    except ImportError as error:
        raise MissingExtra("A checkpoint", "policy") from error
    try:
        with safe_open(path, framework="numpy") as file:  # no array is made: only slices are asked
            slices = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118
            tensors = {
                name: Entry(part.get_dtype(), tuple(part.get_shape()))
                for name, part in slices.items()
            }
        return Header(file=path.name, size=path.stat().st_size, tensors=tensors)
    except SafetensorError as error:
        raise SetupError(f"{path}: {_reason(path, str(error))}.") from error
    except OSError as error:
        raise SetupError(f"{path}: cannot be read ({error}).") from error


def _reason(path: Path, said: str) -> str:
    """Why the library refused the file, in words for whoever downloaded it."""
    with path.open("rb") as file:
        start = file.read(2)
    for magic, kind in _PICKLES.items():
        if start.startswith(magic):
            return f"is no safetensors file but {kind}; a pickle runs code when it is opened"
    if "not fully covered" in said or "too small" in said or "invalid header length" in said:
        said = f"cut off or too long, {path.stat().st_size:,} bytes ({said})"
    return f"is no whole safetensors file: {said}"
