"""Which sentence may be said of a difference is decided by the numbers, here and nowhere else; what
may be said of a requirement, in `gate`.

A bound is never rounded to the side that says more: 98.96 % is "at least 98.9 %", so the printed
numbers lead to the same word as the true ones. Without data nothing is better.
"""

import math
from collections.abc import Callable
from typing import Literal

from msgspec import Struct

from ontakt.evidence.statistics.intervals import Interval

Word = Literal["better", "worse", "no difference shown", "not enough data"]


class Sentence(Struct, frozen=True):
    """A finding: one word for programs and tables, and a sentence without its full stop."""

    word: Word
    text: str


class Unit(Struct, frozen=True):
    """How values of one kind are written."""

    name: str
    factor: float = 1.0
    places: int = 1
    sign: bool = False

    def __call__(self, value: float, places: int | None = None) -> str:
        """To the nearest."""
        return self._text(self.factor * value, round, places)

    def floor(self, value: float, places: int | None = None) -> str:
        """No more than `value`."""
        return self._text(self.factor * value, math.floor, places)

    def ceiling(self, value: float, places: int | None = None) -> str:
        """No less than `value`."""
        return self._text(self.factor * value, math.ceil, places)

    def range(self, low: float, high: float) -> str:
        """No less than from `low` to `high`."""
        return f"{self.floor(low).removesuffix(self.name)} to {self.ceiling(high)}"

    def _text(self, value: float, turn: Callable[[float], int], places: int | None) -> str:
        places = self.places if places is None else places
        if not math.isfinite(value):
            return f"{value}{self.name}"
        # 29 hundredths of a hundred are 28.999999999999996 in binary, and no less than 29
        number = turn(round(value * 10**places, 9)) / 10**places
        return f"{number:{'+' if self.sign and number else ''}.{places}f}{self.name}"


PERCENT = Unit(" %", 100.0)
POINTS = Unit(" points", 100.0, sign=True)
TIMES = Unit(" times", places=2)


def comparison(
    difference: Interval | None,
    p: float | None,
    least_p: float,
    *,
    unit: Unit = POINTS,
    same: float = 0.0,
    higher_is_better: bool = True,
    level: float = 0.05,
) -> Sentence:
    """Is the first better than the second? Said only if the test refuses at `level` that they are
    the same and the two-sided interval of their difference excludes `same` (0; 1 for a ratio).

    `least_p` is the least p that any outcome of so many trials could give (`mcnemar(n, 0).p`,
    `compare_proportions(n1, n1, 0, n2).p`): at `level` or more, silence shows nothing.
    """
    if difference is None or p is None or least_p >= level:
        return Sentence(
            "not enough data", "not enough data: so few could not have shown any difference"
        )
    low, high = difference.low, difference.high
    found = f"{unit.range(low, high)} ({_confidence(difference)} interval, p = {p:.3g})"
    if p < level and not low <= same <= high:
        word: Word = "better" if (low > same) == higher_is_better else "worse"
        return Sentence(word, f"{word}: {found}")
    return Sentence("no difference shown", f"no difference shown, still possible: {found}")


def _confidence(interval: Interval) -> str:
    return f"{100 * interval.confidence:.4g} %"
