"""Which sentence may be said is decided by the numbers, here and nowhere else.

A bound is never rounded to the side that says more: 98.96 % is "at least 98.9 %", so the printed
numbers lead to the same word as the true ones. Without data nothing is better, shown or refuted.
"""

import math
from collections.abc import Callable
from typing import Literal

from msgspec import Struct

from ontakt.evidence.statistics.intervals import Interval, poisson_rate

Word = Literal[
    "better",
    "worse",
    "no difference shown",
    "not enough data",
    "shown",
    "refuted",
    "not shown",
    "none seen",
    "seen",
]


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

    def places_of(self, value: float) -> int:
        """The places it takes to write `value` in full: at least `places`, at most 9."""
        return max(self.places, len(f"{self.factor * value:.9f}".rstrip("0").partition(".")[2]))

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


def requirement(
    value: float | None,
    bounds: Interval | None,
    required: float,
    *,
    unit: Unit = PERCENT,
    at_least: bool = True,
) -> Sentence:
    """Is it shown that what is asked holds, or that it does not? One-sided bounds can decide only
    one of both. `at_least` False: `required` is the most that is allowed."""
    places = unit.places_of(required)
    asked = f"{'at least' if at_least else 'at most'} {unit(required, places)} is asked"
    if value is None or bounds is None:
        return Sentence("not enough data", f"not enough data: {asked}")
    sure = f"with {_confidence(bounds)} confidence"
    least = f"{sure} at least {unit.floor(bounds.low, places)}"
    most = f"{sure} at most {unit.ceiling(bounds.high, places)}"
    seen = f"{(unit.floor if at_least else unit.ceiling)(value, places)} seen"
    if bounds.low >= required if at_least else bounds.high <= required:
        return Sentence("shown", f"shown: {seen}, {least if at_least else most}; {asked}")
    if bounds.high < required if at_least else bounds.low > required:
        return Sentence("refuted", f"refuted: {seen}, {most if at_least else least}; {asked}")
    return Sentence("not shown", f"not shown: {seen}, {least if at_least else most}; {asked}")


def frequency(events: int, exposure: float, confidence: float = 0.95, unit: str = "h") -> Sentence:
    """How often it happens, per `unit` of `exposure`. Zero events say how rare it must be, by a
    one-sided bound; more have a two-sided interval."""
    none = events == 0
    bounds = poisson_rate(events, exposure, confidence, "upper" if none else "two")
    if bounds is None:
        return Sentence("not enough data", f"not enough data: 0 {unit} observed")
    seen, sure = f"in {exposure:.6g} {unit}", _confidence(bounds)
    often = _three_digits(1 / bounds.high, math.floor)
    if none:
        text = f"none {seen}; with {sure} confidence fewer than one in {often} {unit}"
        return Sentence("none seen", text)
    seldom = _three_digits(1 / bounds.low, math.ceil)
    text = f"{events} {seen}; one in {often} to {seldom} {unit} ({sure} interval)"
    return Sentence("seen", text)


def _confidence(interval: Interval) -> str:
    return f"{100 * interval.confidence:.4g} %"


def _three_digits(value: float, turn: Callable[[float], int]) -> str:
    """`value` > 0, turned down or up at its third digit."""
    step = 10.0 ** (math.floor(math.log10(value)) - 2)
    return f"{turn(round(value / step, 9)) * step:.6g}"
