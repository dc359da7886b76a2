"""Cycles of one shift (line, lot, robot) resemble each other, so they tell less than as many cycles
of as many shifts: how much less, and intervals that allow for it.

The intervals take the spread between shifts as it was seen, and treat the counts as those of fewer,
independent cycles. Over shifts whose success spreads by a beta distribution, intraclass correlation
.01 to .03, mean .9 to .99, they cover .92 to 1 of the time at 95 %, where Clopper and Pearson's of
all cycles together cover .59 to .94, and percentile bootstraps over shifts .39 to .93: those need
more than 20 shifts. One case stays too short (.75): nearly all shifts perfect, few very bad ones.
"""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy.special import betaincinv, gammaincinv, stdtrit

from ontakt.contract import BadValue
from ontakt.evidence.statistics.intervals import Ends, Interval

LEAST_SHIFTS = 3
"""Shifts below which there is no interval: from two, one degree of freedom, it would cover (.98 and
more by simulation) but reach over half of the scale and more."""

Counts = Sequence[tuple[int, int]]
"""One shift each: how many were good, of how many."""
Rates = Sequence[tuple[int, float]]
"""One shift each: events, and the exposure (hours, cycles) they fell into."""


class Clustering(Struct, frozen=True):
    """How alike the cycles of one shift are, by what was seen."""

    rho: float
    """Intraclass correlation, by analysis of variance (Fleiss 1981); below 0 when shifts differ by
    less than chance would have them."""
    design_effect: float
    """Variance of the mean against that of as many independent cycles; at least 1."""
    effective_n: float
    """As many independent cycles would tell as much."""


def design_effect(cycles: float, rho: float) -> float:
    """1 + (m - 1) rho for shifts of m `cycles` (Kish 1965); no less than 1."""
    return 1 + max(0.0, (cycles - 1) * rho)


def clustering(counts: Counts) -> Clustering | None:
    """None below two shifts, with one cycle a shift, and when all cycles came out alike."""
    k, n = checked(counts)
    shifts, total = len(n), n.sum()
    p = k.sum() / total if shifts else 0.0
    if shifts < 2 or total == shifts or p in (0.0, 1.0):
        return None
    between = float((n * (k / n - p) ** 2).sum() / (shifts - 1))
    within = float((k * (1 - k / n)).sum() / (total - shifts))
    size = float((total - (n**2).sum() / total) / (shifts - 1))
    rho = (between - within) / (between + (size - 1) * within)
    deff = design_effect(float((n**2).sum() / total), rho)
    return Clustering(rho, deff, float(total) / deff)


def proportion_by_shift(
    counts: Counts, confidence: float = 0.95, side: Ends = "two"
) -> Interval | None:
    """Interval for the mean success of shifts, cycle by cycle (Korn and Graubard 1998): Clopper and
    Pearson's for p n* of n*, where n* gives p the variance that the shifts show but no less than
    chance has, and is smaller for how few they are; so it is never shorter than that of all cycles
    together, which alike shifts alone do not earn. None below `LEAST_SHIFTS`."""
    k, n = checked(counts)
    below, above = _tails(confidence, side)
    if len(n) < LEAST_SHIFTS:
        return None
    total, p = float(n.sum()), float(k.sum() / n.sum())
    seen = _between(k - p * n) / total**2
    penalty = _few(len(n), total - 1, max(below, above))
    worth = penalty * (min(total, p * (1 - p) / seen) if seen > 0 else total)
    good, bad = p * worth, (1 - p) * worth
    low = float(betaincinv(good, bad + 1, below)) if good and below else 0.0
    high = float(betaincinv(good + 1, bad, 1 - above)) if bad and above else 1.0
    return Interval(low, high, confidence, _named(f"korn-graubard over {len(n)} shifts", side))


def rate_by_shift(rates: Rates, confidence: float = 0.95, side: Ends = "two") -> Interval | None:
    """The same for events in exposure, per unit of exposure: Garwood's interval for fewer events.
    None below `LEAST_SHIFTS`."""
    x, t = checked_rates(rates)
    below, above = _tails(confidence, side)
    if len(t) < LEAST_SHIFTS:
        return None
    events, exposure = float(x.sum()), float(t.sum())
    seen = _between(x - events / exposure * t)
    penalty = _few(len(t), np.inf, max(below, above))
    share = penalty * (min(1.0, events / seen) if seen > 0 else 1.0)
    worth, hours = events * share, exposure * share
    low = float(gammaincinv(worth, below)) / hours if events and below else 0.0
    high = float(gammaincinv(worth + 1, 1 - above)) / hours if above else np.inf
    return Interval(low, high, confidence, _named(f"garwood over {len(t)} shifts", side))


def checked(counts: Counts) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Good and all of each shift that has a cycle, in an order that does not depend on theirs."""
    for k, n in counts:
        if not 0 <= k <= n:
            raise BadValue("(k, n)", (k, n), "successes and trials obey 0 <= k <= n")
    return _columns(sorted(one for one in counts if one[1]))


def checked_rates(rates: Rates) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Events and exposure of each shift that has exposure, in an order that is not theirs."""
    for events, exposure in rates:
        if events < 0 or not 0 <= exposure < np.inf or (events and not exposure):
            raise BadValue(
                "(events, exposure)",
                (events, exposure),
                "neither is negative, and events take exposure",
            )
    return _columns(sorted(one for one in rates if one[1]))


def _columns(rows: Rates) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    table = np.array(rows, dtype=np.float64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _between(residuals: NDArray[np.float64]) -> float:
    """Variance of a sum over shifts, from what each adds beyond its part of the whole."""
    shifts = len(residuals)
    return float(shifts / (shifts - 1) * (residuals**2).sum())


def _few(shifts: int, freedom: float, tail: float) -> float:
    """Share of the count that is left because the variance is known from few shifts: the square of
    Student's quantiles' ratio, taken no nearer to the middle than .25, where it tends to 0/0."""
    tail = min(tail, 0.25)
    return float(stdtrit(freedom, tail) / stdtrit(shifts - 1, tail)) ** 2


def _tails(confidence: float, side: Ends) -> tuple[float, float]:
    """Error allowed below the low end and above the high end."""
    if not 0 < confidence < 1:
        raise BadValue("confidence", confidence, "it lies between 0 and 1")
    error = 1 - confidence
    return {"two": (error / 2, error / 2), "lower": (error, 0.0), "upper": (0.0, error)}[side]


def _named(method: str, side: Ends) -> str:
    return method if side == "two" else f"{method}, one-sided {side}"
