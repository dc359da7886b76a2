"""Single entries of a message, read with suspicion: each error names the key and what is wanted."""

from collections.abc import Mapping
from math import inf, isfinite
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ontakt.contract import Array, Image, Side
from ontakt.runtime.wire_limits import WireError, shown

LONGEST_NAME = 128
"""Characters of a session's or request's name, of a camera's or object's."""
LONGEST_PROMPT = 16_384
_LARGEST = 2**63 - 1


def as_map(value: object, what: str) -> Mapping[str, object]:
    """`value` as a map, or WireError."""
    if not isinstance(value, dict):
        raise WireError(f"{what} is {described(value)}; a map is wanted.")
    return cast(Mapping[str, object], value)


def described(value: object) -> str:
    """What `value` is, in a few words for an error message."""
    if isinstance(value, np.ndarray | np.generic):
        return f"{value.dtype.name} of shape {value.shape}"
    return "missing" if value is None else shown(value)


def integer(value: object, key: str, low: int = 0, high: int = _LARGEST) -> int:
    """A whole number, Python's or numpy's, of `low` to `high`."""
    if isinstance(value, np.integer):
        value = int(value)
    if type(value) is not int or not low <= value <= high:
        span = f"from {low} to {high}" if high < _LARGEST else f"of {low} or more"
        raise WireError(f"{key} is {described(value)}; a whole number {span} is wanted.")
    return value


def number(value: object, key: str, above: float = -inf) -> float:
    """A finite number greater than `above`."""
    if isinstance(value, np.floating | np.integer):
        value = value.item()
    if type(value) not in (int, float) or not isfinite(cast(float, value)):
        raise WireError(f"{key} is {described(value)}; a finite number is wanted.")
    if cast(float, value) <= above:
        raise WireError(f"{key} is {described(value)}; more than {above:g} is wanted.")
    return float(cast(float, value))


def text(value: object, key: str, longest: int = LONGEST_NAME) -> str:
    """A text of at most `longest` characters."""
    if not isinstance(value, str) or len(value) > longest:
        raise WireError(
            f"{key} is {described(value)}; a text of at most {longest} characters is wanted."
        )
    return value


def chosen_sides(value: object, key: str, sides: tuple[Side, ...]) -> tuple[Side, ...]:
    """A list of some of `sides`, each at most once, in the order given."""
    named = isinstance(value, list) and all(isinstance(each, str) for each in value)
    if named:
        chosen = cast(tuple[Side, ...], tuple(cast(list[str], value)))
        if len(set(chosen)) == len(chosen) and set(chosen) <= set(sides):
            return chosen
        value = " ".join(chosen)
    listed = ", ".join(sides)
    raise WireError(f"{key} is {described(value)}; a list of {listed}, each once, is wanted.")


def finite_numbers(value: object, key: str, shape: tuple[int | None, ...]) -> Array:
    """`numbers`, all of them finite."""
    array = numbers(value, key, shape)
    if not np.isfinite(array).all():
        raise WireError(f"{key} holds numbers that are not finite.")
    return array


def numbers(value: object, key: str, shape: tuple[int | None, ...]) -> Array:
    """A read-only float64 array of exactly `shape`, where None is any number of rows: from an
    array of integers or floats, or from lists of numbers as clients without numpy send them."""
    array = _listed(value) if isinstance(value, list) else value
    if (
        not isinstance(array, np.ndarray)
        or array.dtype.kind not in "iuf"
        or array.ndim != len(shape)
        or any(want not in (None, got) for want, got in zip(shape, array.shape, strict=True))
    ):
        wanted = ", ".join("any" if n is None else str(n) for n in shape)
        raise WireError(f"{key} is {described(array)}; numbers of shape ({wanted}) are wanted.")
    read = array.astype(np.float64, copy=False)
    if read.flags.writeable:
        read.setflags(write=False)
    return read


def image(value: object, key: str) -> Image:
    """An RGB picture, uint8 of shape (height, width, 3)."""
    if (
        not isinstance(value, np.ndarray)
        or value.dtype != np.uint8
        or value.ndim != 3
        or value.shape[2] != 3
        or 0 in value.shape
    ):
        raise WireError(
            f"{key} is {described(value)}; uint8 of shape (height, width, 3) is wanted."
        )
    return cast(Image, value)


def under(message: Mapping[str, object], prefix: str) -> dict[str, object]:
    """The entries whose keys begin with `prefix`, without it."""
    return {
        text(key.removeprefix(prefix), prefix): value
        for key, value in message.items()
        if key.startswith(prefix)
    }


def _listed(value: list[Any]) -> NDArray[np.float64] | list[Any]:
    """An array of a list of numbers, or of lists of as many numbers; other lists as they are.
    Checked first: numpy would give every element of a list as much room as its longest text."""
    rows = value if value and isinstance(value[0], list) else [value]
    if any(not isinstance(row, list) or len(row) != len(rows[0]) for row in rows):
        return value
    if any(type(each) not in (int, float) for row in rows for each in row):
        return value
    return np.array(value, dtype=np.float64)
