"""Pages to verify, and pages that somebody changed."""

import html
import re
from hashlib import sha256
from pathlib import Path

from tests.evidence.shifts import Plan, save_pictures, shift

from ontakt.evidence.report import write_report
from ontakt.evidence.verification.comparison import Comparison
from ontakt.evidence.verification.difference import Difference
from ontakt.evidence.verification.reading import Page, read_page
from ontakt.evidence.verification.whereabouts import FOOT, TOP

RICH = Plan(cycles=16, failure=0.35, hopeless=0.7, escape=0.3)
"""Every table, every plot, calls, exhibits, an escape."""
SMALL = Plan(cycles=1, failure=0.0, starved=0.0, vary=False)
FAILING = Plan(cycles=2, failure=1.0, vary=False)


def written(folder: Path, *plans: Plan, pictures: bool = False, beside: bool = True) -> Path:
    """The report of such shifts, with their pictures beside it if they are wanted."""
    records = [record for plan in plans for record in shift(plan)]
    if pictures:
        save_pictures(records, folder)
    return write_report(records, folder / "report.html", folder if beside else None)


def edited(page: Path, *changes: tuple[str, str]) -> Path:
    """`page` with each first string, which is there, replaced by the second wherever it stands."""
    text = page.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    page.write_text(text, encoding="utf-8")
    return page


def events(page: Path) -> Path:
    return page.with_name("report.events.jsonl")


def change_events(page: Path, old: bytes, new: bytes) -> Path:
    """Change the events and make the page name the digest of what they have become."""
    beside = events(page)
    before = beside.read_bytes()
    assert old in before
    beside.write_bytes(before.replace(old, new, 1))
    was, now = (sha256(data).hexdigest() for data in (before, beside.read_bytes()))
    return edited(page, (was, now))


def compared(page: str, again: Page, *, drawn_alike: bool = True) -> Difference | None:
    """The first difference of the page's text from one that was made again."""
    return Comparison(drawn_alike=drawn_alike).first(read_page(page).pieces, again.pieces)


def visible_digits(page: str) -> list[int]:
    """Where in the file every digit stands that a person sees: of text, plots' text included."""
    start = page.index("<body>")
    plain = re.sub(r"&#?\w+;", lambda entity: " " * len(entity[0]), page[start:])
    return [
        start + text.start() + digit.start()
        for text in re.finditer(r"(?<=>)[^<>]+(?=<)", plain)
        for digit in re.finditer(r"[0-9]", text[0])
    ]


def with_another_digit(page: str, at: int) -> str:
    return f"{page[:at]}{(int(page[at]) + 1) % 10}{page[at + 1 :]}"


def heading(page: str, at: int) -> str:
    """The heading above a place in the file, or around it."""
    if page.find("<footer>") in range(at):
        return FOOT
    found = [m for m in re.finditer(r"<h[12]>(.*?)</h[12]>", page) if m.start() < at]
    if not found:
        return TOP
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", found[-1][1])).split())


def word(page: str, at: int) -> str:
    """The word around a place in the file, as it is read."""
    start = page.rindex(">", 0, at) + 1
    text = page[start : page.index("<", at)]
    before = re.split(r"\s", text[: at - start])[-1]
    after = re.split(r"\s", text[at - start :])[0]
    return html.unescape(before + after)
