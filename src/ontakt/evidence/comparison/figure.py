"""One figure of every arm, side by side, and what may be said of its difference."""

import math
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from ontakt.evidence.comparison.difference import Difference
from ontakt.evidence.statistics.intervals import Interval
from ontakt.evidence.statistics.p_value import PValue

Role = Literal["main", "descriptive"]
"""The main comparison decides. Nothing is decided by the others, so their p are not corrected for
being many: read one by one, about every twentieth shows a difference that is none."""

Scale = Literal["difference", "ratio", "median difference"]


class Estimate(Struct, frozen=True, kw_only=True):
    """A figure of one arm with what it rests on; None means unknown, or an open end."""

    value: float | None
    count: int | None = None
    """Hits or events."""
    of: float | None = None
    """Cycles, sides or hours that they are counted in."""
    low: float | None = None
    high: float | None = None
    confidence: float | None = None
    method: str | None = None
    """Names the interval; over shifts where those differ, and then cycles are not pooled."""


class Figure(Struct, frozen=True, kw_only=True):
    """One line of a comparison. With two arms `difference` is the first minus the second (`scale`
    ratio: the first over the second); with more it is None and `p` tests that all are alike."""

    name: str
    label: str
    unit: Literal["1", "1/h", "1/100 cycles", "s"]
    higher_is_better: bool | None
    """None where more may be good or bad."""
    role: Role
    arms: tuple[Estimate, ...]
    paired: bool
    scale: Scale = "difference"
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    confidence: float | None = None
    interval: str | None = None
    """Name of the interval's method."""
    p: float | None = None
    test: str | None = None
    pairs: int | None = None
    note: str | None = None
    """Why there is no difference, or what to know of it."""


def estimate(
    value: float | None,
    interval: Interval | None,
    count: int | None = None,
    of: float | None = None,
) -> Estimate:
    """`value` with its interval; an end that is not finite is open."""
    if value is None or interval is None:
        return Estimate(value=value, count=count, of=of)
    return Estimate(
        value=value,
        count=count,
        of=of,
        low=finite(interval.low),
        high=finite(interval.high),
        confidence=interval.confidence,
        method=interval.method,
    )


def held_against(figure: Figure, found: Difference, scale: Scale = "difference") -> Figure:
    """`figure` with what `found` says of two arms."""
    interval, p = found.interval, found.p
    return replace(
        figure,
        paired=found.how == "paired",
        scale=scale,
        difference=found.value,
        low=None if interval is None else finite(interval.low),
        high=None if interval is None else finite(interval.high),
        confidence=None if interval is None else interval.confidence,
        interval=None if interval is None else interval.method,
        p=None if p is None else p.p,
        test=None if p is None else p.test,
        pairs=None if found.cells is None else found.cells.n,
        note=found.warning,
    )


def tested(figure: Figure, found: PValue | None) -> Figure:
    """`figure` with the test that all arms are alike."""
    return figure if found is None else replace(figure, p=found.p, test=found.test)


def finite(value: float) -> float | None:
    """None for an open end."""
    return value if math.isfinite(value) else None
