"""What a training begins with."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch
from tests.policy.training.tiny import HORIZON, ROBOT, config, processor, table

from ontakt.contract import BadValue, SetupError
from ontakt.policy.training.beginning import FLOOR, begin, with_statistics
from ontakt.policy.training.recipe import PUBLISHED, SMALL
from ontakt.policy.xr0.checkpoint import save_checkpoint
from ontakt.policy.xr0.config import XR0_COMPACT
from ontakt.policy.xr0.initialisation import new_model


def test_statistics_are_those_of_the_free_answers() -> None:
    made = with_statistics(processor(), table()).statistics
    rows = table().free.astype(np.float64)
    mean = rows.sum(axis=0) / len(rows)
    spread = np.sqrt(((rows - mean) ** 2).sum(axis=0) / len(rows))
    used = np.zeros(32)
    used[[*range(7), *range(14, 21)]] = 1
    np.testing.assert_allclose(made.mean, mean * used, atol=1e-6)
    np.testing.assert_allclose(made.std, np.maximum(spread, FLOOR) * used, rtol=1e-5)
    still = msgspec.structs.replace(table(), free=np.ones_like(table().free))
    assert set(with_statistics(processor(), still).statistics.std[:, 0]) == {np.float32(FLOOR)}
    assert made.robot_type == ROBOT
    assert made.horizon == HORIZON


def test_the_recipe_decides_what_differs_in_a_post_trained_model(tmp_path: Path) -> None:
    small = begin(config(), None, None, SMALL, 8).config
    assert (small.action_window, small.action_rope_offset, small.rotary) == (4, 10, "exact")
    assert small.trained_prefix == 8
    save_checkpoint(new_model(config()), tmp_path)
    published = begin(None, tmp_path, None, PUBLISHED, 6)
    assert published.config.rotary == "as_trained"
    assert published.config.longest_prefix == 6
    assert not published.fresh_statistics
    model = published.model(0, torch.device("cpu"))
    assert model.config.rotary == "as_trained"
    first = new_model(config()).state_dict()
    assert all(torch.equal(value, first[name]) for name, value in model.state_dict().items())


def test_a_model_from_nothing_is_that_of_its_seed() -> None:
    made = begin(config(), None, None, SMALL, 8).model(5, torch.device("cpu")).state_dict()
    wanted = new_model(config(), 5).state_dict()
    assert all(torch.equal(value, wanted[name]) for name, value in made.items())


def test_another_layout_is_refused(tmp_path: Path) -> None:
    save_checkpoint(new_model(config()), tmp_path)
    with pytest.raises(SetupError, match="another layout"):
        begin(XR0_COMPACT, tmp_path, None, SMALL, 8)
    with pytest.raises(BadValue, match="config"):
        begin(None, None, None, SMALL, 8)
    with pytest.raises(SetupError, match="Unknown embodiment"):
        begin(config(), None, "nobody", SMALL, 8).processor(ROBOT)
