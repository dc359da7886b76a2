"""A shift as it lies in its experiment's folder."""

from pathlib import Path
from typing import Literal

from msgspec import Struct

from ontakt.cli.fleet.order import ShiftOrder
from ontakt.cli.folder import STORE
from ontakt.cli.provenance import software
from ontakt.contract import SetupError
from ontakt.contract.event import ShiftEnded, ShiftStarted
from ontakt.evidence.store import EventStore, open_store


class KeptShift(Struct, frozen=True):
    """A shift that was worked to its end."""

    folder: Path
    ended: Literal["planned", "halted"]
    """A shift that halted is a result, too: working it anew would halt it again."""
    cycles: int
    """That were begun."""

    @property
    def store(self) -> Path:
        """Its events."""
        return self.folder / STORE


def read_kept(where: Path, order: ShiftOrder) -> KeptShift | None:
    """The shift of `order` that lies in `where`; None where it was not worked to its end: its
    process was lost, or somebody stopped it.

    Raises SetupError when it is another shift, or was worked by another policy or with other
    software than the rest will be; RecordError when it cannot be read.
    """
    path = where / STORE
    if not path.is_file():
        return None
    with open_store(path) as store:
        if not store.shifts():
            return None
        origin = store.find()
        point = store.resume_point(origin.shift)
        started = next(store.records(origin.shift)).event
        if not isinstance(started, ShiftStarted) or started.command != order.options.command():
            raise SetupError(f"{where} holds another shift; choose another --out.")
        reason = _reason(store, origin.shift, point.next_seq)
    if reason is None:
        return None
    if started.software != software():
        raise SetupError(
            f"{where} was worked with other software than this; choose another --out, so that all "
            "shifts can be compared."
        )
    if order.policy_hash not in (None, origin.policy_hash):
        raise SetupError(
            f"{where} was worked by another policy of the name {order.options.policy!r}; choose "
            "another --out, so that all shifts can be compared."
        )
    return KeptShift(where, reason, point.next_cycle or 0)


def was_cut(where: Path) -> bool:
    """True when a shift was begun in `where` and its record has no end."""
    path = where / STORE
    if not path.is_file():
        return False
    with open_store(path) as store:
        return bool(store.shifts()) and store.resume_point(store.find().shift).cut


def _reason(store: EventStore, shift: str, events: int) -> Literal["planned", "halted"] | None:
    """Why the shift ended; None when it was cut or stopped."""
    (last,) = store.records(shift, after=events - 2)
    if isinstance(last.event, ShiftEnded) and last.event.reason != "stopped":
        return last.event.reason
    return None
