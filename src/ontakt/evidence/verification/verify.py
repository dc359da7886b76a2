"""`verify`: a report held against its own raw file."""

import re
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from ontakt.contract.errors import RecordError, UnknownName
from ontakt.evidence.report.basis import Basis, versions
from ontakt.evidence.verification.beside import Pictures, find_pictures, find_raw, read_basis
from ontakt.evidence.verification.comparison import FAINT, Comparison
from ontakt.evidence.verification.difference import Difference, differing
from ontakt.evidence.verification.reading import read_page
from ontakt.evidence.verification.rendering import RENDERERS, Again
from ontakt.evidence.verification.whereabouts import Place

DRAWS = ("matplotlib", "freetype")
"""Whose versions decide where the lines of a plot lie."""


class Verification(Struct, frozen=True, kw_only=True):
    """What came of it."""

    reproduced: bool
    figures: int
    """Words with a digit that were compared, up to the first difference."""
    first_difference: Difference | None
    events: int
    """Lines of the raw file."""
    sha256: str
    """Of the raw file."""
    warnings: tuple[str, ...]
    """What was not compared, and what could explain a difference."""


def verify(page: Path) -> Verification:
    """Make `page` again from the raw file beside it, and compare.

    Raises RecordError when there is nothing to compare: no page or no report, no raw file or not
    the one that the page was made from.
    """
    text = _read(page)
    found = read_page(text)
    basis = read_basis(page, found)
    file = find_raw(page, basis)
    unlike = basis.versions.unlike(versions())
    pictures = find_pictures(page, found.pictures, "pillow" not in unlike)
    again = _again(basis, file, pictures)
    comparison = Comparison(drawn_alike=not set(DRAWS) & set(unlike))
    difference = comparison.first(found.pieces, read_page(again.page).pieces)
    if difference is None and not (unlike or comparison.faint):
        difference = unlike_line(text, again.page)
    return Verification(
        reproduced=difference is None,
        figures=comparison.figures,
        first_difference=difference,
        events=again.events,
        sha256=basis.sha256,
        warnings=tuple(_warnings(basis, pictures, comparison)),
    )


def _read(page: Path) -> str:
    try:
        return page.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise RecordError(f"{page}: cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise RecordError(f"{page}: is not a page; it is not text in UTF-8.") from error


def _again(basis: Basis, file: Path, pictures: Pictures) -> Again:
    render = RENDERERS.get(basis.kind)
    if render is None:
        raise UnknownName("kind of report", basis.kind, RENDERERS)
    try:
        again = render(basis, file, pictures.albums)
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise RecordError(f"{file}: no report can be made from it ({error}).") from error
    ends = re.sub("\r\n?", "\n", again.page)  # as a file's are when it is read
    return replace(again, page=ends)


def unlike_line(page: str, again: str) -> Difference | None:
    """The first line of the file that is not as it was made again, where nothing that is read from
    it differs: another spelling of the same page, which may not look the same everywhere."""
    lines = enumerate(zip_longest(page.split("\n"), again.split("\n"), fillvalue=""), 1)
    for number, (said, given) in lines:
        if said != given:
            return differing(Place("Markup"), said, given, f"line {number} of the file")
    return None


def _warnings(basis: Basis, pictures: Pictures, comparison: Comparison) -> Iterator[str]:
    """What a reader must know besides."""
    if basis.verdict is not None:
        yield "The verdict was given to this page; it was not judged again."
    if basis.qualification is not None:
        yield (
            "Judged again by the registered plan that the page carries, seal "
            f"{basis.qualification.registered.seal[:16]}…: that it was sealed before the first "
            "cycle shows to whoever was given that seal then."
        )
    unlike = basis.versions.unlike(versions())
    if unlike:
        yield (
            f"Written with {basis.versions.told(*unlike)}, compared with "
            f"{versions().told(*unlike)}: a difference may come from that."
        )
    if comparison.undrawn:
        yield (
            f"Of the plots ({comparison.undrawn}) only words and numbers were compared: other "
            "versions draw their lines elsewhere."
        )
    if comparison.faint:
        yield (
            f"Lines in plots ({comparison.faint}) lie elsewhere by at most {FAINT:g} pt, as "
            "computers round."
        )
    if pictures.unchecked:
        one = pictures.unchecked == 1
        yield (
            f"{pictures.unchecked} picture{' is not a figure' if one else 's are not figures'} "
            f"and {'was' if one else 'were'} not checked: not at hand beside the page."
        )
