"""What lies beside a page: the raw file that it names, and the pictures that it shows."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from ontakt.contract.errors import RecordError
from ontakt.evidence.report.basis import Basis
from ontakt.evidence.report.pictures import LARGE, embed
from ontakt.evidence.verification.reading import Page, Shown
from ontakt.evidence.verification.rendering import Albums


def read_basis(page: Path, found: Page) -> Basis:
    """What `page` says it was made from. Raises RecordError for what is no report, and for one
    that is not whole."""
    if found.basis is None:
        raise RecordError(
            f"{page}: is not a report that can be verified; it does not say what it was made from. "
            "Ontakt's own are written by ontakt shift and ontakt report."
        )
    if found.broken is not None:
        raise RecordError(f"{page}: is not a whole page ({found.broken}).")
    try:
        basis = msgspec.json.decode(found.basis, type=Basis)
    except msgspec.MsgspecError as error:
        raise RecordError(f"{page}: what it says it was made from is unreadable ({error}).") from (
            error
        )
    if not basis.file or Path(basis.file).name != basis.file:
        raise RecordError(f"{page}: names {basis.file!r}, which is not a file beside it.")
    return basis


def find_raw(page: Path, basis: Basis) -> Path:
    """The file that `page` was counted from, under the name that it gives, or under the page's own
    where both were renamed. Raises RecordError when neither is there or has the page's digest."""
    named = page.with_name(basis.file)
    candidates = (named, page.with_name(f"{page.stem}.events.jsonl"))
    there = [path for path in dict.fromkeys(candidates) if _size(path) is not None]
    if not there:
        raise RecordError(f"{named}: no such file; {page.name} can be verified only beside it.")
    digests = {}
    for path in there:
        digests[path] = _digest(path)
        if digests[path] == basis.sha256:
            return path
    raise RecordError(
        f"{there[0]}: has SHA-256 {digests[there[0]][:16]}…, {page.name} was made from "
        f"{basis.sha256[:16]}…: it is not the file that the page was counted from."
    )


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise RecordError(f"{path}: cannot be read ({error.strerror}).") from error


class Pictures(Struct, frozen=True):
    """The pictures of a page, as files beside it have them or else as the page itself has."""

    albums: Albums
    unchecked: int
    """How many could only be taken from the page."""


def find_pictures(page: Path, shown: Sequence[Shown], same_pillow: bool) -> Pictures:
    """Every picture that `page` shows, from the page's folder or from its shift's folder in there.
    A large one is made smaller by Pillow, and comes out the same only of the `same_pillow`."""
    albums: dict[str, dict[str, str]] = {}
    unchecked = 0
    for picture in shown:
        uri = None
        for folder in (page.parent, page.parent / picture.shift):
            if uri is None and (same_pillow or (_size(folder / picture.path) or 0) <= LARGE):
                uri = embed(folder, picture.path)
        unchecked += uri is None
        albums.setdefault(picture.shift, {})[picture.path] = uri or picture.uri
    return Pictures(albums, unchecked)


def _size(path: Path) -> int | None:
    """Bytes of a file; None where there is none."""
    try:
        return path.stat().st_size if path.is_file() else None
    except (OSError, ValueError):  # a name that no file can have
        return None
