import pytest
import torch
from hypothesis import given as law
from hypothesis import strategies as st
from tests.policy.golden import (
    ATOL,
    CASES,
    context_of,
    gap,
    given,
    golden_model,
    prompt_of,
    tensors,
)

from ontakt.policy.xr0.flow import STEPS, draw_noise, euler, sample, with_prefix


@pytest.mark.parametrize("case", CASES)
def test_every_euler_step_is_that_of_the_reference(case: str) -> None:
    model, golden = golden_model(), tensors("outputs")
    noise, mask = given(case, "noise"), given(case, "action_mask")
    with torch.no_grad():
        around = model.surround(context_of(case), given(case, "state"), 10)
        steps = list(euler(model, around, mask, noise))
    assert len(steps) == STEPS + 1
    assert [step.t for step in steps] == pytest.approx([0.0, 0.2, 0.4, 0.6, 0.8, 1.0])
    for k, step in enumerate(steps[1:], start=1):
        assert gap(step.x, golden[f"{case}.x_after_step{k}"]) <= ATOL
    assert gap(steps[-1].x, golden[f"{case}.actions_5"]) <= ATOL


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("length", [0, 4])
def test_every_step_behind_a_prefix_is_that_of_the_reference(case: str, length: int) -> None:
    model, golden = golden_model(post=True), tensors("post_outputs")
    prefix = given(case, "action")[:, :length]
    with torch.no_grad():
        around = model.surround(context_of(case), given(case, "state"), 10, length)
        start = with_prefix(given(case, "noise"), prefix)
        *steps, last = euler(model, around, given(case, "action_mask"), start)
    for k, step in enumerate(steps):
        assert gap(step.x, golden[f"{case}.eval_p{length}.z_step{k}"]) <= ATOL
        assert gap(step.v, golden[f"{case}.eval_p{length}.v_step{k}"]) <= ATOL
    assert gap(last.x, golden[f"{case}.eval_p{length}.actions"]) <= ATOL
    assert torch.equal(last.x[:, :length], prefix)


@pytest.mark.parametrize("case", CASES)
def test_rounded_rotary_frequencies_give_the_actions_as_trained(case: str) -> None:
    model = golden_model(rotary="as_trained")
    golden = tensors("outputs")[f"{case}.actions_5_bf16rope"]
    context = model.perceive(prompt_of(case))
    with torch.no_grad():
        found = sample(
            model, context, given(case, "state"), given(case, "action_mask"), given(case, "noise")
        )
    assert gap(found, golden) <= ATOL
    # The two ways are told apart: rounding moves actions by more than any tolerance here.
    assert gap(golden, tensors("outputs")[f"{case}.actions_5"]) > 10 * ATOL


@pytest.mark.parametrize("case", CASES)
def test_noise_of_a_seed_is_the_reference_noise(case: str) -> None:
    noise = given(case, "noise")
    assert torch.equal(draw_noise(tuple(noise.shape), int(given(case, "seed"))), noise)


def test_noise_does_not_touch_the_chance_of_others() -> None:
    torch.manual_seed(3)
    before = torch.random.get_rng_state()
    assert not torch.equal(draw_noise((4,), 1), draw_noise((4,), 2))
    assert torch.equal(torch.random.get_rng_state(), before)


@law(st.integers(0, 6))
def test_a_prefix_takes_the_place_of_the_first_noise(length: int) -> None:
    noise, prefix = draw_noise((2, 6, 3), 0), torch.ones(2, length, 3)
    begun = with_prefix(noise, prefix)
    assert torch.equal(begun[:, :length], prefix)
    assert torch.equal(begun[:, length:], noise[:, length:])
    assert with_prefix(noise, None) is noise


def test_more_steps_come_nearer_to_the_flow() -> None:
    model = golden_model()

    def run(steps: int) -> torch.Tensor:
        with torch.no_grad():
            return sample(
                model,
                context_of("a"),
                given("a", "state"),
                given("a", "action_mask"),
                given("a", "noise"),
                steps=steps,
            )

    fine = run(160)
    assert gap(run(80), fine) < gap(run(20), fine) < gap(run(5), fine)
