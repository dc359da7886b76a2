"""The folder of an imported log: `cycles.csv` and `import.json`, and shift records from them."""

import hashlib
import os
import platform
import shutil
from collections.abc import Mapping
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct

from ontakt import __version__
from ontakt.contract import RecordError, SetupError
from ontakt.evidence.imported.canonical import write_cycles
from ontakt.evidence.imported.csv_table import CsvTable
from ontakt.evidence.imported.fields import fields_of
from ontakt.evidence.imported.flyweight import undisturbed
from ontakt.evidence.imported.log import Log, read
from ontakt.evidence.imported.problems import BadLog, Problems
from ontakt.evidence.imported.shift import Header, shift_of
from ontakt.evidence.imported.words import Words
from ontakt.evidence.shift_record import ShiftRecord, Source

CYCLES = "cycles.csv"
IMPORT = "import.json"
VERSION = 1


class Imported(Struct, frozen=True, kw_only=True):
    """`import.json`: where `cycles.csv` came from, and what is known besides."""

    file: str
    """The log's name, without a folder."""
    sha256: str
    """Of its bytes."""
    kind: str
    """How it was read, as `csv`."""
    columns: Mapping[str, str]
    """Our names of the columns that were read to the log's own, with a unit that is not ours."""
    ignored: tuple[str, ...]
    """The log's columns that mean nothing here."""
    known: Mapping[str, str]
    """Station, robot and policy, where no column tells them."""
    takt_s: float | None
    timezone: str | None
    shift_gap_s: float | None
    minor_stop_s: float
    rows: int
    """Of the log, and of `cycles.csv`."""
    cycles: int
    shifts: int
    software: Mapping[str, str]
    """What read it."""
    cycles_sha256: str
    """Of the bytes of `cycles.csv`."""
    version: int = VERSION
    notes: tuple[str, ...] = ()
    """Where the log says that it is from."""
    caveats: tuple[str, ...] = ()
    """What nobody may overlook who reads its figures."""


def software() -> dict[str, str]:
    """Versions of what reads a log."""
    return {"ontakt": __version__, "python": platform.python_version(), "numpy": np.__version__}


def is_import(folder: Path) -> bool:
    """True when an imported log lies in `folder`."""
    return (folder / IMPORT).is_file()


def digest_of(path: Path) -> str:
    """SHA-256 of a file's bytes. Raises RecordError when it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise RecordError(f"{path}: cannot be read ({error.strerror}).") from error


def write_folder(folder: Path, log: Log, imported: Imported) -> Imported:
    """Make `folder` hold `log`, all of it or nothing: it is written beside and then renamed.
    `log` has its shifts in order, and their names in the column `shift`. Raises SetupError for a
    folder that holds anything, or cannot be written."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SetupError(f"{folder} is there already and not empty; choose another --out.")
    beside = folder.with_name(f".{folder.name}.partial")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(beside, ignore_errors=True)  # of an import that was killed
        beside.mkdir()
        with (beside / CYCLES).open("w", encoding="utf-8", newline="") as file:
            write_cycles(file, log)
            file.flush()
            os.fsync(file.fileno())
        digest = digest_of(beside / CYCLES)
        whole = msgspec.structs.replace(imported, cycles_sha256=digest)
        text = msgspec.json.format(msgspec.json.encode(whole, order="deterministic"), indent=2)
        with (beside / IMPORT).open("wb") as out:
            out.write(text + b"\n")
            out.flush()
            os.fsync(out.fileno())
        beside.rename(folder)
        _sync(folder.parent)
    except OSError as error:
        shutil.rmtree(beside, ignore_errors=True)
        raise SetupError(f"{folder}: cannot be written ({error.strerror}).") from error
    return whole


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_manifest(folder: Path) -> Imported:
    """What `import.json` says. Raises RecordError when it cannot be read."""
    path = folder / IMPORT
    try:
        imported = msgspec.json.decode(path.read_bytes(), type=Imported)
    except OSError as error:
        raise RecordError(f"{path}: cannot be read ({error.strerror}).") from error
    except msgspec.MsgspecError as error:
        raise RecordError(f"{path}: is not what an import writes ({error}).") from error
    if imported.version > VERSION:
        raise RecordError(
            f"{path}: has version {imported.version} of a newer Ontakt; upgrade ontakt."
        )
    return imported


def read_import(folder: Path) -> list[ShiftRecord]:
    """The shifts of the log that was imported into `folder`, from its two files alone. Raises
    RecordError when they are not what the import wrote."""
    imported = read_manifest(folder)
    path = folder / CYCLES
    found = digest_of(path)
    if found != imported.cycles_sha256:
        raise RecordError(
            f"{path} is not the file that {IMPORT} names: its SHA-256 is {found[:16]}..., not "
            f"{imported.cycles_sha256[:16]}...; import the log again."
        )
    problems = Problems(str(path))
    try:
        table = CsvTable(path, "utf-8")
        fields = fields_of(table.header, {}, CYCLES)
        log = read(table, fields, None, problems)
        problems.check()
    except BadLog as error:
        raise RecordError(f"{path} cannot be read: {error}") from error
    header = Header(
        source=Source(
            file=imported.file,
            sha256=imported.sha256,
            kind=imported.kind,
            columns=imported.columns,
            timezone=imported.timezone,
            untold=frozenset(),
        ),
        known=imported.known,
        takt_s=imported.takt_s,
        minor_stop_s=imported.minor_stop_s,
        software=imported.software,
        notes=imported.notes,
        caveats=imported.caveats,
    )
    with undisturbed():
        return [shift_of(part, name, header) for name, part in _by_shift(log)]


def _by_shift(log: Log) -> list[tuple[str, Log]]:
    """The rows of each shift, with its name."""
    word: Words = log.word("shift")
    cuts = np.flatnonzero(np.diff(word.codes)) + 1
    return [
        (word.texts[word.codes[places[0]]], log.at(places))
        for places in np.split(np.arange(len(log)), cuts)
    ]
