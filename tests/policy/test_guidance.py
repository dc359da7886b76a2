"""Guidance against closed forms, finite differences and a slow reading of the paper."""

import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import given as law
from hypothesis import strategies as st
from torch import Tensor

from ontakt.contract import BadValue, Jacobian
from ontakt.policy.guidance import guidance_weight, guided, prefix_weights

JACOBIANS: tuple[Jacobian, ...] = ("exact", "identity")


def slow_weights(horizon: int, delay: int, execute: int) -> list[float]:
    """Row by row, as the paper writes it."""
    weights = []
    end = horizon - execute
    for i in range(horizon):
        if i >= end:
            weights.append(0.0)
        elif i < delay:
            weights.append(1.0)
        else:
            c = (end - i) / (end - delay + 1)  # i >= delay: delay < end
            weights.append(c * (math.exp(c) - 1) / (math.e - 1))
    return weights


def test_the_weights_are_those_of_a_table_made_by_hand() -> None:
    """H 8, d 2, s 3: c falls from 3/4 to 1/4 over rows 2, 3 and 4."""
    by_hand = [1, 1, 0.75 * 1.1170000 / 1.7182818, 0.5 * 0.6487213 / 1.7182818,
               0.25 * 0.2840254 / 1.7182818, 0, 0, 0]  # fmt: skip
    torch.testing.assert_close(prefix_weights(8, 2, 3), torch.tensor(by_hand))


@law(st.data())
def test_the_weights_are_the_papers(data: st.DataObject) -> None:
    horizon = data.draw(st.integers(1, 40))
    execute = data.draw(st.integers(0, horizon))
    delay = data.draw(st.integers(0, horizon))
    weights = prefix_weights(horizon, delay, execute)
    assert weights.tolist() == pytest.approx(slow_weights(horizon, delay, execute), abs=1e-6)
    end = horizon - execute
    assert bool((weights[: min(delay, end)] == 1).all())
    assert bool((weights[end:] == 0).all())
    assert bool((weights[:-1] >= weights[1:]).all())


@pytest.mark.parametrize(("delay", "execute"), [(-1, 3), (9, 3), (3, 9), (3, -1)])
def test_rows_that_cannot_be_are_refused(delay: int, execute: int) -> None:
    with pytest.raises(BadValue, match="delay"):
        prefix_weights(8, delay, execute)


def test_the_factor_is_the_papers_between_its_bounds() -> None:
    for t in (0.1, 0.2, 0.4, 0.5, 0.6, 0.8, 0.9):
        r2 = (1 - t) ** 2 / (t**2 + (1 - t) ** 2)
        assert guidance_weight(t, 100.0) == pytest.approx((1 - t) / (t * r2))
    assert guidance_weight(0.5, 5.0) == pytest.approx(2.0)
    for t in (0.0, 1.0, 1e-300):
        assert guidance_weight(t, 5.0) == 5.0
    assert guidance_weight(0.5, 0.5) == 0.5


def linear(seed: int = 0, size: int = 12) -> tuple[Callable[[Tensor], Tensor], Tensor]:
    """A field v = A x over all numbers of a (1, 4, 3) chunk at once, and its A."""
    generator = torch.Generator().manual_seed(seed)
    matrix = torch.randn(size, size, generator=generator, dtype=torch.float64)
    return (lambda x: (matrix @ x.flatten()).view_as(x)), matrix


def wiggly(seed: int = 0) -> Callable[[Tensor], Tensor]:
    """A field in which every number hangs on every other, and not in a line."""
    generator = torch.Generator().manual_seed(seed)
    first = torch.randn(12, 20, generator=generator, dtype=torch.float64)
    second = torch.randn(20, 12, generator=generator, dtype=torch.float64) / 4
    return lambda x: (torch.tanh(x.flatten() @ first) @ second).view_as(x)


