"""Firth's logistic regression: known answers, separation, and how often a test is wrong."""

import numpy as np
import pytest

from ontakt.contract import BadValue
from ontakt.evidence.statistics.firth import firth, ratio_test


def test_an_intercept_alone_is_jeffreys_estimate() -> None:
    """With one parameter Firth's penalty is Jeffreys' prior on a proportion: (k + 1/2)/(n + 1)."""
    for k, n in ((0, 10), (3, 10), (10, 10)):
        fit = firth(np.ones((1, 1)), [k], [n])
        odds = (k + 0.5) / (n - k + 0.5)
        assert fit.coefficients[0] == pytest.approx(np.log(odds), abs=1e-6)


def test_two_groups_are_their_own_jeffreys_estimates() -> None:
    """A saturated two-by-two table: each cell gets one half more."""
    x = np.array([[1.0, 0.0], [1.0, 1.0]])
    fit = firth(x, [9, 4], [10, 12])
    calm, harsh = np.log(9.5 / 1.5), np.log(4.5 / 8.5)
    assert fit.coefficients == pytest.approx([calm, harsh - calm], abs=1e-5)


def test_separation_has_an_answer() -> None:
    place = np.linspace(-1, 1, 8)
    good = [10] * 4 + [0] * 4
    columns = np.column_stack([np.ones(8), place])
    whole = firth(columns, good, [10] * 8)
    assert np.isfinite(whole.coefficients).all()
    assert whole.coefficients[1] < 0
    assert ratio_test(whole, firth(columns, good, [10] * 8, [True, False])).p < 1e-6


def test_splitting_a_row_changes_nothing() -> None:
    columns = np.column_stack([np.ones(4), [-1.0, -0.2, 0.3, 1.0]])
    once = firth(columns, [9, 8, 6, 2], [10] * 4)
    twice = firth(np.repeat(columns, 2, axis=0), [5, 4, 4, 4, 3, 3, 1, 1], [5] * 8)
    assert twice.coefficients == pytest.approx(once.coefficients, abs=1e-6)
    assert twice.likelihood == pytest.approx(once.likelihood, abs=1e-6)


def test_what_cannot_be_fitted_is_refused() -> None:
    with pytest.raises(BadValue, match="none may follow"):
        firth(np.ones((4, 2)), [1, 2, 3, 4], [5] * 4)
    with pytest.raises(BadValue, match="as many of each"):
        firth(np.ones((4, 1)), [1, 2, 3], [5] * 3)


@pytest.mark.slow
@pytest.mark.parametrize("level", [0.5, 0.95])
def test_a_term_that_does_nothing_is_found_no_more_often_than_asked(level: float) -> None:
    """32 points with 8 cycles, one axis matters, a product of two does not."""
    chance, draws, found = np.random.default_rng(3), 600, 0
    axes = chance.uniform(-1, 1, size=(32, 2))
    columns = np.column_stack([np.ones(32), axes, axes.prod(axis=1)])
    p = 1 / (1 + np.exp(-(np.log(level / (1 - level)) - 2.0 * axes[:, 0])))
    for _ in range(draws):
        good = chance.binomial(8, p)
        whole = firth(columns, good, [8] * 32)
        part = firth(columns, good, [8] * 32, [True, True, True, False])
        found += ratio_test(whole, part).p < 0.05
    assert found / draws <= 0.05 + 3 * (0.05 * 0.95 / draws) ** 0.5
