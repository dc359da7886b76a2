"""Batches against the processor, lesson by lesson, and chance as a function of the step."""

from typing import Any

import msgspec
import numpy as np
import pytest
import torch
from tests.policy.training.tiny import (
    LONGEST,
    STILL,
    TEXTS,
    episode,
    lesson,
    processor,
    table,
    training,
)
from torch import Tensor

from ontakt.contract import BadValue, Lesson
from ontakt.policy.training.augmentation import Augmentation
from ontakt.policy.training.batches import Batch, Batches
from ontakt.policy.training.prefetch import ahead, in_order
from ontakt.policy.xr0.post_training import PostTraining

LESSONS: list[Lesson] = [one for k in range(4) for one in episode(k).lessons]


def batches(
    augmentation: Augmentation = STILL, shares: tuple[float, ...] = (1, 1), **changes: Any
) -> Batches:
    settings: dict[str, Any] = {
        "size": 4,
        "seed": 0,
        "post_training": training().post_training,
    } | changes
    return Batches(table(), processor(), augmentation=augmentation, shares=shares, **settings)


def tensors(batch: Any) -> list[Tensor]:
    """All of a batch's, in their order."""
    if isinstance(batch, Tensor):
        return [batch]
    if isinstance(batch, msgspec.Struct):
        return [t for f in batch.__struct_fields__ for t in tensors(getattr(batch, f))]
    return []


def same(a: Batch, b: Batch) -> bool:
    return all(torch.equal(x, y) for x, y in zip(tensors(a), tensors(b), strict=True))


def lesson_of(batch: Batch, row: int) -> Lesson:
    """The lesson with this state."""
    states = np.stack([processor().state(one.observation) for one in LESSONS])
    away = np.abs(states - batch.state[row, 0].numpy()).max(axis=1)
    assert away.min() == 0
    return LESSONS[int(away.argmin())]


@pytest.mark.parametrize("step", range(8))
def test_a_batch_is_what_the_processor_makes_of_its_lessons(step: int) -> None:
    batch = batches().at(step)
    per = len(batch.prompt.pixel_values) // 4
    for row in range(4):
        one = lesson_of(batch, row)
        inputs = processor().inputs(one.observation)
        length = inputs.input_ids.shape[1]
        np.testing.assert_array_equal(batch.prompt.input_ids[row, :length], inputs.input_ids[0])
        assert batch.prompt.attention_mask[row].sum() == length
        pixels = batch.prompt.pixel_values[row * per : (row + 1) * per]
        np.testing.assert_array_equal(pixels, inputs.pixel_values)
        grids = batch.prompt.image_grid_thw[3 * row : 3 * row + 3]
        np.testing.assert_array_equal(grids, inputs.image_grid_thw)
        np.testing.assert_array_equal(batch.mask[row], inputs.action_mask[0])
        answer = one.behind if batch.draws.prefix_length else one.free
        wanted = processor().encode_chunk(answer, one.observation)
        np.testing.assert_allclose(batch.action[row], wanted, rtol=1e-5, atol=1e-4)


def test_a_prefix_is_what_was_really_committed() -> None:
    cut, seen = batches(), set()
    for step in range(40):
        batch = cut.at(step)
        length = batch.draws.prefix_length
        seen.add(length)
        if length:
            assert {lesson_of(batch, row).committed for row in range(4)} == {length}
    assert seen == set(range(LONGEST + 1))


def test_where_the_views_of_the_sides_end() -> None:
    batch, image = batches().at(0), processor().image_token
    for row in range(4):
        ids = batch.prompt.input_ids[row].tolist()
        for end in batch.ends[row].tolist():
            assert ids[end - 1] == image
            assert ids[end] != image
        assert ids[int(batch.ends[row, 1]) :].count(image) == 0
        assert ids[: int(batch.ends[row, 0])].count(image) == 3 + 9


def test_the_same_step_is_the_same_batch_and_another_is_another() -> None:
    lit = Augmentation(mirror=True, light=True)
    assert same(batches(lit).at(3), batches(lit).at(3))
    assert not same(batches(lit).at(3), batches(lit).at(4))
    assert not same(batches(lit).at(3), batches(lit, seed=1).at(3))


def test_several_processes_cut_together_what_one_cuts_alone() -> None:
    lit = Augmentation(mirror=True, light=True)
    for step in range(6):
        whole = batches(lit, size=6).at(step)
        parts = [batches(lit, size=6, part=k, parts=3).at(step) for k in range(3)]
        for name in ("state", "action", "mask", "ends"):
            assert torch.equal(torch.cat([getattr(p, name) for p in parts]), getattr(whole, name))
        pixels = torch.cat([part.prompt.pixel_values for part in parts])
        assert torch.equal(pixels, whole.prompt.pixel_values)
        assert torch.equal(torch.cat([part.draws.noise for part in parts]), whole.draws.noise)
        assert {part.draws.prefix_length for part in parts} == {whole.draws.prefix_length}


def test_shares_are_kept() -> None:
    cut = batches(shares=(0, 1), size=8)
    second = {id(one) for k in (2, 3) for one in LESSONS[6 * k : 6 * k + 6]}
    for step in range(6):
        batch = cut.at(step)
        assert {id(lesson_of(batch, row)) for row in range(8)} <= second
    tenth = batches(shares=(9, 1), size=100, post_training=PostTraining()).at(0)
    first = sum(lesson_of(tenth, row) in LESSONS[:12] for row in range(100))
    assert 80 <= first <= 98


def test_batches_cut_ahead_are_the_same() -> None:
    cut = batches(Augmentation(mirror=True, light=True)).at
    for one, other in zip(in_order(cut, 2, 15), ahead(cut, 2, 15), strict=True):
        assert same(one, other)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(BadValue, match="no lesson has 4 committed actions"):
        batches(post_training=PostTraining(committed=True, longest_prefix=4))
    with pytest.raises(BadValue, match="one for each of the 2 data sets"):
        batches(shares=(1,))
    with pytest.raises(BadValue, match="none is negative"):
        batches(shares=(-1, 2))
    with pytest.raises(BadValue, match="multiple of the 3 processes"):
        batches(parts=3)


def test_half_of_the_lessons_are_mirrored() -> None:
    cut, told = batches(Augmentation(mirror=True, light=False), size=200), 0
    states = {processor().state(one.observation).tobytes() for one in LESSONS}
    batch = cut.at(0)
    told = sum(batch.state[row, 0].numpy().tobytes() in states for row in range(200))
    assert 70 <= told <= 130
    assert len({lesson(k).observation.instruction for k in range(4)}) == len(TEXTS)
