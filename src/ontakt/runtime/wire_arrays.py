"""Arrays on the wire: three dialects, one strict reading.

- `openpi`: {__ndarray__: true, data, dtype, shape}, a scalar {__npgeneric__: true, data, dtype}
  with a plain number; what openpi-client and its many descendants speak.
- `msgpack-numpy`: {nd: true, type, kind: "", shape, data}, a scalar {nd: false, type, data} with
  bytes; the package of that name, whose own decoder unpickles objects.
- `typed`: the same with kind the letter of the type ("f"); early vLLM-Omni.

Keys come as bytes or as text. Element types are looked up in a table, so that no text of a
stranger's ever reaches `numpy.dtype`: the type "|O" makes numpy take the data for pointers, and
the process dies. Booleans, integers and floats of 1 to 8 bytes are known; `longdouble` is not, its
bytes mean something else on every machine. A type without a mark of byte order is little-endian.
"""

from collections.abc import Mapping
from math import prod
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ontakt.runtime.wire_limits import WireError, WireLimits, shown

Dialect = Literal["openpi", "msgpack-numpy", "typed"]
"""The three ways in which the field puts arrays into MessagePack."""


def _dtypes() -> dict[str, np.dtype[Any]]:
    known = {name: np.dtype(np.bool_) for name in ("|b1", "b1", "bool")}
    for kind, sizes in (("i", (1, 2, 4, 8)), ("u", (1, 2, 4, 8)), ("f", (2, 4, 8))):
        for size in sizes:
            little = np.dtype(f"<{kind}{size}")
            known |= {f"<{kind}{size}": little, f"{kind}{size}": little, little.name: little}
            known[f">{kind}{size}"] = np.dtype(f">{kind}{size}")
            if size == 1:
                known[f"|{kind}1"] = little
    return known


_DTYPES = _dtypes()
_KINDS = "booleans, integers and floats of 1 to 8 bytes are known"
_LEAD = ("__ndarray__", "__npgeneric__", "nd")
_MARKS = frozenset({*_LEAD, *(name.encode() for name in _LEAD)})


def is_marked(value: Mapping[str | bytes, object]) -> bool:
    """Whether a decoded map stands for an array. A plain map may have a text key `nd`; it stands
    for an array when `type` and `data` are there too."""
    marks = _MARKS.intersection(value)
    return bool(marks) and (marks != {"nd"} or ("type" in value and "data" in value))


def read_array(
    value: Mapping[str | bytes, object], what: str, limits: WireLimits
) -> tuple[NDArray[Any] | np.generic, Dialect]:
    """The array or scalar that the map at `what` stands for, and the dialect it was written in.

    The array is a read-only view of the bytes in `value`; one in big-endian order is copied.
    Raises WireError for an unknown type, a shape that does not fit the data exactly, another key.
    """
    fields = _fields(value, what)
    lead = next(name for name in _LEAD if name in fields)
    flag = fields.pop(lead)
    scalar = lead == "__npgeneric__" or (lead == "nd" and flag is False)
    if flag is not True and not (lead == "nd" and scalar):
        raise WireError(f"{what}: {lead} is {shown(flag)}; it must be true.")
    dtype = _dtype(fields.pop("type" if lead == "nd" else "dtype", None), what)
    dialect = _nd_dialect(fields, dtype, what) if lead == "nd" else "openpi"
    data, shape = fields.pop("data", None), fields.pop("shape", None)
    if fields:
        raise WireError(f"{what}: an array with a key {shown(next(iter(fields)))} too many.")
    if lead == "__npgeneric__":
        return _number(data, dtype, what), "openpi"
    array = _array(data, dtype, [] if scalar and shape is None else shape, what, limits)
    return (array[()] if scalar and array.ndim == 0 else array), dialect


