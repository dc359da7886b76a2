"""A page taken apart: its tags, attributes and text in order, each with its place."""

from collections.abc import Sequence
from html.parser import HTMLParser

from msgspec import Struct

from ontakt.evidence.verification.whereabouts import Place, Whereabouts

VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
"""Elements that have no end tag."""

SAID = {"alt", "aria-label", "data-label", "title"}
"""Attributes that are read to or by a person."""

UNSEEN = {"style": "style sheet", "script": "basis"}
"""Elements whose text is not of the page, and what it is."""


DRAWING = "drawing"
"""What a piece is that stands for all of a plot."""


class Piece(Struct, frozen=True):
    """One thing on a page."""

    what: str
    """`text`, a tag as `<td>` and `</td>`, an attribute as `img alt`, or DRAWING."""
    value: str
    place: Place
    said: bool = False
    """True for words and numbers that a person reads or hears."""
    inner: tuple["Piece", ...] = ()
    """What a drawing is made of."""


class Shown(Struct, frozen=True):
    """A camera's picture on a page."""

    shift: str
    path: str
    uri: str


class Page(Struct, frozen=True, kw_only=True):
    """A page as `read_page` finds it."""

    pieces: tuple[Piece, ...]
    basis: str | None
    """The JSON that tells what it was made from; None on a page that tells nothing."""
    pictures: tuple[Shown, ...]
    broken: str | None
    """Why it is not whole; None for a page that is."""


def read_page(text: str) -> Page:
    """The pieces of the page `text`, whatever it is."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    if reader.stack and reader.broken is None:
        reader.broken = f"<{reader.stack[-1]}> is never closed"
    return Page(
        pieces=tuple(reader.levels[0]),
        basis=reader.basis,
        pictures=tuple(reader.pictures),
        broken=reader.broken,
    )


Attributes = Sequence[tuple[str, str | None]]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.stack: list[str] = []
        self.levels: list[list[Piece]] = [[]]
        """The page's pieces, and those of a drawing while it is open."""
        self.basis: str | None = None
        self.pictures: list[Shown] = []
        self.broken: str | None = None
        self._where = Whereabouts(self.stack)
        self._is_basis = False

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        self._start(tag, attrs, f"<{tag}>")
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: Attributes) -> None:
        self._start(tag, attrs, f"<{tag}/>")

    def _start(self, tag: str, attrs: Attributes, what: str) -> None:
        given = {name: value or "" for name, value in attrs}
        self._where.open(tag, given)
        self._add(what)
        for name, value in attrs:
            self._add(f"{tag} {name}", value or "", name in SAID)
        if tag == "img" and "data-picture" in given:
            picture = given["data-picture"]
            self.pictures.append(Shown(given.get("data-shift", ""), picture, given.get("src", "")))
        self._is_basis = tag == "script" and given.get("id") == "basis"
        if what == "<svg>" and len(self.levels) == 1:
            self.levels.append([])

    def handle_endtag(self, tag: str) -> None:
        if self.broken is None and (not self.stack or self.stack[-1] != tag):
            inner = f"<{self.stack[-1]}> is open" if self.stack else "nothing is open"
            self.broken = f"</{tag}> stands where {inner}"
        if tag in self.stack:
            del self.stack[len(self.stack) - 1 - self.stack[::-1].index(tag) :]
        if tag == "svg" and "svg" not in self.stack and len(self.levels) > 1:
            inner_pieces = tuple(self.levels.pop())
            self.levels[0].append(Piece(DRAWING, "", self._where.here, inner=inner_pieces))
        self._add(f"</{tag}>")
        self._where.close(tag)

    def handle_data(self, data: str) -> None:
        tag = self.stack[-1] if self.stack else ""
        if self._is_basis and tag == "script" and self.basis is None:
            self.basis = data
        self._where.say(data)
        if data.strip():
            self._add(UNSEEN.get(tag, "text"), " ".join(data.split()), tag not in UNSEEN)

    def handle_comment(self, data: str) -> None:
        self._add("comment", data)

    def handle_decl(self, decl: str) -> None:
        self._add("declaration", decl)

    def handle_pi(self, data: str) -> None:
        self._add("instruction", data)

    def unknown_decl(self, data: str) -> None:
        self._add("declaration", data)

    def _add(self, what: str, value: str = "", said: bool = False) -> None:
        self.levels[-1].append(Piece(what, value, self._where.here, said))
