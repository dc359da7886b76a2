from collections import Counter

import pytest
import torch
from scipy import stats

from ontakt.policy.xr0.prefix import draw_prefix_length


def _lengths(horizon: int, probability: float, longest: int, count: int = 6_000) -> Counter[int]:
    generator = torch.Generator().manual_seed(0)
    return Counter(
        draw_prefix_length(horizon, probability, longest, generator) for _ in range(count)
    )


@pytest.mark.parametrize(("horizon", "longest"), [(30, 6), (4, 4), (10, 6), (1, 1)])
def test_half_of_the_batches_have_a_prefix_of_every_length_alike(
    horizon: int, longest: int
) -> None:
    found = _lengths(horizon, 0.5, 6)
    assert set(found) == {0, *range(1, longest + 1)}
    assert stats.binomtest(found[0], 6_000, 0.5).pvalue > 0.01
    if longest > 1:
        assert stats.chisquare([found[n] for n in range(1, longest + 1)]).pvalue > 0.01


def test_a_prefix_can_be_certain_and_impossible() -> None:
    assert 0 not in _lengths(10, 1.0, 6, 200)
    assert set(_lengths(10, 0.0, 6, 200)) == {0}
    assert set(_lengths(10, 1.0, 0, 200)) == {0}
