"""A published summary: shares, counts and hours of a cell whose cycles nobody published.

What was published and what is assumed stand apart: the counts of `shifts` are what figures are
made of; `shares` are what was printed, and are held against them; `assumptions` say where counts
come from that nobody published. A count that is left out is unknown, and so is all that needs it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec
import numpy as np
from msgspec import Meta, Struct

from ontakt.contract import SIDES
from ontakt.evidence.imported.problems import Problems
from ontakt.evidence.imported.table import About, Block
from ontakt.evidence.numbers import percent
from ontakt.evidence.statistics.printed_share import PrintedShare, numbers_behind

MOST = 1000
"""Cycles up to which a number is looked for that prints as all shares."""

_BOUNDS = "<>~ "
"""What stands before a share that is published as a bound."""

Text = Annotated[str, Meta(min_length=1)]
Positive = Annotated[float, Meta(gt=0)]
Result = Literal["ok", "left_ok", "right_ok"]
WORDS: Mapping[Result, str] = {
    "ok": "good",
    "left_ok": "good on the left",
    "right_ok": "good on the right",
}


class Count(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Cycles of one kind."""

    count: Annotated[int, Meta(ge=1)] | None = None
    """How many; None where nobody published it."""
    ok: bool | None = None
    left_ok: bool | None = None
    right_ok: bool | None = None
    outcome: str = ""

    @property
    def good(self) -> bool | None:
        """Good on all sides."""
        sides = [getattr(self, f"{side}_ok") for side in SIDES]
        told = [one for one in (self.ok, *sides) if one is not None]
        return all(told) if told else None

    def result(self, name: Result) -> bool | None:
        """What it says of the part or of a side."""
        found: bool | None = self.good if name == "ok" else getattr(self, name)
        return found


class Span(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One shift."""

    shift: str = ""
    hours: Positive | None = None
    """How long it was; None where nobody published it."""
    counts: Annotated[tuple[Count, ...], Meta(min_length=1)]


class Summary(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody published of a cell."""

    summary: Text
    """Who published what, of which work."""
    published: Text
    """When."""
    sources: Annotated[tuple[Text, ...], Meta(min_length=1)]
    """Where it can be read."""
    assumptions: tuple[Text, ...] = ()
    """What is in `shifts` and was not published, a sentence each."""
    shares: Mapping[Result, str] = {}
    """Results to their shares as they were printed, as `90.2 %` or `> 98.5 %`."""
    station: str | None = None
    robot: str | None = None
    policy: str | None = None
    takt_s: Positive | None = None
    shifts: Annotated[tuple[Span, ...], Meta(min_length=1)]

    def __post_init__(self) -> None:
        """Raises BadValue for a share that is none."""
        for text in self.shares.values():
            PrintedShare.read(text.lstrip(_BOUNDS))

    @property
    def about(self) -> About:
        """What all its rows have in common."""
        known = {"station": self.station, "robot": self.robot, "policy": self.policy}
        return About(
            known={name: word for name, word in known.items() if word is not None},
            takt_s=self.takt_s,
            notes=(
                f"{self.summary}, published {self.published}",
                f"Published at {', '.join(map(_host, self.sources))}; the log has the addresses",
            ),
            caveats=(*(f"Assumed, not published: {one}" for one in self.assumptions), *self._held),
        )

    @property
    def _held(self) -> tuple[str, ...]:
        """What was printed against what the counts give, in one sentence or two."""
        rows = [row for shift in self.shifts for row in shift.counts]
        if any(row.count is None for row in rows):
            printed = ", ".join(f"{text} {WORDS[name]}" for name, text in self.shares.items())
            return (f"Published: {printed}, of how many is not told.",) if printed else ()
        exact = {n: PrintedShare.read(t) for n, t in self.shares.items() if t[0].isdigit()}
        told, missed = [], False
        for name, share in exact.items():
            here = [row for row in rows if row.result(name) is not None]
            n = sum(row.count or 0 for row in here)
            good = sum(row.count or 0 for row in here if row.result(name))
            if not n:
                told.append(f"{share.text} {WORDS[name]}, which no count here tells")
            elif not share.prints(good, n):
                missed = True
                given = f"{percent(good / n, 2)} ({good} of {n})"
                told.append(f"{share.text} {WORDS[name]}, where the counts here give {given}")
        if not told:
            return ()
        together = ""
        if missed and len(exact) > 1:
            found = numbers_behind(list(exact.values()), MOST)
            least = f"{found[0]} cycles" if found else f"more than {MOST} cycles"
            *others, last = (share.text for share in exact.values())
            together = f" Together {', '.join(others)} and {last} take at least {least}."
        return (f"Published: {'; '.join(told)}.{together}",)


def _host(source: str) -> str:
    return urlsplit(source).netloc or source


class SummaryTable(Struct, frozen=True):
    """A `Table` of a summary."""

    summary: Summary
    kind: str = "summary"
    commas: bool = False

    @property
    def about(self) -> About:
        """What all rows have in common."""
        return self.summary.about

    @property
    def header(self) -> Sequence[str]:
        """Only what one of the rows says."""
        return tuple(self._columns)

    @property
    def _columns(self) -> dict[str, list[str]]:
        rows = [(shift, row) for shift in self.summary.shifts for row in shift.counts]
        words = {True: "true", False: "false", None: ""}
        said: dict[str, list[str]] = {
            "shift": [shift.shift for shift, _ in rows],
            "count": ["" if row.count is None else str(row.count) for _, row in rows],
            "shift_h": ["" if shift.hours is None else repr(shift.hours) for shift, _ in rows],
            **{name: [words[getattr(row, name)] for _, row in rows] for name in WORDS},
            "outcome": [row.outcome for _, row in rows],
        }
        there = {name: cells for name, cells in said.items() if name == "count" or any(cells)}
        if there.keys().isdisjoint({*WORDS, "outcome"}):
            there["ok"] = [""] * len(rows)  # nobody told how any of them came out
        return there

    def blocks(self, _problems: Problems) -> Iterator[Block]:
        """All of them, counted as if a header were row 1."""
        columns = list(self._columns.values())
        yield Block(np.arange(2, len(columns[0]) + 2), columns)


def summary(document: Mapping[str, Any]) -> SummaryTable | None:
    """The table of `document`; None when it is no summary. Raises msgspec.ValidationError for one
    that says what means nothing here."""
    if "summary" not in document or "sources" not in document:
        return None
    return SummaryTable(msgspec.convert(document, Summary))
