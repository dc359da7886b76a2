"""The first thing in which two pages differ, named so that a person finds it."""

from itertools import zip_longest

from msgspec import Struct

from ontakt.evidence.verification.whereabouts import Place

BEFORE, AFTER = 5, 12
"""Words shown on each side of the first that differs."""

LONGEST = 90
"""Letters shown of one word."""

NOTHING = "(nothing)"


class Difference(Struct, frozen=True, kw_only=True):
    """What a page says and what its raw file gives, for the first place where they differ."""

    section: str
    """The heading above it."""
    place: str
    """Where below that: a question, a row and a column, a tile, a plot."""
    page: str
    events: str


def differing(place: Place, page: str, events: str, what: str = "") -> Difference:
    """The difference of two texts at `place`, cut to the words around it; `what` tells of
    something that is not text."""
    said, given = _around(page, events)
    return Difference(
        section=_clean(place.section),
        place=_clean(" · ".join(one for one in (place.text, what) if one)),
        page=said,
        events=given,
    )


def _around(page: str, events: str) -> tuple[str, str]:
    said, given = page.split(), events.split()
    pairs = enumerate(zip_longest(said, given))
    first = next((k for k, (one, other) in pairs if one != other), 0)
    return _excerpt(said, first), _excerpt(given, first)


def _excerpt(words: list[str], middle: int) -> str:
    start, end = max(0, middle - BEFORE), middle + AFTER + 1
    cut = [word if len(word) <= LONGEST else f"{word[:LONGEST]}…" for word in words[start:end]]
    if start:
        cut.insert(0, "…")
    if end < len(words):
        cut.append("…")
    return _clean(" ".join(cut)) or NOTHING


def _clean(text: str) -> str:
    """Without what could steer a terminal: a page comes from anyone."""
    plain = " ".join(text.split())
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in plain)
