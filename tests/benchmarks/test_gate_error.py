"""`python -m benchmarks.gate_error`: what a gate's 5 % are worth where shifts differ."""

import numpy as np
import pytest
from benchmarks.gate_error import drawn, passes, rows
from msgspec.structs import replace

from ontakt.evidence.gate.ladder import find_gate
from ontakt.evidence.gate.requirement import BothSides

PLAN = replace(find_gate("scheduled"), require=(BothSides(at_least=0.99),))


@pytest.mark.parametrize("rho", [0.0, 0.05])
def test_shifts_differ_as_much_as_is_said(rho: float) -> None:
    """The variance of a shift's count is that of a beta-binomial."""
    n, trials = PLAN.cycles, 4_000
    found = drawn(PLAN, 0.99, rho, trials, 0)
    assert found.shape == (trials, 6)
    assert found.mean() == pytest.approx(0.99 * n, abs=0.2)
    variance = n * 0.99 * 0.01 * (1 + (n - 1) * rho)
    assert found.var() == pytest.approx(variance, rel=0.15)


def test_a_trial_is_looked_at_as_a_qualification_does() -> None:
    clean, three, four = (np.array([130] * 5 + [130 - bad]) for bad in (0, 3, 4))
    early = np.array([130] * 4 + [60, 60])
    assert [passes(PLAN, one, 3) for one in (clean, three, four)] == [True, False, False]
    anytime = replace(PLAN, method="anytime")
    assert passes(anytime, clean, 3)
    assert passes(anytime, early, 3)  # it is not looked at after it was READY


def test_the_table_has_a_row_for_each_correlation() -> None:
    table = list(rows("demo", 20, 0))
    assert len(table) == 2 + 4
    assert table[2].startswith("| 0 | ")
