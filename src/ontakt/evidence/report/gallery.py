"""Failures by mode with a picture of each kind."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from ontakt.contract.event import PictureTaken
from ontakt.evidence.draft import INSPECTION
from ontakt.evidence.report.chapter import Chapter
from ontakt.evidence.report.pictures import Album, embed
from ontakt.evidence.shift_record import Failure

ESCAPED = "nok_escaped"
"""What a picture is called of a side that only the inspector found bad."""


class Picture(Struct, frozen=True):
    """A picture of a failure, and where the record says that it lies."""

    uri: str
    shift: str
    path: str


class Exhibit(Struct, frozen=True, kw_only=True):
    """One kind of failure: how often, and one case of it."""

    title: str
    count: int
    recovered: int
    escaped: bool
    """True for what only the inspector found; those are part of their mode's count too."""
    picture: Picture | None
    """None when no picture of this kind is at hand."""
    case: str
    """Shift, cycle, side and what showed it."""


def exhibits(chapters: Sequence[Chapter], folders: Mapping[str, Album]) -> tuple[Exhibit, ...]:
    """Every failure mode of `chapters`, most frequent first, and what escaped at the end."""
    counts: dict[str, tuple[int, int]] = {}
    for chapter in chapters:
        for part in chapter.pareto:
            total, back = counts.get(part.mode, (0, 0))
            counts[part.mode] = (total + part.count, back + part.recovered)
    ranked = sorted(counts.items(), key=lambda item: (-item[1][0], item[0]))
    cases = [(chapter, failure) for chapter in chapters for failure in chapter.shift.failures]
    shown = []
    for mode, (total, back) in ranked:
        own = [case for case in cases if case[1].mode == mode]
        shown.append(_exhibit(mode.replace("_", " "), (total, back), own, folders))
    escaped = [case for case in cases if case[1].signal == INSPECTION]
    if escaped:
        shown.append(_exhibit("escaped the station", (len(escaped), 0), escaped, folders, True))
    return tuple(shown)


def _exhibit(
    title: str,
    n: tuple[int, int],
    cases: Sequence[tuple[Chapter, Failure]],
    folders: Mapping[str, Album],
    escaped: bool = False,
) -> Exhibit:
    """The first of `cases` that has a picture, or the first; there is one, for what was counted
    occurred."""
    case, shown = cases[0], None
    for chapter, failure in cases:
        for picture in _pictures(chapter, failure):
            uri = embed(folders.get(chapter.name), picture.path)
            if uri is not None and shown is None:
                shown = Picture(uri, chapter.name, picture.path)
        if shown is not None:
            case = chapter, failure
            break
    several = len({chapter.name for chapter, _ in cases}) > 1
    return Exhibit(
        title=title,
        count=n[0],
        recovered=n[1],
        escaped=escaped,
        picture=shown,
        case=_case(*case, several),
    )


def _pictures(chapter: Chapter, failure: Failure) -> list[PictureTaken]:
    """The cycle's pictures of this failure; those that name the side first."""
    named = ESCAPED if failure.signal == INSPECTION else failure.mode
    taken = [p for p in chapter.shift.pictures if p.cycle == failure.cycle and named in p.what]
    return sorted(taken, key=lambda p: (failure.side or "") not in p.what)


def _case(chapter: Chapter, failure: Failure, several: bool) -> str:
    place = f"cycle {failure.cycle}" + (f", {failure.side}" if failure.side else "")
    return f"{chapter.name}, {place}: {failure.signal}" if several else f"{place}: {failure.signal}"