def array_fields(array: NDArray[Any] | np.generic, dialect: Dialect) -> dict[bytes, object]:
    """The map that stands for `array`; its data is not copied when it lies in C order.
    Raises WireError for a type that could not be read back."""
    dtype, scalar = array.dtype, isinstance(array, np.generic)
    if dtype.str not in _DTYPES:
        raise WireError(f"An array of type {dtype.name} cannot be sent; {_KINDS}.")
    if scalar and dialect == "openpi":
        return {b"__npgeneric__": True, b"data": array.item(), b"dtype": dtype.str}
    data = np.ascontiguousarray(array).data
    if dialect == "openpi":
        return {b"__ndarray__": True, b"data": data, b"dtype": dtype.str, b"shape": array.shape}
    fields: dict[bytes, object] = {b"nd": not scalar, b"type": dtype.str}
    if dialect == "typed" or not scalar:
        fields[b"kind"] = dtype.kind if dialect == "typed" else b""
    if not scalar:
        fields[b"shape"] = array.shape
    return {**fields, b"data": data}


def _fields(value: Mapping[str | bytes, object], what: str) -> dict[str, object]:
    fields = {
        key.decode("latin-1") if isinstance(key, bytes) else key: each
        for key, each in value.items()
    }
    if len(fields) != len(value):
        raise WireError(f"{what}: an array with a key that comes as text and as bytes.")
    return fields


def _dtype(name: object, what: str) -> np.dtype[Any]:
    text = name.decode("latin-1") if isinstance(name, bytes) else name
    dtype = _DTYPES.get(text) if isinstance(text, str) else None
    if dtype is None:
        raise WireError(f"{what}: an array of type {shown(name)}; {_KINDS}.")
    return dtype


def _nd_dialect(fields: dict[str, object], dtype: np.dtype[Any], what: str) -> Dialect:
    kind = fields.pop("kind", b"")
    if kind in (b"", ""):
        return "msgpack-numpy"
    if kind in (dtype.kind, dtype.kind.encode()):
        return "typed"
    raise WireError(f"{what}: an array of kind {shown(kind)} and type {dtype.str}.")


def _array(
    data: object, dtype: np.dtype[Any], shape: object, what: str, limits: WireLimits
) -> NDArray[Any]:
    if not isinstance(data, bytes):
        raise WireError(f"{what}: an array whose data is {shown(data)}; it must be bytes.")
    if not isinstance(shape, list) or any(type(n) is not int or n < 0 for n in shape):
        raise WireError(f"{what}: an array whose shape is no list of sizes.")
    if len(shape) > limits.dimensions:
        raise WireError(f"{what}: {len(shape)} dimensions; at most {limits.dimensions}.")
    if prod(shape) * dtype.itemsize != len(data):  # integers of any size: nothing overflows
        raise WireError(
            f"{what}: {len(data)} bytes of data do not make shape {shape} of {dtype.str}."
        )
    if 0 in shape and prod(n or 1 for n in shape) > limits.empty_extent:
        raise WireError(f"{what}: an empty array of shape {shape}.")
    array: NDArray[Any] = np.frombuffer(data, dtype).reshape(shape)
    if dtype.kind == "b" and array.view(np.uint8).max(initial=0) > 1:
        raise WireError(f"{what}: a boolean that is neither 0 nor 1.")
    if dtype.byteorder == ">":
        array = array.astype(dtype.newbyteorder("<"))
        array.setflags(write=False)
    return array


def _number(data: object, dtype: np.dtype[Any], what: str) -> np.generic:
    """A numpy scalar of exactly the number that was sent, or the nearest float to it."""
    error = WireError(f"{what}: {shown(data)} is no {dtype.name}.")
    match dtype.kind, data:
        case "b", bool():
            return np.bool_(data)
        case "i" | "u", int() if not isinstance(data, bool):
            if not np.iinfo(dtype).min <= data <= np.iinfo(dtype).max:
                raise error
        case "f", int() | float() if not isinstance(data, bool):
            if float(np.finfo(dtype).max) < abs(data) < np.inf:
                raise error
        case _:
            raise error
    number: np.generic = dtype.type(data)
    return number
