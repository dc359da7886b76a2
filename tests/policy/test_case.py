from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ontakt.contract.errors import BadValue
from ontakt.policy.bench.case import make_case, read_case
from ontakt.policy.bench.stand_in import StandInTokenizer
from ontakt.policy.fresh_checkpoint import find_body, write_fresh
from ontakt.policy.xr0.config import XR0, XR0_COMPACT, Xr0Config


@pytest.mark.parametrize("config", [XR0, XR0_COMPACT], ids=["xr0", "compact"])
@pytest.mark.parametrize("views", [1, 2, 3, 5])
def test_a_case_has_as_many_views_and_actions_as_asked(config: Xr0Config, views: int) -> None:
    case = make_case(config, views=views, horizon=7, prefix_length=2)
    inputs = case.processor.inputs(case.observation, case.prefix)
    assert len(inputs.image_grid_thw) == views
    assert inputs.action_mask.shape == (1, 7, 32)
    assert inputs.prefix is not None
    assert inputs.prefix.shape == (1, 2, 32)
    ids = inputs.input_ids[0]
    assert ids.max() < config.text["vocab_size"]
    tokens = inputs.image_grid_thw.prod(axis=1).sum() // 4
    assert (ids == config.vlm_config["image_token_id"]).sum() == tokens


def test_a_case_is_the_same_for_the_same_seed() -> None:
    one, same, other = (make_case(XR0_COMPACT, seed=seed) for seed in (1, 1, 2))
    pixels = [c.processor.inputs(c.observation).pixel_values for c in (one, same, other)]
    assert np.array_equal(pixels[0], pixels[1])
    assert not np.array_equal(pixels[0], pixels[2])


def test_an_image_of_another_size_makes_another_prompt() -> None:
    small = make_case(XR0, image=(320, 256)).shape(5)
    large = make_case(XR0, image=(320, 160)).shape(5)
    assert small.grids == ((1, 16, 20),) * 3
    assert large.grids == ((1, 10, 20),) * 3
    assert small.prompt - large.prompt == 3 * 30


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"views": 0}, "--views is 0"),
        ({"horizon": 0}, "--horizon is 0"),
        ({"prefix_length": 17}, "--prefix is 17; it is from 0 to 16"),
        ({"prefix_length": -1}, "--prefix is -1"),
    ],
)
def test_what_cannot_be_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(BadValue, match=message):
        make_case(XR0_COMPACT, **change)


def test_a_checkpoint_brings_its_own_case(tmp_path: Path) -> None:
    write_fresh(tmp_path, XR0_COMPACT, "mine", find_body("ontakt-compact"))
    case = read_case(tmp_path, XR0_COMPACT, "mine", prefix_length=3)
    assert case.words == "the checkpoint's"
    assert case.shape(5) == make_case(XR0_COMPACT, prefix_length=3).shape(5)


def test_a_stand_in_has_a_token_for_every_word_and_mark() -> None:
    tokenizer = StandInTokenizer(XR0)
    text = "# Ego View\n<|vision_start|><|image_pad|><|vision_end|>\nGo on."
    ids = tokenizer.encode(text, add_special_tokens=False)
    assert len(ids) == 4 + 3 + 1 + 3
    assert ids[4:7] == [151652, 151655, 151653]
    assert max(ids[:4] + ids[7:]) < 151652


def test_a_stand_in_cannot_be_kept(tmp_path: Path) -> None:
    with pytest.raises(BadValue, match="a stand-in"):
        StandInTokenizer(XR0).save_pretrained(tmp_path)
