"""A figure that a plant asks for, with what it takes to trust it."""

from msgspec import Struct


class Kpi(Struct, frozen=True, kw_only=True):
    """One figure with its definition, its exposure and its interval.

    `value` None means unknown (never 0), as a rate with no exposure or a ratio with no trials.
    """

    name: str
    """Dotted, as `both_sides_ok`, `iso22400.availability`."""
    value: float | None
    unit: str
    """`1` for a ratio, `s`, `h`, `1/h`, `count`."""
    definition: str
    """The formula in words."""
    source: str
    """Standard or paper that defines it."""
    n: int | None = None
    """Trials or events behind it."""
    exposure: float | None = None
    """Hours, or whatever `exposure_unit` says, behind it."""
    exposure_unit: str = "h"
    low: float | None = None
    high: float | None = None
    confidence: float | None = None
    interval: str | None = None
    """Name of the interval's method, as `clopper-pearson`."""
