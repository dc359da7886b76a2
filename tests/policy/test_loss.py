from functools import cache

import msgspec
import pytest
import torch
from hypothesis import given as law
from hypothesis import strategies as st
from tests.policy.golden import (
    ATOL,
    CASES,
    DATA,
    POST,
    fresh_model,
    gap,
    given,
    golden_model,
    prompt_of,
    tensors,
)
from tests.policy.test_frequency import slow_frequency
from tests.policy.test_weighting import slow_weights
from torch import Tensor

from ontakt.contract import BadValue
from ontakt.policy.xr0.frequency import Frequency
from ontakt.policy.xr0.loss import Loss, post_training_loss, squared_error
from ontakt.policy.xr0.model import Xr0Model
from ontakt.policy.xr0.optimizer import freeze
from ontakt.policy.xr0.post_training import Draws, PostTraining, draw


def golden_draws(case: str, length: int) -> Draws:
    hiding = tensors("post_inputs")["train_p4.prefix_rand_u"]
    return Draws(
        t=given(case, "train_t"),
        noise=given(case, "train_noise"),
        prefix_length=length,
        hiding=hiding[: max(length - 2, 0)],
    )


def loss_of(
    model: Xr0Model,
    case: str,
    draws: Draws,
    frequency: Frequency = "masked",
    action: Tensor | None = None,
) -> Loss:
    return post_training_loss(
        model,
        prompt_of(case),
        given(case, "state"),
        given(case, "action") if action is None else action,
        given(case, "action_mask"),
        draws,
        PostTraining(frequency=frequency),
    )


@cache
def evaluated(case: str, length: int, frequency: Frequency) -> Loss:
    """On the golden data, without gradients."""
    with torch.no_grad():
        return loss_of(golden_model(post=True), case, golden_draws(case, length), frequency)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("length", [0, 4])
@pytest.mark.parametrize("on", [0, 1])
def test_losses_and_gradients_are_those_of_the_reference(case: str, length: int, on: int) -> None:
    model = fresh_model(**POST)
    freeze(model)
    loss = loss_of(model, case, golden_draws(case, length), "unmasked" if on else "off")
    loss.total.backward()
    golden = tensors("post_outputs")
    name = f"{case}.train_p{length}_freq{on}"
    assert gap(loss.total, golden[f"{name}.loss"]) <= ATOL
    assert gap(loss.squared, golden[f"{name}.loss_mse"]) <= ATOL
    assert gap(loss.frequency, golden[f"{name}.loss_freq"]) <= ATOL
    assert gap(loss.velocity, golden[f"{case}.train_p{length}.pred_velocity"]) <= ATOL
    if loss.generated is not None:
        assert gap(loss.generated, golden[f"{case}.train_p{length}.online_generated"]) <= ATOL
    gradients = {k: g for k, g in golden.items() if k.startswith(f"{name}.grad.")}
    assert len(gradients) == 5
    for key, gradient in gradients.items():
        found = model.get_parameter(key.removeprefix(f"{name}.grad.")).grad
        assert found is not None
        assert gap(found, gradient) <= ATOL
    without = {name for name, p in model.named_parameters() if p.grad is None}
    assert without == set((DATA / "params_without_grad.txt").read_text().split())


