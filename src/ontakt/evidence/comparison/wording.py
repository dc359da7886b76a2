"""How the numbers of a comparison are written, on a terminal and on a page."""

from ontakt.evidence.comparison.figure import Estimate, Figure
from ontakt.evidence.comparison.several_arms import Pair
from ontakt.evidence.numbers import UNKNOWN, count, hours, number, percent, plural, seconds
from ontakt.evidence.sentence import PERCENT, POINTS, Unit

_EN = "\N{EN DASH}"
_SECONDS = Unit(" s", places=2, sign=True)
_RARE = 1e-4
_AUTHORS = (
    ("mcnemar", "McNemar"), ("boschloo", "Boschloo"), ("fisher", "Fisher"),
    ("newcombe", "Newcombe"), ("cochran's q", "Cochran's Q"), ("student", "Student"),
    ("cochran-mantel-haenszel", "Cochran-Mantel-Haenszel"), ("korn-graubard", "Korn-Graubard"),
    ("garwood", "Garwood"), ("poisson", "Poisson"), ("clopper-pearson", "Clopper-Pearson"),
    ("tango", "Tango"),
)  # fmt: skip


def value(figure: Figure, one: Estimate) -> str:
    """The figure of one arm with its unit."""
    match figure.unit:
        case "1":
            return percent(one.value)
        case "s":
            return seconds(one.value)
        case "1/h":
            return UNKNOWN if one.value is None else f"{number(one.value)} /h"
        case _:
            return UNKNOWN if one.value is None else f"{number(one.value)} in 100"


def bounds(figure: Figure, one: Estimate) -> str:
    """Its interval, as `84.0–94.5 %`, and whether it is one over shifts; a bound is never rounded
    to the side that says more."""
    if one.value is None:
        return ""
    if one.low is None and one.high is None:
        return "no interval"
    unit = {"1": PERCENT, "s": Unit(" s")}.get(figure.unit, Unit("", places=2))
    if one.high is None:
        return f"at least {unit.floor(one.low or 0.0)}"
    if one.low is None:
        return f"at most {unit.ceiling(one.high)}"
    between = f"{unit.floor(one.low).removesuffix(unit.name)}{_EN}{unit.ceiling(one.high)}"
    _, over, shifts = (one.method or "").partition(" over ")
    return f"{between} by {shifts}" if over else between


def basis(figure: Figure, one: Estimate) -> str:
    """What it was counted from, as `57 of 60`, `3 in 2.4 h`."""
    if one.of is None or one.value is None:
        return ""
    match figure.unit:
        case "1":
            return f"{count(one.count)} of {count(one.of)}"
        case "1/h":
            return f"{count(one.count)} in {hours(one.of)}"
        case "s":
            return plural(round(one.of), "cycle")
        case _:
            return f"{count(one.count)} in {plural(round(100 * one.of), 'cycle')}"


def difference(figure: Figure) -> str:
    """How far two arms lie apart; empty where that is not said."""
    if figure.difference is None:
        return ""
    return _unit(figure)(figure.difference)


def difference_bounds(figure: Figure) -> str:
    """Between what it lies, the ends turned away from one another."""
    unit = _unit(figure)
    if figure.low is None and figure.high is None:
        return ""
    if figure.high is None:
        return f"at least {unit.floor(figure.low or 0.0)}"
    if figure.low is None:
        return f"at most {unit.ceiling(figure.high)}"
    return unit.range(figure.low, figure.high)


def pair_bounds(pair: Pair) -> str:
    """The interval of two arms among several."""
    if pair.low is None or pair.high is None:
        return ""
    return POINTS.range(pair.low, pair.high)


def p_value(p: float | None) -> str:
    """`0.0225`; `< 0.0001` where no reader needs more."""
    if p is None:
        return ""
    return f"< {_RARE:g}" if p < _RARE else f"{p:.3g}"


def written(test: str) -> str:
    """A test's or interval's name as its authors wrote theirs."""
    for plain, name in _AUTHORS:
        test = test.replace(plain, name)
    return test


def _unit(figure: Figure) -> Unit:
    if figure.scale == "ratio":
        return Unit(" times", places=2)
    return _SECONDS if figure.unit == "s" else POINTS
