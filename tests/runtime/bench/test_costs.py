"""Every strategy is measured, and a ratio is one."""

import pytest

from ontakt.runtime.bench.costs import costs
from ontakt.runtime.strategies import STRATEGIES


def test_every_strategy_has_a_row() -> None:
    bare, *rows, guard = costs(60)
    assert (bare.name, bare.ratio, bare.landing) == ("bare loop", 1.0, None)
    assert (guard.name, guard.landing) == ("guard alone, every clip", None)
    assert guard.tick > 0
    names = [row.name for row in rows]
    assert names[: len(STRATEGIES)] == list(STRATEGIES)
    assert set(names) - set(STRATEGIES) <= {"sync, recorded"}
    for row in rows:
        assert row.ratio == pytest.approx(row.tick / bare.tick)
        assert row.tick > bare.tick
        assert row.question is not None
        assert row.landing is not None
        assert row.landing > 0
