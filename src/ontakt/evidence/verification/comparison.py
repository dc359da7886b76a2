"""Two pages held against each other, piece by piece, up to the first difference."""

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from ontakt.evidence.verification.difference import NOTHING, Difference, differing
from ontakt.evidence.verification.reading import DRAWING, Piece

FAINT = 0.02
"""Distance [pt] by which two computers may put the same line of a drawing apart; nobody sees it."""

INKS = {
    "circle", "clippath", "defs", "ellipse", "g", "line", "path", "polygon", "polyline", "rect",
    "text", "tspan", "use",
}  # fmt: skip
"""What a drawing may be made of where its lines are not compared."""

NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


class Comparison:
    """What is found while pages are compared; `drawn_alike` says whether both were drawn by the
    same versions, so that lines must agree and not only words."""

    def __init__(self, *, drawn_alike: bool) -> None:
        self.drawn_alike = drawn_alike
        self.figures = 0
        """Words with a digit that were compared."""
        self.undrawn = 0
        """Drawings of which only the words were compared."""
        self.faint = 0
        """Lines that are not quite, but to the eye, where the raw file puts them."""

    def first(self, page: Sequence[Piece], again: Sequence[Piece]) -> Difference | None:
        """The first difference of `page` from what was made again; None where there is none.
        Words and numbers are compared to the end before anything that only carries them."""
        return self._words(page, again) or self._all(page, again)

    def _words(self, page: Sequence[Piece], again: Sequence[Piece]) -> Difference | None:
        for said, given in zip_longest(_said(page), _said(again)):
            if said is None or given is None or said.what != given.what:
                return _unlike(said, given)
            if said.value != given.value:
                return _named(said, given)
            self.figures += sum(any(c.isdigit() for c in word) for word in said.value.split())
        return None

    def _all(
        self, page: Sequence[Piece], again: Sequence[Piece], drawn: bool = False
    ) -> Difference | None:
        """`drawn` tells that these are the insides of a drawing."""
        for said, given in zip_longest(page, again):
            if said is None or given is None or said.what != given.what:
                return _unlike(said, given)
            if said.value != given.value and not (drawn and self._same_line(said, given)):
                return _named(said, given)
            found = self._drawing(said, given) if said.what == DRAWING else None
            if found is not None:
                return found
        return None

    def _drawing(self, said: Piece, given: Piece) -> Difference | None:
        if self.drawn_alike:
            return self._all(said.inner, given.inner, drawn=True)
        self.undrawn += 1
        foreign = next((piece for piece in said.inner if _foreign(piece)), None)
        if foreign is None:
            return None
        return differing(foreign.place, _shown(foreign), NOTHING)

    def _same_line(self, said: Piece, given: Piece) -> bool:
        """True for a coordinate that another computer rounds another way."""
        if NUMBER.sub("#", said.value) != NUMBER.sub("#", given.value):
            return False
        pairs = zip(NUMBER.findall(said.value), NUMBER.findall(given.value), strict=True)
        close = all(abs(float(one) - float(other)) <= FAINT for one, other in pairs)
        self.faint += close
        return close


def _named(said: Piece, given: Piece) -> Difference:
    if said.what == "img src":
        return differing(said.place, "another picture", "the file beside the page")
    what = "" if said.what == "text" else said.what
    return differing(said.place, said.value, given.value, what)


def _unlike(said: Piece | None, given: Piece | None) -> Difference:
    """Something else, or nothing, stands where the raw file gives something. Words that stand
    against a tag stand against nothing, to a person."""
    worded = any(piece is not None and piece.said for piece in (said, given))
    place = next(piece.place for piece in (said, given) if piece is not None)
    page, again = (
        NOTHING if piece is None or (worded and not piece.said) else _shown(piece)
        for piece in (said, given)
    )
    return differing(place, page, again)


def _shown(piece: Piece) -> str:
    return piece.value if piece.what == "text" else f"{piece.what} {piece.value}".strip()


def _said(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """What a person reads or hears, that of drawings included."""
    for piece in pieces:
        if piece.said:
            yield piece
        yield from _said(piece.inner)


def _foreign(piece: Piece) -> bool:
    """True for what no drawing of ours holds: other elements, programs, addresses."""
    if piece.what.startswith("<"):
        return piece.what.strip("</>") not in INKS
    name = piece.what.partition(" ")[2]
    return name.startswith("on") or (name.endswith("href") and not piece.value.startswith("#"))
