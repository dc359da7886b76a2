import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from ontakt.policy.xr0.weighting import weigh


def _case(seed: int, batch: int, horizon: int, width: int) -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    shape = (batch, horizon, width)
    generated, action = (torch.randn(shape, generator=generator) for _ in range(2))
    return generated, action, (torch.rand(shape, generator=generator) < 0.6).float()


def slow_weights(generated: Tensor, action: Tensor, mask: Tensor) -> Tensor:
    """The same by one number after another."""
    total, count = 0.0, 0
    for index in torch.ones_like(mask).nonzero().tolist():
        b, t, d = index
        if mask[b, t, d]:
            total += abs(float(generated[b, t, d]) - float(action[b, t, d]))
            count += 1
    weights = torch.empty_like(mask)
    for b, t, d in torch.ones_like(mask).nonzero().tolist():
        error = abs(float(generated[b, t, d]) - float(action[b, t, d]))
        if mask[b, t, d]:
            error = error / (total / count)
        weights[b, t, d] = min(max(error, 0.5), 5.0)
    return weights


@given(st.integers(0, 99), st.integers(1, 3), st.integers(1, 4), st.integers(1, 5))
def test_weights_are_those_of_the_loops(seed: int, batch: int, horizon: int, width: int) -> None:
    case = _case(seed, batch, horizon, width)
    torch.testing.assert_close(weigh(*case), slow_weights(*case), atol=1e-5, rtol=1e-5)


@given(st.integers(0, 99), st.floats(0.01, 100.0))
def test_weights_are_bounded_and_know_no_unit(seed: int, scale: float) -> None:
    generated, action, mask = _case(seed, 2, 3, 4)
    weights = weigh(generated, action, mask)
    assert float(weights.min()) >= 0.5
    assert float(weights.max()) <= 5.0
    scaled = weigh(generated * scale, action * scale, mask)
    torch.testing.assert_close(scaled * mask, weights * mask, atol=1e-4, rtol=1e-4)


def test_a_number_that_is_off_by_the_mean_weighs_one() -> None:
    action = torch.zeros(1, 1, 4)
    generated = torch.tensor([[[1.0, 3.0, 2.0, 100.0]]])
    mask = torch.tensor([[[1.0, 1.0, 1.0, 0.0]]])
    assert weigh(generated, action, mask).flatten().tolist() == [0.5, 1.5, 1.0, 5.0]


def test_a_model_without_error_and_a_robot_without_numbers_have_weights() -> None:
    zero = torch.zeros(1, 2, 3)
    assert weigh(zero, zero, torch.ones(1, 2, 3)).unique().tolist() == [0.5]
    assert weigh(zero, zero, zero).unique().tolist() == [0.5]
    assert not math.isnan(float(weigh(zero + 1, zero, zero).sum()))


def test_weights_are_float32() -> None:
    case = (x.bfloat16() for x in _case(0, 1, 2, 3))
    assert weigh(*case).dtype == torch.float32
    assert pytest.approx(1.0, abs=0.5) == float(weigh(*_case(0, 2, 8, 16)).mean())
