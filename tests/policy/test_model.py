from typing import Any

import msgspec
import pytest
import torch
from tests.policy.golden import (
    ATOL,
    CASES,
    DATA,
    context_of,
    fresh_model,
    gap,
    given,
    golden_model,
    prompt_of,
    tensors,
)
from tests.policy.golden_folder import left_padded
from torch import Tensor

from ontakt.policy.xr0.config import XR0, XR0_COMPACT
from ontakt.policy.xr0.flow import sample
from ontakt.policy.xr0.model import Context, Prompt, Xr0Model

CLOSE = 5e-6
"""Other shapes have torch sum in another order."""


def _actions(
    model: Xr0Model, prompt: Prompt, case: str, rows: slice, prefix: Tensor | None = None
) -> Tensor:
    with torch.no_grad():
        return sample(
            model,
            model.perceive(prompt),
            given(case, "state")[rows],
            given(case, "action_mask")[rows],
            given(case, "noise")[rows],
            prefix,
        )


def _padded(prompt: Prompt, left: int, right: int) -> Prompt:
    """With as much padding on both ends; the numbers in it do not matter."""

    def pad(x: Tensor, value: int) -> Tensor:
        return torch.nn.functional.pad(x, (left, right), value=value)

    return msgspec.structs.replace(
        prompt, input_ids=pad(prompt.input_ids, 0), attention_mask=pad(prompt.attention_mask, 0)
    )


def _row(prompt: Prompt, row: int, images: slice) -> Prompt:
    """One row alone, without padding, with its images."""
    patches = prompt.image_grid_thw.prod(-1).tolist()
    start = sum(patches[: images.start])
    count = sum(patches[images])
    real = prompt.attention_mask[row].bool()
    return Prompt(
        input_ids=prompt.input_ids[row][real][None],
        attention_mask=prompt.attention_mask[row][real][None],
        pixel_values=prompt.pixel_values[start : start + count],
        image_grid_thw=prompt.image_grid_thw[images],
    )


def _turned_around(prompt: Prompt) -> Prompt:
    """The padding of every row moved to the other end."""
    ids, mask = prompt.input_ids.clone(), prompt.attention_mask.clone()
    for row in range(ids.shape[0]):
        count = int(mask[row].sum())
        shift = -count if mask[row, 0] else count
        ids[row], mask[row] = ids[row].roll(shift), mask[row].roll(shift)
    return msgspec.structs.replace(prompt, input_ids=ids, attention_mask=mask)


@pytest.mark.parametrize("case", CASES)
def test_views_and_caches_are_those_of_the_reference(case: str) -> None:
    model, golden, prompt = golden_model(), tensors("outputs"), prompt_of(case)
    with torch.no_grad():
        views = model.see(prompt)
        context = model.read(prompt, views)
    assert gap(views.tokens, golden[f"{case}.visual_embeds"]) <= ATOL
    for i, feature in enumerate(views.deepstack):
        assert gap(feature, golden[f"{case}.deepstack{i}"]) <= ATOL
    real = prompt.attention_mask.bool()[:, None, :, None]
    for i in range(4):
        assert gap(context.keys[i] * real, golden[f"{case}.kv{i}.key"] * real) <= ATOL
        assert gap(context.values[i] * real, golden[f"{case}.kv{i}.value"] * real) <= ATOL
    positions = golden[f"{case}.vlm_position_ids"]
    assert torch.equal(context.position_ids * real[:, 0, :, 0], positions * real[:, 0, :, 0])


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("t", [0.0, 0.2, 0.4, 0.6, 0.8])
def test_velocities_are_those_of_the_reference(case: str, t: float) -> None:
    model, noise = golden_model(), given(case, "noise")
    with torch.no_grad():
        around = model.surround(context_of(case), given(case, "state"), 10)
        times = torch.full((noise.shape[0],), t)
        found = model.velocity(noise, times, around, given(case, "action_mask"))
    assert gap(found, tensors("outputs")[f"{case}.velocity_at_noise_t{t}"]) <= ATOL


@pytest.mark.parametrize("post", [False, True])
def test_a_row_of_a_batch_acts_as_it_does_alone(post: bool) -> None:
    """Case b has two images in the first row and one, with padding, in the second."""
    model, prompt = golden_model(post), prompt_of("b")
    prefix = given("b", "action")[:, :3] if post else None
    batched = _actions(model, prompt, "b", slice(0, 2), prefix)
    for row, images in ((0, slice(0, 2)), (1, slice(2, 3))):
        rows = slice(row, row + 1)
        own = None if prefix is None else prefix[rows]
        alone = _actions(model, _row(prompt, row, images), "b", rows, own)
        assert gap(alone, batched[rows]) <= CLOSE


@pytest.mark.parametrize(("left", "right"), [(3, 0), (0, 3), (5, 2)])
def test_padding_changes_no_action(left: int, right: int) -> None:
    known = _actions(golden_model(), prompt_of("a"), "a", slice(0, 1))
    padded = _padded(prompt_of("a"), left, right)
    assert gap(_actions(golden_model(), padded, "a", slice(0, 1)), known) <= CLOSE