def slow_loss(case: str, length: int, loss: Loss, kind: Frequency) -> tuple[float, float]:
    """Squared and frequency terms from the model's velocity, by one number after another."""
    draws = golden_draws(case, length)
    action, mask = given(case, "action"), given(case, "action_mask")
    repeat, horizon = draws.t.shape[0] // action.shape[0], action.shape[1]
    truth = torch.stack([action[row // repeat] for row in range(draws.t.shape[0])])
    masks = torch.stack([mask[row // repeat] for row in range(draws.t.shape[0])])
    weights = torch.ones_like(truth[:, length:])
    if loss.generated is not None:
        behind = (loss.generated[:, length:], truth[:, length:], masks[:, length:])
        weights = slow_weights(*behind)
    errors = torch.zeros_like(weights)
    total, count = 0.0, 0
    for row in range(truth.shape[0]):
        for step in range(length, horizon):
            for d in range(truth.shape[2]):
                target = float(truth[row, step, d]) - float(draws.noise[row, step, d])
                error = float(loss.velocity[row, step, d]) - target
                errors[row, step - length, d] = error
                if masks[row, step, d]:
                    total += float(weights[row, step - length, d]) * error**2
                    count += 1
    return total / count, slow_frequency(errors, weights, masks[:, length:], kind)


@pytest.mark.parametrize("length", [0, 4])
@pytest.mark.parametrize("kind", ["masked", "unmasked"])
def test_the_loss_is_that_of_the_loops(length: int, kind: Frequency) -> None:
    loss = evaluated("b", length, kind)
    squared, frequency = slow_loss("b", length, loss, kind)
    assert float(loss.squared) == pytest.approx(squared, rel=1e-5)
    assert float(loss.frequency) == pytest.approx(frequency, rel=1e-5)
    assert float(loss.total) == pytest.approx(0.5 * squared + frequency, rel=1e-5)


def test_what_the_robot_does_not_have_moves_no_loss() -> None:
    model, draws = golden_model(post=True), golden_draws("b", 4)
    mask = given("b", "action_mask").repeat_interleave(4, dim=0)
    far = 50 * torch.randn(draws.noise.shape, generator=torch.Generator().manual_seed(3))
    noise = torch.where(mask > 0, draws.noise, far)
    other = Draws(t=draws.t, noise=noise, prefix_length=4, hiding=draws.hiding)
    with torch.no_grad():
        found = loss_of(model, "b", other)
    assert float(found.total) == pytest.approx(float(evaluated("b", 4, "masked").total), abs=1e-5)


def test_prefix_steps_carry_no_loss() -> None:
    """Their velocity is zero whatever the noise, and their noise is replaced."""
    draws = golden_draws("a", 4)
    noise = draws.noise.clone()
    noise[:, :4] = 9.0
    other = Draws(t=draws.t, noise=noise, prefix_length=4, hiding=draws.hiding)
    with torch.no_grad():
        found = loss_of(golden_model(post=True), "a", other)
    known = evaluated("a", 4, "masked")
    assert torch.equal(found.total, known.total)
    assert not found.velocity[:, :4].any()
    assert known.generated is not None
    truth = given("a", "action").repeat_interleave(4, dim=0)
    assert torch.equal(known.generated[:, :4], truth[:, :4])
    assert known.weights.shape == (4, 6, 32)


def test_a_prefix_over_the_whole_horizon_leaves_nothing_to_learn() -> None:
    model = fresh_model(**POST)
    draws = golden_draws("a", 4)
    whole = Draws(t=draws.t, noise=draws.noise, prefix_length=10, hiding=torch.rand(8))
    loss = loss_of(model, "a", whole)
    loss.total.backward()
    assert float(loss.total.detach()) == 0.0
    assert not any(p.grad.any() for p in model.parameters() if p.grad is not None)


def test_draws_of_a_row_are_as_good_as_rows_of_their_own() -> None:
    """One reading of the prompt for four draws gives what four readings would."""
    draws, one = golden_draws("a", 0), []
    with torch.no_grad():
        for row in range(4):
            single = Draws(
                t=draws.t[row : row + 1], noise=draws.noise[row : row + 1], hiding=torch.zeros(0)
            )
            one.append(float(loss_of(golden_model(post=True), "a", single).total))
    total = float(evaluated("a", 0, "masked").total)
    assert sum(one) / 4 == pytest.approx(total, abs=5e-6)


def test_a_row_of_zero_mask_and_a_frequency_term_of_no_weight_are_fine() -> None:
    error = torch.ones(2, 3, 4)
    assert float(squared_error(error, error, error * 0)) == 0.0
    assert float(evaluated("a", 0, "off").frequency) == 0.0


def test_losses_of_a_bfloat16_model_are_float32() -> None:
    model = fresh_model(**POST).to(torch.bfloat16)
    model.hold_rotary()
    loss = loss_of(model, "a", golden_draws("a", 4))
    assert loss.total.dtype == loss.velocity.dtype == loss.weights.dtype == torch.float32
    known = float(evaluated("a", 4, "masked").total)
    assert float(loss.total.detach()) == pytest.approx(known, rel=0.1)


@law(st.integers(0, 9), st.integers(0, 10))
def test_any_draw_has_a_loss(seed: int, length: int) -> None:
    draws = draw(PostTraining(repeat=1), 1, 10, 32, torch.Generator().manual_seed(seed))
    hiding = torch.rand(max(length - 2, 0), generator=torch.Generator().manual_seed(seed))
    draws = msgspec.structs.replace(draws, prefix_length=length, hiding=hiding)
    with torch.no_grad():
        loss = loss_of(golden_model(post=True), "a", draws)
    assert bool(loss.total.isfinite())
    assert float(loss.total) >= 0


def test_draws_and_masks_that_do_not_fit_are_refused() -> None:
    model, draws = golden_model(post=True), golden_draws("b", 0)
    odd = Draws(t=draws.t[:5], noise=draws.noise[:5], hiding=draws.hiding)
    with pytest.raises(BadValue, match="multiple of 2 rows"):
        loss_of(model, "b", odd)
    short = Draws(t=draws.t, noise=draws.noise[:, :9], hiding=draws.hiding)
    with pytest.raises(BadValue, match="shape of noise"):
        loss_of(model, "b", short)
    with pytest.raises(BadValue, match="shape of action_mask"):
        loss_of(model, "b", draws, action=given("b", "action")[:, :9])
