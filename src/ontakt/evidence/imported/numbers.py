"""Numbers as logs write them, to floats in our units."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ontakt.evidence.imported.problems import Problems, Rows
from ontakt.evidence.imported.schema import Kind, Meaning

LARGEST = 2.0**53
"""Whole numbers are exact below it."""
_MARKS = {".": "point", ",": "comma"}


class Decimals:
    """Whether the log writes 61.5 or, where `commas` may be, 61,5: one of them, and never both."""

    def __init__(self, problems: Problems, commas: bool) -> None:
        self._problems = problems
        self.commas = commas
        self._first: dict[str, int] = {}

    def note(self, mark: str, row: int) -> None:
        """A number in `row` has the decimal `mark`."""
        if mark not in self._first and self._first:
            other, at = next(iter(self._first.items()))
            one, two = _MARKS[mark], _MARKS[other]
            text = f"has a decimal {one}, row {min(row, at)} a decimal {two}"
            self._problems.add("decimals", max(row, at), text)
        self._first.setdefault(mark, row)

    def seen(self, mark: str) -> bool:
        """True when a number had it."""
        return mark in self._first


class Numbers:
    """One column of numbers, block by block; nan where nobody wrote one down."""

    def __init__(self, meaning: Meaning, problems: Problems, decimals: Decimals) -> None:
        self._meaning = meaning
        self._column = meaning.column
        self._problems = problems
        self._decimals = decimals
        self._parts: list[NDArray[np.float64]] = []

    def feed(self, texts: Sequence[str], rows: Rows) -> None:
        """Take the next cells."""
        try:
            found = np.array([float(text or "nan") for text in texts])
        except ValueError:
            found = self._slowly(texts, rows)
        else:
            if np.count_nonzero(~np.isfinite(found)) > texts.count("") or self._broken(found):
                found = self._slowly(texts, rows)
            elif not self._decimals.seen("."):
                row = next((int(rows[k]) for k, text in enumerate(texts) if "." in text), None)
                if row is not None:
                    self._decimals.note(".", row)
        if self._column.required and np.isnan(found).any():
            empty = np.array([not text.strip() for text in texts])
            name = self._column.name
            self._problems.where(name, empty, rows, lambda _: f"{name} is empty")
        self._bounds(found, texts, rows)
        self._parts.append(found / self._meaning.per_si)

    def _broken(self, found: NDArray[np.float64]) -> bool:
        """True for a fraction, or more than can be counted, where numbers are whole."""
        whole = self._column.kind is Kind.COUNT
        return whole and bool(np.any((found % 1 > 0) | (abs(found) >= LARGEST)))

    def _slowly(self, texts: Sequence[str], rows: Rows) -> NDArray[np.float64]:
        found = np.full(len(texts), np.nan)
        for k, text in enumerate(texts):
            if text.strip():
                found[k] = self._one(text.strip(), int(rows[k]))
        return found

    def _one(self, text: str, row: int) -> float:
        name, kind = self._column.name, self._column.kind
        try:
            value = float(text.replace(",", ".") if self._decimals.commas else text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value) or self._broken(np.array([value])):
            self._problems.add(name, row, f"{name} is {text!r}; it is {kind}")
            return math.nan
        for mark in _MARKS:
            if mark in text:
                self._decimals.note(mark, row)
        return value

    def _bounds(self, found: NDArray[np.float64], texts: Sequence[str], rows: Rows) -> None:
        name, least, above = self._column.name, self._column.least, self._column.above
        if least is not None:
            text = f"it is at least {least:g}"
            self._problems.where(
                name, found < least, rows, lambda k: f"{name} is {texts[k].strip()!r}; {text}"
            )
        if above is not None:
            text = f"it is over {above:g}"
            self._problems.where(
                name, found <= above, rows, lambda k: f"{name} is {texts[k].strip()!r}; {text}"
            )

        if self._column.most is not None:
            most = self._column.most * self._meaning.per_si
            beyond, most_text = found > most, f"it is at most {most:g}"
            self._problems.where(
                name, beyond, rows, lambda k: f"{name} is {texts[k].strip()!r}; {most_text}"
            )
            found[beyond] = np.nan  # its ticks might not fit into a number

    def done(self) -> NDArray[np.float64]:
        """The whole column, in our unit."""
        return np.concatenate(self._parts)
