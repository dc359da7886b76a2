"""A test's page: one file that needs nothing but itself, to be printed and taken to a meeting."""

import re
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from ontakt.contract import RecordError
from ontakt.evidence.booking import wording
from ontakt.evidence.booking.booking import Booking
from ontakt.evidence.booking.plot import plot
from ontakt.evidence.booking.sentence import heading, told
from ontakt.evidence.numbers import percent, seconds, shell
from ontakt.evidence.report.figures import ink

PAGE = "plan-test.html"
_OWN = (wording.amount, wording.cycles, wording.share)


def write_page(booking: Booking, command: Sequence[str], folder: Path) -> Path:
    """Write `plan-test.html` into `folder`, which is made; returns it. The same test gives the same
    bytes. Raises RecordError when it cannot be written."""
    page = folder / PAGE
    text = render(booking, command)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        page.write_text(text, encoding="utf-8")
    except OSError as error:
        raise RecordError(f"{page}: cannot be written ({error.strerror or error}).") from error
    return page


def render(booking: Booking, command: Sequence[str]) -> str:
    """The page as text; `command` makes it again."""
    environment = Environment(
        loader=PackageLoader("ontakt.evidence", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {f.__name__: f for f in (*_OWN, percent, seconds, shell)}
    page = environment.get_template("booking.html.j2").render(
        test=booking,
        heading=heading(booking),
        told=told(booking),
        wide=plot(booking, "plan-test-wide", narrow=False),
        narrow=plot(booking, "plan-test-narrow", narrow=True),
        command=command,
        light=ink.LIGHT,
        dark=ink.DARK,
    )
    return re.sub(r"(?<=\d) %", "\N{NARROW NO-BREAK SPACE}%", page)  # a sign stays with its number
