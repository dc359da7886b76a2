"""The engine against the plain model: the same numbers, however it is asked."""

from pathlib import Path

import msgspec
import pytest
import torch
from tests.policy.golden import CASES, POST, fresh_model, given, golden_model, prompt_of, tensors
from torch import Tensor

from ontakt.contract import BadValue, Jacobian
from ontakt.policy.guidance import Guide, prefix_weights
from ontakt.policy.xr0.checkpoint import load_checkpoint, save_checkpoint
from ontakt.policy.xr0.config import XR0_COMPACT
from ontakt.policy.xr0.engine.dense import Dense, can_pack
from ontakt.policy.xr0.engine.engine import PLANS, Xr0Engine
from ontakt.policy.xr0.flow import draw_noise, sample
from ontakt.policy.xr0.initialisation import new_model
from ontakt.policy.xr0.model import Prompt, Xr0Model

ALIKE = 1e-5
"""Fused and unfused float32 sums differ by a few roundings."""


def station_prompt(words: int = 4, seed: int = 0) -> Prompt:
    """As the compact model sees the station: a head image and two wrists, then words."""
    views = [(1, 4, 4), (1, 6, 6), (1, 6, 6)]
    ids: list[int] = []
    for _, high, wide in views:
        ids += [1, *[3] * (high * wide // 4), 2]
    ids += [5 + k for k in range(words)]
    generator = torch.Generator().manual_seed(seed)
    return Prompt(
        input_ids=torch.tensor([ids]),
        attention_mask=torch.ones(1, len(ids), dtype=torch.long),
        pixel_values=torch.rand(88, 768, generator=generator) * 2 - 1,
        image_grid_thw=torch.tensor(views),
    )


def plain(model: Xr0Model, prompt: Prompt, *rest: Tensor, prefix: Tensor | None = None) -> Tensor:
    with torch.no_grad():
        state, mask, noise = rest
        return sample(model, model.perceive(prompt), state, mask, noise, prefix)


def compact_case(seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    """State, action mask and noise."""
    mask = torch.zeros(1, 16, 32)
    mask[..., :7] = 1
    return draw_noise((1, 1, 32), seed + 1), mask, draw_noise((1, 16, 32), seed)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("length", [0, 1, 4, 10])
def test_it_equals_the_plain_model(case: str, length: int) -> None:
    model = golden_model(post=True)
    prefix = given(case, "action")[:, :length] if length else None
    rest = given(case, "state"), given(case, "action_mask"), given(case, "noise")
    fast = Xr0Engine(model).act(prompt_of(case), *rest, prefix)
    slow = plain(model, prompt_of(case), *rest, prefix=prefix)
    torch.testing.assert_close(fast, slow, atol=ALIKE, rtol=0)
    if prefix is not None:
        assert torch.equal(fast[:, :length], prefix)


def guide(case: str, jacobian: Jacobian, max_weight: float = 5.0) -> Guide:
    """Towards the truth of `case`, two rows firmly, in the dimensions that it has."""
    previous, mask = given(case, "action"), given(case, "action_mask")
    weights = prefix_weights(previous.shape[1], 2, 3)[None, :, None] * mask
    return Guide(previous=previous, weights=weights, max_weight=max_weight, jacobian=jacobian)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("length", [0, 4])
@pytest.mark.parametrize("jacobian", ["exact", "identity"])
def test_guided_it_equals_the_plain_model(case: str, length: int, jacobian: Jacobian) -> None:
    model, told = golden_model(post=True), guide(case, jacobian)
    prefix = given(case, "action")[:, :length] if length else None
    rest = given(case, "state"), given(case, "action_mask"), given(case, "noise")
    engine = Xr0Engine(model)
    fast = engine.act(prompt_of(case), *rest, prefix, guide=told)
    with torch.no_grad():
        context = model.perceive(prompt_of(case))
        slow = sample(model, context, *rest, prefix, guide=told)
    torch.testing.assert_close(fast, slow, atol=5 * ALIKE, rtol=0)
    if prefix is not None:
        assert torch.equal(fast[:, :length], prefix)
    free = engine.act(prompt_of(case), *rest, prefix)
    torch.testing.assert_close(
        free, plain(model, prompt_of(case), *rest, prefix=prefix), atol=ALIKE, rtol=0
    )
    off, was = ((x - told.previous)[:, length:, :7].abs().mean() for x in (fast, free))
    assert float(off) < 0.9 * float(was)


def test_the_two_ways_to_be_guided_are_not_the_same() -> None:
    engine = Xr0Engine(golden_model(post=True))
    rest = given("a", "state"), given("a", "action_mask"), given("a", "noise")
    exact, identity = (
        engine.act(prompt_of("a"), *rest, guide=guide("a", kind)) for kind in ("exact", "identity")
    )
    assert float((exact - identity).abs().max()) > 0.01


def test_left_padding_is_nobodys_business() -> None:
    """One row of the batch, its padding moved from the right to the left."""
    whole = prompt_of("b")
    length = int(whole.attention_mask[1].sum())
    moved = {
        name: torch.roll(getattr(whole, name)[1:], whole.input_ids.shape[1] - length, dims=1)
        for name in ("input_ids", "attention_mask")
    }
    patches = int(whole.image_grid_thw[2].prod())
    alone = msgspec.structs.replace(
        whole,
        **moved,
        pixel_values=whole.pixel_values[-patches:],
        image_grid_thw=whole.image_grid_thw[2:],
    )
    rest = [given("b", name) for name in ("state", "action_mask", "noise")]
    engine = Xr0Engine(golden_model())
    left = engine.act(alone, *(part[1:] for part in rest))
    torch.testing.assert_close(left[0], engine.act(whole, *rest)[1], atol=5e-6, rtol=0)


def test_the_compact_model_equals_the_plain_one() -> None:
    model = new_model(XR0_COMPACT, seed=3)
    rest = compact_case()
    fast = Xr0Engine(model).act(station_prompt(), *rest)
    torch.testing.assert_close(fast, plain(model, station_prompt(), *rest), atol=ALIKE, rtol=0)


def test_nothing_of_one_observation_is_left_for_the_next() -> None:
    """Answers do not depend on what was asked before: buffers are rewritten whole."""
    model = new_model(XR0_COMPACT, seed=3)
    busy = Xr0Engine(model)
    prefix = draw_noise((1, 5, 32), 9)
    for seed, words in ((1, 4), (2, 6), (1, 4)):
        for held in (None, prefix):
            rest = compact_case(seed)
            prompt = station_prompt(words, seed)
            assert torch.equal(
                busy.act(prompt, *rest, held), Xr0Engine(model).act(prompt, *rest, held)
            )


def test_one_plan_serves_every_prefix_length() -> None:
    """Nothing is captured anew in the middle of a motion."""
    model = golden_model(post=True)
    engine = Xr0Engine(model)
    rest = given("b", "state"), given("b", "action_mask"), given("b", "noise")
    plans = set()
    for length in (0, 4, 2, 0, 4):
        prefix = given("b", "action")[:, :length] if length else None
        plans.add(id(engine.feed(prompt_of("b"), *rest, prefix)))
        slow = plain(model, prompt_of("b"), *rest, prefix=prefix)
        fast = engine.act(prompt_of("b"), *rest, prefix)
        torch.testing.assert_close(fast, slow, atol=ALIKE, rtol=0)
    assert len(plans) == 1


@pytest.mark.parametrize("which", [0, 1, 2, 3])
def test_what_would_be_stretched_to_the_batch_is_refused(which: int) -> None:
    parts = [given("b", name) for name in ("state", "action_mask", "noise")]
    parts.append(given("b", "action")[:, :4])
    parts[which] = parts[which][:1]
    with pytest.raises(BadValue, match="Shape of the"):
        Xr0Engine(golden_model()).act(prompt_of("b"), *parts)


def test_an_answer_stays_what_it_was() -> None:
    engine = Xr0Engine(new_model(XR0_COMPACT, seed=3))
    first = engine.act(station_prompt(), *compact_case(1))
    kept = first.clone()
    engine.act(station_prompt(seed=5), *compact_case(2))
    assert torch.equal(first, kept)


def test_plans_are_kept_and_the_oldest_are_dropped() -> None:
    engine = Xr0Engine(new_model(XR0_COMPACT, seed=3))
    first = engine.plan(station_prompt(), 16)
    assert engine.plan(station_prompt(seed=8), 16) is first
    for words in range(5, 5 + PLANS):
        engine.plan(station_prompt(words), 16)
    assert engine.plan(station_prompt(), 16) is not first


@pytest.mark.parametrize("steps", [1, 2, 10])
def test_any_number_of_steps(steps: int) -> None:
    model = golden_model()
    rest = given("a", "state"), given("a", "action_mask"), given("a", "noise")
    with torch.no_grad():
        slow = sample(model, model.perceive(prompt_of("a")), *rest, steps=steps)
    fast = Xr0Engine(model, steps).act(prompt_of("a"), *rest)
    torch.testing.assert_close(fast, slow, atol=ALIKE, rtol=0)


def test_a_model_with_an_engine_still_trains_and_saves(tmp_path: Path) -> None:
    """Laying weights side by side leaves the parameters what they were, names and all."""
    model = fresh_model(**POST)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    Xr0Engine(model)
    after = model.state_dict()
    assert list(after) == list(before)
    assert all(torch.equal(after[name], value) for name, value in before.items())
    context = model.perceive(prompt_of("a"))
    around = model.surround(context, given("a", "state"), 10)
    model.velocity(
        given("a", "noise"), torch.zeros(1), around, given("a", "action_mask")
    ).sum().backward()
    gate = model.get_parameter("dit.layers.0.mlp.gate_proj.weight")
    assert gate.grad is not None
    assert float(gate.grad.abs().max()) > 0
    save_checkpoint(model, tmp_path / "saved")
    loaded = load_checkpoint(tmp_path / "saved").state_dict()
    assert all(torch.equal(loaded[name], value) for name, value in before.items())


def test_half_precision_stays_near() -> None:
    """bfloat16 has 8 bits of mantissa; the engine may not add to what the plain model loses."""
    model = new_model(XR0_COMPACT, seed=3)
    rest = compact_case()
    exact = plain(model, station_prompt(), *rest)
    half = new_model(XR0_COMPACT, seed=3).to(torch.bfloat16)
    half.hold_rotary()
    slow = plain(half, station_prompt(), *rest)
    fast = Xr0Engine(half).act(station_prompt(), *rest)
    assert float((fast - exact).abs().max()) < 2 * float((slow - exact).abs().max()) + 1e-3


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.torch.jit.script_method.:DeprecationWarning")  # torch's own
def test_compiled_it_is_one_graph_a_stage_and_equal() -> None:
    """Nothing in the stages asks the CPU for a number, which is also what a CUDA graph needs."""
    model = golden_model(post=True)
    engine = Xr0Engine(model, acceleration="compile")
    rest = given("a", "state"), given("a", "action_mask"), given("a", "noise")
    for length in (0, 4):
        prefix = given("a", "action")[:, :length] if length else None
        fast = engine.act(prompt_of("a"), *rest, prefix)
        name = f"a.eval_p{length}.actions"
        torch.testing.assert_close(fast, tensors("post_outputs")[name], atol=2e-5, rtol=0)


@pytest.mark.parametrize("pack", [False, True])
@pytest.mark.parametrize("layers", [1, 3])
def test_a_dense_product_is_the_layers_side_by_side(layers: int, pack: bool) -> None:
    generator = torch.Generator().manual_seed(0)
    linears = [torch.nn.Linear(24, 8 + k) for k in range(layers)]
    x = torch.randn(2, 5, 24, generator=generator)
    with torch.no_grad():
        wanted = torch.cat([linear(x) for linear in linears], dim=-1)
        torch.testing.assert_close(Dense(linears, pack)(x), wanted, atol=1e-6, rtol=0)


def test_only_what_onednn_takes_is_packed() -> None:
    assert not can_pack(torch.zeros(2, 2, dtype=torch.bfloat16))
    assert not can_pack(torch.zeros(2, 2, device="meta"))
