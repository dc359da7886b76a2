"""What lies in a place that somebody named: shifts, a qualification's, or those of a log."""

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from ontakt.cli.folder import SHIFTS, STORE
from ontakt.contract import SetupError
from ontakt.evidence.fold import fold
from ontakt.evidence.gate.registration import Registration
from ontakt.evidence.imported import is_import, read_import
from ontakt.evidence.shift_record import ShiftRecord
from ontakt.evidence.store import open_store


class Found(Struct, frozen=True):
    """The shifts of one place."""

    shifts: tuple[ShiftRecord, ...]
    station_hash: str | None = None
    """Of the station file of all of them, where it was registered."""


def read_place(place: Path) -> Found:
    """The shifts in `place`: a store, a shift's folder or the id of one in `shifts/`, an imported
    log, a qualification, or a folder that holds such folders. Raises SetupError when there is none,
    RecordError for one that cannot be read."""
    if place.is_file():
        if place.suffix in (".csv", ".parquet", ".json", ".jsonl"):
            raise SetupError(f"{place} is a log; import it (ontakt import), then name its folder.")
        return Found(_stored(place))
    for folder in (place, SHIFTS / place):
        if folder.is_dir() and (shifts := tuple(_of(folder))):
            registered = Registration.read(folder)
            known = None if registered is None else registered.registered.station_hash
            return Found(shifts, known)
    raise SetupError(
        f"{place}: no shift there; give a shift's folder, its {STORE}, the id of one in {SHIFTS}/, "
        "a folder of shifts, a qualification, or an imported log."
    )


def _of(folder: Path) -> Iterator[ShiftRecord]:
    """The shifts of `folder` itself, or else of the folders in it, by name."""
    if (own := _single(folder)) is not None:
        yield from own
        return
    inside = folder / "shifts" if (folder / "shifts").is_dir() else folder
    for one in sorted(inside.iterdir()):
        if one.is_dir() and not one.name.startswith("."):
            yield from _single(one) or ()


def _single(folder: Path) -> tuple[ShiftRecord, ...] | None:
    """None where neither a store nor an imported log lies."""
    if (folder / STORE).is_file():
        return _stored(folder / STORE)
    return tuple(read_import(folder)) if is_import(folder) else None


def _stored(path: Path) -> tuple[ShiftRecord, ...]:
    with open_store(path) as store:
        return tuple(fold(store.records(origin.shift)) for origin in store.shifts())
