"""Where a running shift is, for whoever watches it live."""

from msgspec import Struct

from ontakt.contract import State


class Progress(Struct, frozen=True, kw_only=True):
    """A moment of a shift: told at every change of state and at the end of every cycle."""

    tick: int
    cycle: int
    """The present cycle, or the next one between two."""
    state: State
    cause: str
    end_tick: int | None
    """When the shift ends, if its time is planned."""
