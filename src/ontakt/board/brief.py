"""One event as a line of text, for the list of a shift's events."""

from datetime import UTC, datetime, tzinfo

import msgspec
from msgspec import Struct

from ontakt.contract.event import Event, Record

_LONGEST = 240
_LEFT_OUT = {
    "ShiftStarted": {"software", "command", "notes", "variation"},
    "CycleStarted": {"variation"},
    "CycleEnded": {"stats"},
}
"""What would drown the line; the cycle's page and the report have it."""


class Brief(Struct, frozen=True, kw_only=True):
    """An event as it goes to pages: plain text, nothing that a browser would read as more."""

    shift: str
    seq: int
    tick: int
    time: str
    kind: str
    text: str


def brief(record: Record, zone: tzinfo | None = None) -> Brief:
    """The event of `record` in one line, its time as clocks in `zone` show it."""
    return Brief(
        shift=record.origin.shift,
        seq=record.seq,
        tick=record.tick,
        time=clock(record.utc_ns, zone),
        kind=type(record.event).__name__,
        text=told(record.event),
    )


def told(event: Event) -> str:
    """The fields of `event` as words: `cycle 3, side left, mode jam, signal force 21 N`."""
    left_out = _LEFT_OUT.get(type(event).__name__, set())
    parts = []
    for name, value in msgspec.structs.asdict(event).items():
        if name in left_out or value is None or value == "":
            continue
        parts.append(f"{name.replace('_', ' ')} {_value(value)}")
    text = ", ".join(parts)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _value(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        return " ".join(f"{key} {_value(of)}" for key, of in value.items()) or "none"
    if isinstance(value, tuple | list):
        return " ".join(map(_value, value)) or "none"
    name = getattr(value, "name", None)  # a PackML state by its word, not by its number
    return str(name).lower() if isinstance(name, str) else str(value)


def clock(utc_ns: int, zone: tzinfo | None = None, date: bool = False) -> str:
    """`14:02:05 +02:00` in `zone`, this machine's when None; with its date where asked for."""
    there = datetime.fromtimestamp(utc_ns // 1_000_000_000, UTC).astimezone(zone)
    offset = there.strftime("%z")
    day = there.strftime("%Y-%m-%d ") if date else ""
    return f"{day}{there:%H:%M:%S} {offset[:3]}:{offset[3:5]}"