def chunks(seed: int = 1) -> tuple[Tensor, Tensor, Tensor]:
    """A place, the chunk before and weights, (1, 4, 3) each."""
    generator = torch.Generator().manual_seed(seed)
    x, previous = torch.randn(2, 1, 4, 3, generator=generator, dtype=torch.float64)
    return x, previous, torch.rand(1, 4, 3, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("t", [0.0, 0.2, 0.6, 0.8])
def test_along_a_linear_field_it_is_the_closed_form(t: float) -> None:
    """y = (I + (1 - t) A) x, so its Jacobian is I + (1 - t) A wherever x is."""
    field, matrix = linear()
    x, previous, weights = chunks()
    jacobian = torch.eye(12, dtype=torch.float64) + (1 - t) * matrix
    error = (weights * (previous - (jacobian @ x.flatten()).view_as(x))).flatten()
    factor = min(5.0, (t**2 + (1 - t) ** 2) / (t * (1 - t))) if t else 5.0
    for kind, drawn in (("exact", jacobian.T @ error), ("identity", error)):
        wanted = field(x) + factor * drawn.view_as(x)
        found = guided(field, x, t, previous, weights, 5.0, kind)  # type: ignore[arg-type]
        torch.testing.assert_close(found, wanted)


def test_the_exact_correction_is_that_of_finite_differences() -> None:
    """Column by column, by moving one number of x at a time: the correction is the gradient of
    -1/2 sum W (A - y)^2 for an A that does not move."""
    field, t = wiggly(), 0.4
    x, previous, weights = chunks()

    def cost(at: Tensor) -> float:
        end = at + (1 - t) * field(at)
        return float((weights * (previous - end) ** 2).sum()) / 2

    step, slow = 1e-5, torch.zeros(12, dtype=torch.float64)
    for k in range(12):
        there = torch.zeros(12, dtype=torch.float64)
        there[k] = step
        moved = there.view_as(x)
        slow[k] = -(cost(x + moved) - cost(x - moved)) / (2 * step)
    factor = guidance_weight(t, 5.0)
    found = (guided(field, x, t, previous, weights, 5.0, "exact") - field(x)) / factor
    torch.testing.assert_close(found.flatten(), slow, atol=1e-8, rtol=1e-6)


def test_watching_x_too_late_would_give_the_identity() -> None:
    """On a field that bends, the two are not the same: the network is part of the derivative."""
    field = wiggly()
    x, previous, weights = chunks()
    exact, identity = (guided(field, x, 0.4, previous, weights, 5.0, kind) for kind in JACOBIANS)
    assert float((exact - identity).abs().max()) > 0.1


def test_the_networks_weights_may_be_trained_ones() -> None:
    """Parameters that want gradients get none from it, and the answer hangs on no graph."""
    layer = torch.nn.Linear(3, 3)
    x, previous, weights = (part.float() for part in chunks())
    for kind in JACOBIANS:
        with torch.no_grad():
            found = guided(layer, x, 0.4, previous, weights, 5.0, kind)
        assert not found.requires_grad
    assert layer.weight.grad is None
    assert not x.requires_grad


@pytest.mark.parametrize("kind", JACOBIANS)
def test_rows_without_weight_do_not_pull(kind: Jacobian) -> None:
    """Whatever stands there, were it infinite, in a field that keeps rows apart."""

    def field(x: Tensor) -> Tensor:
        return torch.sin(x)

    x, previous, _ = chunks()
    weights = prefix_weights(4, 1, 2).double()[None, :, None].expand(1, 4, 3)
    one, other = previous.clone(), previous.clone()
    other[:, 2:] += 1e6
    drawn = [guided(field, x, 0.4, goal, weights, 5.0, kind) for goal in (one, other)]
    assert torch.equal(drawn[0], drawn[1])
    assert torch.equal(drawn[0][:, 2:], field(x)[:, 2:])
    assert not torch.equal(drawn[0][:, :2], field(x)[:, :2])


@pytest.mark.parametrize("kind", JACOBIANS)
def test_a_small_bound_clips_the_correction(kind: Jacobian) -> None:
    field = wiggly()
    x, previous, weights = chunks()
    whole = guided(field, x, 0.0, previous, weights, 5.0, kind) - field(x)
    assert bool(torch.isfinite(whole).all())
    fifth = guided(field, x, 0.0, previous, weights, 1.0, kind) - field(x)
    torch.testing.assert_close(whole, 5 * fifth)
    # At t = 0.5 the factor is 2: a larger bound does not reach it.
    wide, wider = (guided(field, x, 0.5, previous, weights, bound, kind) for bound in (2.5, 100.0))
    assert torch.equal(wide, wider)


@pytest.mark.parametrize("kind", JACOBIANS)
def test_the_flow_arrives_nearer_to_the_chunk_before(kind: Jacobian) -> None:
    """Five steps through a field that leads near to 0 from everywhere: whatever x is, it takes
    seven tenths of the way. The exact correction knows that three tenths of a push arrive."""

    def run(max_weight: float) -> Tensor:
        x = chunks()[0]
        for k in range(5):
            t = k / 5

            def field(at: Tensor, t: float = t) -> Tensor:
                return -at / (1 - t) * 0.7

            x = x + guided(field, x, t, previous, weights, max_weight, kind) / 5
        return x

    _, previous, _ = chunks()
    weights = torch.ones(1, 4, 3, dtype=torch.float64)
    far, near = ((run(bound) - previous).abs().max() for bound in (0.0, 5.0))
    assert float(near) < {"exact": 0.7, "identity": 0.3}[kind] * float(far)
