"""A shift's folder: where its record, report, pictures and recordings lie."""

import os
import shlex
import shutil
from pathlib import Path

from ontakt.contract import SetupError

STORE = "events.db"
LOG = "import.json"
"""What a folder holds whose cycles were imported."""
REPORT = "report.html"
SHIFTS = Path("shifts")
LEAST_FREE = 64 * 1024 * 1024
"""Bytes that must be free before a shift begins: its record must not run out of room."""


def find_store(text: Path) -> Path:
    """The event store that `text` means: a store, a shift's folder, or a shift id below
    `shifts/`. Raises SetupError when there is none."""
    for candidate in (text, text / STORE, SHIFTS / text / STORE):
        if candidate.is_file():
            return candidate
    raise SetupError(
        f"{text}: no shift there; give a shift's folder, its {STORE}, or the id of one in "
        f"{SHIFTS}/."
    )


def find_import(text: Path) -> Path | None:
    """The folder of an imported log that `text` means: it, or one below `shifts/`; None when there
    is none."""
    found = (folder for folder in (text, SHIFTS / text) if (folder / LOG).is_file())
    return next(found, None)


def make_folder(wanted: Path | None, shift_id: str) -> Path:
    """A new folder for a shift: `wanted`, or `shifts/ID` (with a number when that is taken).
    Raises SetupError when it holds a shift already, cannot be written, or has no room."""
    folder = wanted if wanted is not None else _free(SHIFTS / shift_id)
    if (folder / STORE).exists():
        raise SetupError(
            f"{folder} holds a shift already; choose another --out, or go on with it: "
            f"ontakt shift --resume {shlex.quote(str(folder))}"
        )
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _check(folder)
    except OSError as error:
        for path in made:
            if path.is_dir():
                path.rmdir()
        raise SetupError(f"{folder}: cannot be written ({error.strerror or error}).") from error
    return folder


def _free(folder: Path) -> Path:
    number, candidate = 1, folder
    while candidate.exists():
        number += 1
        candidate = folder.with_name(f"{folder.name}.{number}")
    return candidate


def _check(folder: Path) -> None:
    """A byte goes in and out, and there is room. Raises OSError."""
    probe = folder / ".probe"
    descriptor = os.open(probe, os.O_CREAT | os.O_WRONLY)
    try:
        os.write(descriptor, b"0")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
        probe.unlink()
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE:
        raise OSError(0, f"{free / 2**20:.0f} MiB free, a shift wants {LEAST_FREE / 2**20:.0f} MiB")
