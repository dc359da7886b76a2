"""The files of a comparison: its numbers, and a page that needs nothing but itself."""

import re
from collections.abc import Sequence
from pathlib import Path

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined

from ontakt.contract import RecordError
from ontakt.evidence.comparison import wording
from ontakt.evidence.comparison.by import ARMS
from ontakt.evidence.comparison.comparison import Comparison
from ontakt.evidence.comparison.plot import plot
from ontakt.evidence.comparison.share import definition
from ontakt.evidence.comparison.squares import squares
from ontakt.evidence.comparison.strip import strip
from ontakt.evidence.numbers import count, hours, percent, plural, seconds, shell
from ontakt.evidence.report.figures import ink
from ontakt.evidence.sentence import POINTS

NUMBERS, PAGE = "compare.json", "compare.html"
LISTED = 200
"""Changed parts that the page lists; `compare.json` has all."""


def write_comparison(comparison: Comparison, command: Sequence[str], folder: Path) -> Path:
    """Write `compare.json` and `compare.html` into `folder`, which is made; returns the page. The
    same comparison gives the same numbers, bit by bit; `command` makes it again and stands on the
    page only. Raises RecordError when a file cannot be written."""
    page = folder / PAGE
    text = render(comparison, command)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / NUMBERS).write_bytes(msgspec.json.format(msgspec.json.encode(comparison)) + b"\n")
        page.write_text(text, encoding="utf-8")
    except OSError as error:
        raise RecordError(f"{folder}: cannot be written ({error.strerror or error}).") from error
    return page


def render(comparison: Comparison, command: Sequence[str]) -> str:
    """The page as text."""
    environment = Environment(
        loader=PackageLoader("ontakt.evidence", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        f.__name__: f for f in (count, hours, percent, plural, seconds, shell, wording.p_value)
    }
    environment.filters["points"] = POINTS
    names = [arm.name for arm in comparison.arms]
    cells = comparison.cells if comparison.pairs else None
    page = environment.get_template("comparison.html.j2").render(
        c=comparison,
        kind=ARMS[comparison.by],
        say=wording,
        definitions={one.name: definition(one.name) for one in comparison.figures},
        listed=comparison.changed[:LISTED],
        square=None if cells is None else squares(cells, names[0], names[1], "compare-parts"),
        strip=strip(comparison.figures[0], names[0], names[1], "compare-strip"),
        wide=plot(comparison, "compare-wide", narrow=False),
        narrow=plot(comparison, "compare-narrow", narrow=True),
        command=command,
        light=ink.LIGHT,
        dark=ink.DARK,
    )
    return re.sub(r"(?<=\d) %", "\N{NARROW NO-BREAK SPACE}%", page)  # a sign stays with its number
