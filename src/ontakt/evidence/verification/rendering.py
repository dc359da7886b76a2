"""Pages made again from their raw files, by what those hold."""

from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct

from ontakt.contract.errors import RecordError
from ontakt.contract.event import Record
from ontakt.evidence.fold import fold
from ontakt.evidence.imported import read_import, read_manifest
from ontakt.evidence.jsonl import read_events
from ontakt.evidence.report.basis import Basis
from ontakt.evidence.report.chapter import chapter
from ontakt.evidence.report.page import RawFile, render

Albums = Mapping[str, Mapping[str, str]]
"""Shift to its pictures: path to data URI."""


class Again(Struct, frozen=True):
    """A page made again."""

    page: str
    events: int
    """How many lines or rows were counted."""


Renderer = Callable[[Basis, Path, Albums], Again]
"""Makes a page anew from what it says of itself, its raw file, and pictures that it shows. Raises
RecordError for a file that makes none."""


def from_events(basis: Basis, file: Path, pictures: Albums) -> Again:
    """The report of the shifts in `file`, as `write_report` writes it."""
    shifts: dict[str, list[Record]] = {}
    for record in read_events(file):
        shifts.setdefault(record.origin.shift, []).append(record)
    if not shifts:
        raise RecordError(f"{file}: holds no event.")
    events = sum(len(heap) for heap in shifts.values())
    page = render(
        [chapter(fold(heap)) for heap in shifts.values()],
        RawFile(basis.file, events, basis.sha256),
        pictures,
        basis.verdict,
        basis.versions,
        basis.qualification,
    )
    return Again(page, events)


def from_cycles(basis: Basis, file: Path, pictures: Albums) -> Again:
    """The report of an imported log, whose two files lie in one folder."""
    shifts = read_import(file.parent)
    rows = read_manifest(file.parent).rows
    raw = RawFile(basis.file, rows, basis.sha256, "cycles")
    page = render(
        [chapter(shift) for shift in shifts],
        raw,
        pictures,
        basis.verdict,
        basis.versions,
        basis.qualification,
    )
    return Again(page, rows)


RENDERERS: Mapping[str, Renderer] = {"events": from_events, "cycles": from_cycles}
"""Kind of raw file, as a page's basis names it, to what counts it again."""
