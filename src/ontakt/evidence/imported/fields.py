"""Which of a log's columns is which of ours: by name, or by what somebody said."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from msgspec import Struct

from ontakt.contract import UnknownName
from ontakt.contract.units import UNITS
from ontakt.evidence.imported.problems import BadLog
from ontakt.evidence.imported.schema import COLUMNS, Column, Meaning, meaning

_UNITS = {unit for units in UNITS.values() for unit in units if unit}


class Field(Struct, frozen=True):
    """One column of a log that is read."""

    place: int
    """In the header."""
    theirs: str
    """Its name there, with the unit when that is not ours."""
    meaning: Meaning

    @property
    def column(self) -> Column:
        """What it is to us."""
        return self.meaning.column


def fields_of(header: Sequence[str], wanted: Mapping[str, str], file: str) -> tuple[Field, ...]:
    """The fields of `header`; `wanted` maps our names to the log's, with a unit behind a colon.
    Other columns are ours when their names are, in capitals or not.

    Raises UnknownName for a name of ours that is none, BadLog for a log whose columns do not do.
    """
    found = [_mapped(header, ours, theirs, file) for ours, theirs in wanted.items()]
    chosen = {field.column.name for field in found}
    for place, name in enumerate(header):
        known = meaning(name.casefold())
        if known is None or known.column.name in chosen or place in {f.place for f in found}:
            continue
        if known.column.name in {field.column.name for field in found}:
            raise BadLog((f"{file} has two columns for {known.column.name!r}; --map names one.",))
        found.append(Field(place, name, known))
    _suffice(header, {field.column.name for field in found}, file)
    return tuple(found)


def _mapped(header: Sequence[str], ours: str, theirs: str, file: str) -> Field:
    name, unit = theirs, ""
    if name not in header and theirs.rpartition(":")[2] in _UNITS:
        name, _, unit = theirs.rpartition(":")
    known = meaning(ours, unit)
    if known is None and meaning(ours) is not None:
        raise BadLog((f"{ours!r} cannot be in {unit!r}; no unit stands behind it.",))
    if known is None:
        raise UnknownName("column", ours, [*COLUMNS, "variation.AXIS"])
    if name not in header:
        near = _near(name, header)
        hint = f" The nearest is {near!r}." if near else ""
        raise BadLog((f"{file} has no column {name!r}.{hint} {_those(header)}",))
    if header.count(name) > 1:
        raise BadLog((f"{file} has {header.count(name)} columns called {name!r}.",))
    return Field(header.index(name), theirs, known)


def _suffice(header: Sequence[str], have: set[str], file: str) -> None:
    """Raises BadLog when what a cycle needs is missing."""
    if "count" in have:
        own = sorted(have & {"cycle", "start", "end", "cycle_s", "stop_s", "stop_by"})
        if own:
            raise BadLog(
                (
                    f"{file} has 'count' beside {', '.join(map(repr, own))}: a row that stands for "
                    "several cycles has no number and no time.",
                )
            )
        wanted = []
    else:
        if "shift_s" in have:
            raise BadLog(
                (
                    f"{file} has 'shift_s' beside times of cycles, which tell how long the shift "
                    "was; leave it out.",
                )
            )
        wanted = [("cycle",), ("start",), ("cycle_s", "end")]
    wanted.append(("ok", "left_ok", "right_ok", "outcome"))
    missing = [names for names in wanted if have.isdisjoint(names)]
    if missing:
        free = [name for name in header if name]
        lines = [f"{file} cannot be imported:"]
        for names in missing:
            others = f" (or {', '.join(map(repr, names[1:]))})" if names[1:] else ""
            near = _near(names[0], free)
            hint = f" The nearest is {near!r}." if near else ""
            lines.append(f"column {names[0]!r}{others} is missing.{hint}")
            free = [name for name in free if name != near]
        which = f"Say which is which: --map {missing[0][0]}=THEIRS"
        raise BadLog((*lines, f"{_those(header)} {which}"))
    if "ok" in have and have & {"left_ok", "right_ok"}:
        raise BadLog((f"{file} has 'ok' beside results of sides; leave one of them out.",))


def _near(name: str, header: Sequence[str]) -> str | None:
    """The column that is called most nearly so, in capitals or not."""
    plain = {theirs.casefold(): theirs for theirs in header}
    near = get_close_matches(name.casefold(), plain, n=1, cutoff=0.6)
    return plain[near[0]] if near else None


def _those(header: Sequence[str]) -> str:
    names = ", ".join(repr(name) for name in header[:30])
    more = f" and {len(header) - 30} more" if len(header) > 30 else ""
    return f"Its columns are {names}{more}."
