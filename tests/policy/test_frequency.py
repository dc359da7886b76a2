import cmath
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from ontakt.policy.xr0.frequency import Frequency, frequency_error


def _case(
    seed: int, batch: int, horizon: int, width: int, share: float = 0.6
) -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    shape = (batch, horizon, width)
    error = torch.randn(shape, generator=generator)
    weights = 0.5 + 4.5 * torch.rand(shape, generator=generator)
    return error, weights, (torch.rand(shape, generator=generator) < share).float()


def slow_frequency(error: Tensor, weights: Tensor, mask: Tensor, kind: Frequency) -> float:
    """The same from the definition of the Fourier transform."""
    batch, horizon, width = error.shape
    bins, rows = horizon // 2 + 1, []
    for b in range(batch):
        spectrum, weight = [], []
        for d in range(width):
            takes = [kind == "unmasked" or bool(mask[b, t, d]) for t in range(horizon)]
            weight += [float(weights[b, t, d]) for t in range(horizon) if takes[t]]
            if not any(takes):
                continue
            for k in range(bins):
                terms = (
                    float(error[b, t, d]) * cmath.exp(-2j * math.pi * k * t / horizon)
                    for t in range(horizon)
                    if takes[t]
                )
                spectrum.append(abs(sum(terms)))
        if spectrum:
            rows.append(sum(spectrum) / len(spectrum) * sum(weight) / len(weight))
    return sum(rows) / len(rows) if rows else 0.0


@given(
    st.integers(0, 99),
    st.integers(1, 3),
    st.integers(1, 7),
    st.integers(1, 4),
    st.sampled_from(["masked", "unmasked"]),
    st.sampled_from([0.1, 0.6, 1.0]),
)
def test_the_term_is_that_of_the_explicit_transform(
    seed: int, batch: int, horizon: int, width: int, kind: Frequency, share: float
) -> None:
    case = _case(seed, batch, horizon, width, share)
    expected = slow_frequency(*case, kind)
    assert float(frequency_error(*case, kind)) == pytest.approx(expected, abs=1e-4)


@given(st.integers(0, 99))
def test_the_masked_term_does_not_know_what_the_robot_does_not_have(seed: int) -> None:
    error, weights, mask = _case(seed, 2, 5, 4)
    noise = 100 * torch.randn(error.shape, generator=torch.Generator().manual_seed(seed + 1))
    other = torch.where(mask > 0, error, noise)
    assert torch.equal(
        frequency_error(error, weights, mask, "masked"),
        frequency_error(other, weights * mask, mask, "masked"),
    )


@given(st.integers(0, 99))
def test_both_terms_agree_where_the_robot_has_every_number(seed: int) -> None:
    error, weights, _ = _case(seed, 2, 5, 4)
    whole = torch.ones_like(error)
    torch.testing.assert_close(
        frequency_error(error, weights, whole, "masked"),
        frequency_error(error, weights, whole, "unmasked"),
    )


def test_a_constant_error_stands_at_frequency_zero() -> None:
    error = torch.full((1, 8, 1), 0.5)
    whole = torch.ones_like(error)
    # |0.5 x 8| in one of five bins.
    assert float(frequency_error(error, whole, whole, "masked")) == pytest.approx(4.0 / 5)


def test_the_unmasked_term_has_a_floor_that_the_masked_one_has_not() -> None:
    error = torch.zeros(1, 8, 4)
    error[..., 2:] = 1.0  # what cannot be known of channels that the robot does not have
    mask = torch.zeros_like(error)
    mask[..., :2] = 1.0
    whole = torch.ones_like(error)
    assert float(frequency_error(error, whole, mask, "masked")) == 0.0
    assert float(frequency_error(error, whole, mask, "unmasked")) > 0.5


def test_nothing_to_compare_is_zero_and_has_gradients() -> None:
    error = torch.randn(2, 4, 3, generator=torch.Generator().manual_seed(0), requires_grad=True)
    whole = torch.ones_like(error)
    assert float(frequency_error(error, whole, whole * 0, "masked").detach()) == 0.0
    assert float(frequency_error(error, whole, whole, "off").detach()) == 0.0
    none = torch.zeros(2, 0, 3)
    assert float(frequency_error(none, none, none, "unmasked")) == 0.0
    frequency_error(error * 0, whole, whole, "masked").backward()
    assert error.grad is not None
    assert bool(error.grad.isfinite().all())