def test_padding_on_the_left_acts_as_padding_on_the_right() -> None:
    model, prompt = golden_model(), prompt_of("b")
    assert not prompt.attention_mask[:, -1].all()
    other = _turned_around(prompt)
    assert not other.attention_mask[:, 0].all()
    rows = slice(0, 2)
    assert gap(_actions(model, other, "b", rows), _actions(model, prompt, "b", rows)) <= CLOSE


def test_rows_padded_on_the_left_stand_where_they_stand_alone() -> None:
    model, prompt = golden_model(), left_padded()
    with torch.no_grad():
        together = model.perceive(prompt)
    for row in range(3):
        with torch.no_grad():
            alone = model.perceive(_row(prompt, row, slice(row, row + 1)))
        real = prompt.attention_mask[row].bool()
        assert torch.equal(together.position_ids[:, row][:, real], alone.position_ids[:, 0])
        for i in range(4):
            assert gap(together.keys[i][row][:, real], alone.keys[i][0]) <= CLOSE


def test_without_window_and_offset_the_post_trained_model_is_the_released_one() -> None:
    """Bit for bit: a window as wide as the horizon is no window."""
    released = _actions(golden_model(), prompt_of("b"), "b", slice(0, 2))
    wide = fresh_model(action_window=10, action_rope_offset=0)
    assert torch.equal(_actions(wide, prompt_of("b"), "b", slice(0, 2)), released)


@pytest.mark.parametrize("changes", [{"action_window": 4}, {"action_rope_offset": 10}])
def test_window_and_offset_each_change_the_actions(changes: dict[str, Any]) -> None:
    released = _actions(golden_model(), prompt_of("a"), "a", slice(0, 1))
    other = fresh_model(**changes)
    assert gap(_actions(other, prompt_of("a"), "a", slice(0, 1)), released) > 1e-3


def test_velocity_is_zero_on_the_prefix_and_not_masked_elsewhere() -> None:
    model, noise, mask = golden_model(post=True), given("a", "noise"), given("a", "action_mask")
    with torch.no_grad():
        around = model.surround(context_of("a"), given("a", "state"), 10, 4)
        found = model.velocity(noise, torch.zeros(1), around, mask)
    assert not found[:, :4].any()
    assert bool(found[:, 4:][mask[:, 4:] == 0].all())


def test_numbers_that_the_robot_does_not_have_are_not_read() -> None:
    model, noise, mask = golden_model(), given("a", "noise"), given("a", "action_mask")
    with torch.no_grad():
        around = model.surround(context_of("a"), given("a", "state"), 10)
        known = model.velocity(noise, torch.zeros(1), around, mask)
        other = torch.where(mask > 0, noise, torch.full_like(noise, 99.0))
        assert torch.equal(model.velocity(other, torch.zeros(1), around, mask), known)


def test_a_repeated_context_is_the_context_of_repeated_rows() -> None:
    context: Context = context_of("b")
    twice = context.repeated(2)
    for name in ("keys", "values"):
        for ours, one in zip(getattr(twice, name), getattr(context, name), strict=True):
            assert torch.equal(ours[0::2], one)
            assert torch.equal(ours[1::2], one)
    assert torch.equal(twice.position_ids[:, 2], context.position_ids[:, 1])
    assert torch.equal(twice.attention_mask[1], context.attention_mask[0])


def test_the_released_architecture_has_the_published_size() -> None:
    with torch.device("meta"):
        model = Xr0Model(XR0)
    assert sum(p.numel() for p in model.parameters()) == 4_716_274_176
    state = model.state_dict()
    assert "vlm.lm_head.weight" in state
    assert len(state) - 1 == 932  # the tied head is not stored
    expert = [p.numel() for name, p in model.named_parameters() if not name.startswith("vlm.")]
    assert sum(expert) == 278_458_368


def test_tensors_have_the_names_and_shapes_of_a_released_checkpoint() -> None:
    lines = (DATA / "state_dict_keys.txt").read_text().splitlines()
    ours = [f"{k}\t{tuple(v.shape)}" for k, v in golden_model().state_dict().items()]
    assert sorted(ours) == sorted(line for line in lines if line)


def test_the_compact_model_is_a_thousandth_of_it() -> None:
    with torch.device("meta"):
        model = Xr0Model(XR0_COMPACT)
    assert 4e6 < sum(p.numel() for p in model.parameters()) < 6e6


@pytest.mark.parametrize("rotary", ["exact", "as_trained"])
def test_rotary_frequencies_survive_a_cast(rotary: str) -> None:
    model = fresh_model(rotary="exact" if rotary == "exact" else "as_trained")
    text = model.vlm.model.language_model.rotary_emb
    before = text.inv_freq.clone()
    model.to(torch.bfloat16)
    model.hold_rotary()
    assert text.inv_freq.dtype == torch.float32
    assert torch.equal(text.inv_freq, before)
    rounded = before.bfloat16().float()
    assert torch.equal(before, rounded) is (rotary == "as_trained")
    assert torch.equal(model.inv_freq(), before)
    exact = 5e6 ** (-torch.arange(0, 16, 2) / 16)
    torch.testing.assert_close(before, exact, atol=0, rtol=1e-6 if rotary == "exact" else 4e-3)
