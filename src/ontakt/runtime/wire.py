"""The wire's codec: MessagePack with numpy arrays, strict in what it reads.

The codec underneath is msgspec's. It writes an image with one copy of its bytes, where the
`msgpack` package needs three, and is here already for the records. What it lacks is suspicion: it
reserves whatever a header asks for and reads extension types. So a message is first walked without
building anything (`wire_scan`), then decoded, then its arrays are made from a table of known types
(`wire_arrays`). A message that passes has cost memory in proportion to its own size.
"""

from typing import Any

import msgspec
import numpy as np

from ontakt.runtime.wire_arrays import Dialect, array_fields, is_marked, read_array
from ontakt.runtime.wire_limits import LIMITS, WireError, WireLimits, shown
from ontakt.runtime.wire_scan import scan

__all__ = ["LIMITS", "Dialect", "WireError", "WireLimits", "decode", "encode", "shown"]


def decode(data: bytes | str, limits: WireLimits = LIMITS) -> tuple[object, Dialect | None]:
    """What `data` says, and the dialect of its arrays, None without arrays.

    Maps have text keys; arrays are read-only. Raises WireError for anything else than one whole
    message within `limits`: a text frame, a cut or followed one, extension types, other keys, a
    key that comes twice, two dialects at once, an array that is not exactly its own data.
    """
    if isinstance(data, str):
        raise WireError("A text frame; messages are binary.")
    entries = scan(data, limits)
    try:
        value = msgspec.msgpack.decode(data)
    except ValueError as error:  # not UTF-8, or a flaw that the walk does not see
        raise WireError(f"Not a message: {shown(str(error))}.") from None
    reading = _Reading(limits)
    read = reading.of(value, "")
    if reading.entries != entries:
        raise WireError("A map has the same key twice.")
    return read, reading.dialect


def encode(value: object, dialect: Dialect = "openpi") -> bytes:
    """One message that holds `value`: maps with text keys, lists, numbers, texts, arrays.
    Raises WireError for anything that MessagePack or numpy's plain types cannot say."""
    hook = _HOOKS[dialect]
    try:
        return msgspec.msgpack.encode(value, enc_hook=hook)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise WireError(f"Cannot be sent: {shown(str(error))}.") from None


class _Reading:
    """One pass over a decoded message that turns marked maps into arrays."""

    def __init__(self, limits: WireLimits) -> None:
        self._limits = limits
        self.entries = 0
        self.dialect: Dialect | None = None

    def of(self, value: object, path: str) -> object:
        if isinstance(value, list):
            return [self.of(each, path) for each in value]
        if not isinstance(value, dict):
            return value
        self.entries += len(value)
        what = path or "the message"
        if is_marked(value):
            array, dialect = read_array(value, what, self._limits)
            if self.dialect not in (None, dialect):
                raise WireError(f"{what}: an array in {dialect} beside one in {self.dialect}.")
            self.dialect = dialect
            return array
        for key in value:
            if not isinstance(key, str):
                raise WireError(f"{what}: a map key {shown(key)} in bytes; keys are texts.")
        return {key: self.of(each, shown(key)) for key, each in value.items()}


def _hook(dialect: Dialect) -> Any:
    def fields(value: object) -> dict[bytes, object]:
        if isinstance(value, np.ndarray | np.generic):
            return array_fields(value, dialect)
        raise WireError(f"A value of type {type(value).__name__} cannot be sent.")

    return fields


_HOOKS = {dialect: _hook(dialect) for dialect in ("openpi", "msgpack-numpy", "typed")}
