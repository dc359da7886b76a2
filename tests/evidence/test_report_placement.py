"""How well nuts sit, from made-up inspections whose quantiles are known."""

import math
from collections.abc import Sequence

import pytest
from msgspec.structs import replace
from tests.evidence.shifts import Plan, shift

from ontakt.contract import SideResult
from ontakt.evidence.fold import fold
from ontakt.evidence.report.chapter import Chapter, chapter
from ontakt.evidence.report.placement import placements
from ontakt.evidence.report.pool import Pool

GAUGE = {"offset": 3e-3, "height": 1.5e-3, "tilt": 0.07}


def inspected(results: Sequence[SideResult], gauge: dict[str, float], **plan: object) -> Chapter:
    """A shift whose left sides were measured so, one a cycle."""
    record = fold(shift(Plan(cycles=len(results), vary=False, **plan)))  # type: ignore[arg-type]
    cycles = tuple(
        replace(cycle, sides={"left": result})
        for cycle, result in zip(record.cycles, results, strict=True)
    )
    started = replace(record.started, gauge=gauge)
    return chapter(replace(record, cycles=cycles, started=started))


def test_quantiles_of_evenly_spread_offsets() -> None:
    """999 offsets 1/1000 to 999/1000 mm: number p (n + 1) of them is p mm, so the median is 0.5 mm,
    the outer quantile 0.99865 mm, and Ppk (3 - 0.5) / (0.99865 - 0.5)."""
    results = [SideResult(inspected_ok=True, offset=k * 1e-6, height=-1e-5) for k in range(1, 1000)]
    offset, height = placements(Pool(chapters=(inspected(results, GAUGE),)))
    assert (offset.side, offset.n, offset.unit) == ("left", 999, "mm")
    assert offset.median == pytest.approx(0.5)
    assert offset.outer == pytest.approx(0.99865)
    assert offset.worst == pytest.approx(0.999)
    assert offset.ppk == pytest.approx(2.5 / 0.49865)
    assert height.median == pytest.approx(0.01)  # a distance has no sign
    assert height.ppk is None  # and of what never varies there is no index


def test_a_nut_that_lies_elsewhere_is_no_placement() -> None:
    results = [SideResult(inspected_ok=k > 0, offset=0.05 * (k == 0), tilt=0.01) for k in range(5)]
    offset, tilt = placements(Pool(chapters=(inspected(results, GAUGE),)))
    assert offset.n == tilt.n == 4
    assert offset.worst == 0.0
    assert tilt.worst == pytest.approx(math.degrees(0.01))
    assert offset.ppk is offset.outer is None  # too few nuts


def test_without_a_gauge_there_are_no_limits() -> None:
    results = [SideResult(offset=0.01 * k) for k in range(3)]
    (offset,) = placements(Pool(chapters=(inspected(results, {}),)))
    assert (offset.n, offset.limit) == (3, None)


def test_shifts_under_different_gauges_are_not_counted_together() -> None:
    results = [SideResult(offset=1e-4)] * 3
    parts = tuple(
        inspected(results, gauge, name=name)
        for name, gauge in (("a", GAUGE), ("b", GAUGE | {"offset": 2e-3}))
    )
    assert placements(Pool(chapters=parts)) == ()
    assert placements(Pool(chapters=parts[:1])) != ()
