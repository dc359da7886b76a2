"""Sections of a TOML file as typed structs; an error names the file, the line and the key."""

import re
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import Struct

from ontakt.contract.errors import BadValue, SetupError
from ontakt.contract.units import quantity

T = TypeVar("T", bound=Struct)


class ConfigFile:
    """A TOML file whose sections become structs.

    Raises SetupError, with file and line, for a file that cannot be read or is not TOML.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise SetupError(f"{path}: cannot be read ({error}).") from error
        try:
            self.tables: dict[str, Any] = msgspec.toml.decode(self._text)
        except msgspec.DecodeError as error:
            raise SetupError(f"{path}: is not TOML ({error}).") from error

    def section(self, name: str, kind: type[T]) -> T:
        """Section `[name]` as a `kind`; a text such as "76 s" in a field whose type names a
        dimension becomes SI. Raises SetupError naming key and line for a missing or unknown key,
        a wrong type or a wrong unit."""
        table = self.tables.get(name)
        if not isinstance(table, dict):
            raise SetupError(f"{self.path}: section [{name}] is missing.")
        values = self._table(kind, table, name)
        try:
            return msgspec.convert(values, kind)
        except msgspec.ValidationError as error:
            text = str(error)
            where = re.search(r"`\$\.([\w-]+)", text)
            place = self._place(name, where[1] if where else None)
            raise SetupError(f"{place}: in [{name}], {text}.") from error

    def optional(self, name: str, default: T) -> T:
        """Section `[name]` as `section` reads it, or `default` when the file has none."""
        return self.section(name, type(default)) if name in self.tables else default

    def _table(self, kind: type[Struct], table: dict[str, Any], name: str) -> dict[str, Any]:
        """The values of the table `[name]` in SI, for a `kind`."""
        known = {field.name: field for field in msgspec.structs.fields(kind)}
        for key in table:
            if key not in known:
                raise SetupError(
                    f"{self._place(name, key)}: unknown key {key!r} in [{name}]; "
                    f"known: {', '.join(known)}."
                )
        missing = [k for k, field in known.items() if field.required and k not in table]
        if missing:
            raise SetupError(f"{self._place(name)}: [{name}] lacks the key {missing[0]!r}.")
        return {k: self._in_si(known[k].type, value, name, k) for k, value in table.items()}

    def _in_si(self, hint: Any, value: Any, name: str, key: str) -> Any:
        dimension = _dimension(hint)
        if dimension == "ratio" and isinstance(value, int | float):
            return float(value)
        if dimension is not None:
            if not isinstance(value, str):
                raise SetupError(
                    f"{self._place(name, key)}: {key} is {value!r}; write a {dimension} with its "
                    f"unit in quotes."
                )
            try:
                return quantity(value, dimension, key)
            except BadValue as error:
                raise SetupError(f"{self._place(name, key)}: {error}") from error
        arguments = get_args(hint)
        if get_origin(hint) is tuple and isinstance(value, list):
            hints = arguments if arguments[-1] is not Ellipsis else (arguments[0],) * len(value)
            return [self._in_si(h, v, name, key) for h, v in zip(hints, value, strict=False)] + (
                value[len(hints) :]
            )
        if get_origin(hint) is dict and isinstance(value, dict):
            inner = f"{name}.{key}"
            return {k: self._in_si(arguments[1], v, inner, k) for k, v in value.items()}
        if isinstance(hint, type) and issubclass(hint, Struct) and isinstance(value, dict):
            return self._table(hint, value, f"{name}.{key}")
        return value

    def _place(self, section: str, key: str | None = None) -> str:
        """`file:line` of a key in a section, as good as it can be found."""
        inside, found = False, None
        for number, line in enumerate(self._text.splitlines(), start=1):
            header = re.match(r"\s*\[([^\[\]]+)\]", line)
            if header:
                inside = header[1].strip() == section or header[1].startswith(f"{section}.")
                if inside and found is None:
                    found = number
            elif inside and key and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.]", line):
                return f"{self.path}:{number}"
        return f"{self.path}:{found}" if found else str(self.path)


def _dimension(hint: Any) -> str | None:
    """The dimension that an annotated field type names, alone or beside None; None for any other
    type."""
    if get_origin(hint) in (Union, UnionType):
        return next((d for d in map(_dimension, get_args(hint)) if d), None)
    for meta in getattr(hint, "__metadata__", ()):
        extra = getattr(meta, "extra", None)
        if extra and "dimension" in extra:
            return str(extra["dimension"])
    return None
