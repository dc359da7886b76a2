"""How the process of a shift ended, and what that means for the shift."""

import signal
from dataclasses import dataclass
from pathlib import Path

from ontakt.cli.fleet.kept import KeptShift, read_kept, was_cut
from ontakt.cli.fleet.order import ShiftOrder
from ontakt.contract import HaltError, OntaktError, SetupError

_REFUSED, _HALTED = 2, 3
"""Exit codes of `ontakt shift`."""


@dataclass(frozen=True)
class Ended:
    """How a process ended."""

    code: int | None
    """Its exit code, below 0 the signal that killed it; None where nobody can tell."""
    said: str
    """Its last line on stderr."""


@dataclass(frozen=True)
class Lost:
    """The process came to nothing, which may not happen again."""

    why: str


@dataclass(frozen=True)
class Stuck:
    """As things are no shift can be worked."""

    error: OntaktError


def judge(order: ShiftOrder, place: Path, ended: Ended) -> KeptShift | Lost | Stuck:
    """What a process that was to work `order` into `place` has come to."""
    said = ended.said.removeprefix("ontakt: ").removeprefix("halted: ")
    if ended.code is None:
        return Lost(said)
    if ended.code < 0:
        return Lost(f"was killed by {_signal(-ended.code)}")
    if ended.code == _REFUSED:
        return Stuck(SetupError(f"{order.name}: {said}"))
    if ended.code not in (0, _HALTED):
        return Lost(said or f"ended with exit code {ended.code}")
    try:
        kept = read_kept(place, order)
        if kept is None and ended.code == _HALTED and was_cut(place):
            # Who halts ends his record, unless the record was the trouble.
            return Stuck(HaltError(f"{order.name}: {said}"))
    except SetupError as error:
        return Lost(str(error))
    return kept or Lost("was stopped by somebody")


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
