"""Where on a page a reader is: what a person would look for to find the same figure."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

TOP = "Top of the page"
FOOT = "Foot of the page"


class Place(Struct, frozen=True):
    """A spot on a page."""

    section: str
    """The heading above it."""
    labels: tuple[str, ...] = ()
    """What stands around it, from the outside in: a question, a table's caption, a row, a
    column, a tile's name, a plot."""

    @property
    def text(self) -> str:
        """The labels on one line."""
        return " · ".join(self.labels)


class Whereabouts:
    """Follows the tags and the text of a page. `stack` is the reader's own: the elements that are
    open, the innermost last."""

    def __init__(self, stack: Sequence[str]) -> None:
        self._stack = stack
        self._section = TOP
        self._part = self._caption = self._term = self._plot = self._width = ""
        self._row = self._above = ""
        self._columns: list[str] = []
        self._column, self._cell = "", -1
        self._known: Place | None = None

    @property
    def here(self) -> Place:
        """The present spot."""
        if self._known is None:
            self._known = self._place()
        return self._known

    def _place(self) -> Place:
        column = self._column if self._column != self._row else ""
        title = "title of the page" if "title" in self._stack else ""
        said = (
            title, self._part, self._caption, self._above, self._row, column, self._term, self._plot
        )  # fmt: skip
        return Place(_plain(self._section), tuple(_plain(one) for one in said if one.strip()))

    def open(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        self._known = None
        match tag:
            case "h1" | "h2":
                self._section = self._part = ""
            case "footer":
                self._section, self._part = FOOT, ""
            case "section":
                self._part = attributes.get("aria-label", "")
            case "h3" | "li":
                self._part = ""
            case "table":
                self._forget_table()
            case "tr":
                under = "under" in attributes.get("class", "").split()
                self._above = (self._above or self._row) if under else ""
                self._row, self._column, self._cell = "", "", -1
            case "th" | "td":
                self._cell += 1
                if "thead" in self._stack:
                    self._columns.append("")
                head = self._columns[self._cell] if self._cell < len(self._columns) else ""
                self._column = attributes.get("data-label") or head
            case "dt" | "figure" | "figcaption":
                self._term = ""
            case "img":
                self._term = attributes.get("alt", "").partition(": ")[0]
            case "div" if attributes.get("class") in ("wide", "narrow"):
                self._width = f" for a {attributes['class']} page"
            case "svg":
                name = attributes.get("aria-label", "").partition(": ")[0]
                self._plot = f'plot "{name}"{self._width}'

    def close(self, tag: str) -> None:
        """An element has ended."""
        self._known = None
        match tag:
            case "table":
                self._forget_table()
            case "dl" | "figure":
                self._term = ""
            case "svg":
                self._plot = ""
            case "div" if "svg" not in self._stack:
                self._width = ""
            case "ol" | "ul" | "section" | "header":
                self._part = ""

    def say(self, text: str) -> None:
        """Text of the innermost element; what is a label tells where the rest stands."""
        self._known = None
        within = set(self._stack)
        if within & {"h1", "h2"}:
            self._section += text
        elif "h3" in within:
            self._part += text
        elif "caption" in within:
            self._caption += text
        elif "thead" in within and self._columns:
            self._columns[-1] += text
        elif "th" in within:
            self._row += text
        elif "dt" in within or {"strong", "figcaption"} <= within:
            self._term += text

    def _forget_table(self) -> None:
        self._caption = self._row = self._above = self._column = ""
        self._columns, self._cell = [], -1


def _plain(text: str) -> str:
    return " ".join(text.split())
