"""Quantiles by hand."""

import pytest

from ontakt.runtime.bench.spread import Spread, spread


def test_a_straight_line_between_two_values() -> None:
    found = spread([float(value) for value in range(101)], 1e3)
    assert found == Spread(p50=50e3, p95=95e3, p99=99e3, max=100e3)
    assert spread([1.0, 3.0]).p50 == pytest.approx(2.0)


def test_one_value_is_all_of_them() -> None:
    assert spread([0.25]) == Spread(p50=0.25, p95=0.25, p99=0.25, max=0.25)
