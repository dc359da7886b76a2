"""How well nuts sit: what the gauge measured, against what it calls good.

A distance from a target is not normal and cannot fall below 0, so the index is that of quantiles
(ISO 22514-2), from `ENOUGH` nuts on. It is called Ppk, and not Cpk, because nobody has shown that
the process is stable. A nut that lies elsewhere is a failure and no placement: it has no part here.
"""

import math
from collections.abc import Iterator, Sequence

import numpy as np
from msgspec import Struct

from ontakt.contract import Side, SideResult
from ontakt.evidence.report.pool import Pool
from ontakt.evidence.statistics.capability import TAIL, quantile_performance

MEASURES = {
    "offset": ("offset from the pin's axis", "mm", 1e3),
    "height": ("height off its seat", "mm", 1e3),
    "tilt": ("tilt", "\N{DEGREE SIGN}", 180 / math.pi),
}
"""What is measured, as a table names it, its unit there and how many of them an SI unit has."""
OUTER = f"{100 * (1 - TAIL):.3f} %"
"""The quantile of `Placement.outer`, as a table names it."""


class Placement(Struct, frozen=True, kw_only=True):
    """One measure of the nuts of one side [the table's unit], signs left away."""

    side: Side
    measure: str
    unit: str
    n: int
    median: float
    p95: float
    outer: float | None
    """What 0.135 % lie beyond; None for fewer nuts than reach out there."""
    worst: float
    limit: float | None
    """What the gauge calls good; None where the record does not say."""
    ppk: float | None
    """Room from the median to the limit, in distances from the median to `outer`."""


def placements(pool: Pool) -> tuple[Placement, ...]:
    """By side and measure; empty where nothing was measured, where the gauges differ, and of shifts
    that are different experiments."""
    shifts = [chapter.shift for chapter in pool.chapters]
    gauges = [dict(shift.started.gauge) for shift in shifts]
    if not pool.frozen or any(gauge != gauges[0] for gauge in gauges):
        return ()
    sides: dict[Side, list[SideResult]] = {}
    for shift in shifts:
        for cycle in shift.cycles:
            for side, result in cycle.sides.items():
                if result.offset is not None:
                    sides.setdefault(side, []).append(result)
    return tuple(_rows(sides, gauges[0]))


def _rows(sides: dict[Side, list[SideResult]], gauge: dict[str, float]) -> Iterator[Placement]:
    for side in sorted(sides):
        on_pin = [r for r in sides[side] if (r.offset or 0.0) < gauge.get("offset", math.inf)]
        for measure in MEASURES:
            values = [abs(v) for r in on_pin if (v := getattr(r, measure)) is not None]
            if values:
                yield _row(side, measure, values, gauge.get(measure))


def _row(side: Side, measure: str, values: Sequence[float], limit: float | None) -> Placement:
    name, unit, scale = MEASURES[measure]
    found = np.asarray(values) * scale
    shown = None if limit is None else limit * scale
    performance = quantile_performance(found.tolist(), upper=shown)
    return Placement(
        side=side,
        measure=name,
        unit=unit,
        n=len(found),
        median=float(np.median(found)),
        p95=float(np.quantile(found, 0.95)),
        outer=performance.high if performance is not None else None,
        worst=float(found.max()),
        limit=shown,
        ppk=performance.ppk if performance is not None else None,
    )
