"""Whether people step in less from one version to the next."""

from collections.abc import Sequence

from ontakt.evidence.internship.growth import Version
from ontakt.evidence.statistics.growth import Growth, grouped_growth

FEWEST = 3
"""Shifts below which a curve through their step-ins says nothing."""


def step_in_growth(versions: Sequence[Version]) -> Growth | None:
    """Crow's power law over the parts of all shifts, one after the other; a shape below 1 says that
    step-ins become rarer. None for fewer than FEWEST shifts whose step-ins are known, and where
    they have no likeliest curve."""
    known = [
        (version.step_ins, version.parts)
        for version in versions
        if version.step_ins is not None and version.parts
    ]
    if len(known) < FEWEST:
        return None
    return grouped_growth([count for count, _ in known], [float(parts) for _, parts in known])


def word(growth: Growth) -> str:
    """What may be said of it."""
    low, high = growth.shape_interval.low, growth.shape_interval.high
    if high < 1:
        return "people step in less from version to version"
    if low > 1:
        return "people step in more from version to version"
    return "no change from version to version is shown"
