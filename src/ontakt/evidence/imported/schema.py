"""The columns of a cycle log: what each is called, and what it may hold."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

from msgspec import Struct

from ontakt.contract import SIDES, Outcome
from ontakt.contract.units import UNITS

VARIATION = "variation."
PREFIXES = ("", *(f"{side}_" for side in SIDES))
"""Before the name of what may be told of a side; nothing before it means the whole part."""


class Kind(StrEnum):
    """What a column's cells are, as a message names one."""

    MOMENT = "a time"
    NUMBER = "a number"
    COUNT = "a whole number"
    FLAG = "true or false"
    WORD = "a word"


class Column(Struct, frozen=True, kw_only=True):
    """One column; an empty cell means that it is unknown."""

    name: str
    kind: Kind
    dimension: Literal["time", "length"] | None = None
    """Of a number with a unit; its name ends in the SI one."""
    least: float | None = None
    """The least value that makes sense."""
    above: float | None = None
    """What a value must exceed."""
    most: float | None = None
    """What nobody has waited for, in our unit."""
    words: tuple[str, ...] | None = None
    """The only ones there are; None for any."""
    required: bool = False
    """No cell of it may be empty."""


STOP_BY: Mapping[str, str] = {
    "robot": "robot",
    "upstream": "upstream",
    "part": "part",
    "downstream": "downstream",
    "person": "operator",
    "operator": "operator",
    "safety": "safety",
}
"""Who answers for a stop, as logs say it, to our attribution."""

_PLAIN = (
    Column(name="shift", kind=Kind.WORD),
    Column(name="cycle", kind=Kind.COUNT, least=0, required=True),
    Column(name="count", kind=Kind.COUNT, least=1),
    Column(name="shift_s", kind=Kind.NUMBER, dimension="time", above=0.0, most=1e9),
    Column(name="start", kind=Kind.MOMENT, required=True),
    Column(name="end", kind=Kind.MOMENT),
    Column(name="cycle_s", kind=Kind.NUMBER, dimension="time", above=0.0, most=1e6),
    Column(name="outcome", kind=Kind.WORD, words=tuple(map(str, Outcome))),
    Column(name="station", kind=Kind.WORD),
    Column(name="robot", kind=Kind.WORD),
    Column(name="policy", kind=Kind.WORD),
    Column(name="step_ins", kind=Kind.COUNT, least=0),
    Column(name="failure", kind=Kind.WORD),
    Column(name="detected_by", kind=Kind.WORD),
    Column(name="recoveries", kind=Kind.COUNT, least=0),
    Column(name="stop_s", kind=Kind.NUMBER, dimension="time", least=0.0, most=1e6),
    Column(name="stop_by", kind=Kind.WORD, words=tuple(STOP_BY)),
)
_OF_A_SIDE = (
    Column(name="ok", kind=Kind.FLAG),
    Column(name="believed_ok", kind=Kind.FLAG),
    Column(name="retries", kind=Kind.COUNT, least=0),
    Column(name="failures", kind=Kind.WORD),
    Column(name="offset_m", kind=Kind.NUMBER, dimension="length", least=0.0),
)


def _renamed(column: Column, prefix: str) -> Column:
    return Column(
        name=prefix + column.name,
        kind=column.kind,
        dimension=column.dimension,
        least=column.least,
    )


COLUMNS: Mapping[str, Column] = {
    column.name: column
    for column in (*_PLAIN, *(_renamed(one, prefix) for prefix in PREFIXES for one in _OF_A_SIDE))
}
"""Every column but those of variation, in the order in which they are written."""

FLAGS: Mapping[str, int] = {
    **dict.fromkeys(("true", "1", "1.0", "ok", "yes", "pass", "good", "io", "i.o."), 1),
    **dict.fromkeys(("false", "0", "0.0", "nok", "no", "fail", "bad", "nio", "n.i.o."), 0),
    **dict.fromkeys(("", "unknown"), -1),
}
"""What a result may be called, in small letters, to 1, 0, or -1 for unknown."""


class Meaning(Struct, frozen=True):
    """A column of ours, and what its cells are divided by to be in its unit."""

    column: Column
    unit: str = ""
    per_si: float = 1.0


def meaning(name: str, unit: str = "") -> Meaning | None:
    """What a column called `name` holds, if it is one of ours: `cycle_ms` is `cycle_s` in
    milliseconds, as is `cycle_s` with the `unit` ms. None for any other name or unit."""
    if name.startswith(VARIATION) and len(name) > len(VARIATION):
        column = Column(name=name, kind=Kind.NUMBER)
        factors = {u: factor for units in UNITS.values() for u, factor in units.items()}
        return Meaning(column, unit, _per_si(factors[unit])) if unit in factors else None
    for column in COLUMNS.values():
        if column.dimension is None:
            if column.name == name and not unit:
                return Meaning(column)
            continue
        stem = column.name.rpartition("_")[0]
        for known, factor in UNITS[column.dimension].items():
            if (name == column.name and unit == known) or (name == f"{stem}_{known}" and not unit):
                return Meaning(column, known, _per_si(factor))
    return None


def _per_si(factor: float) -> float:
    """What to divide by instead of multiplying: 12.5 / 1000 is 0.0125 to the last digit, and
    12.5 * 1e-3 need not be."""
    whole = round(1 / factor)
    return whole if whole and abs(whole * factor - 1) < 1e-12 else 1 / factor
