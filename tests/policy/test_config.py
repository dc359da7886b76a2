import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.policy.golden import DATA

from ontakt.contract import BadValue, SetupError, UnknownName
from ontakt.policy.xr0.config import (
    CONFIGS,
    XR0,
    XR0_COMPACT,
    DitConfig,
    Xr0Config,
    find_config,
    read_config,
    write_config,
)


def _edited(folder: Path, **changes: Any) -> Path:
    raw = json.loads((DATA / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(raw | changes))
    return folder


def test_a_released_configuration_reads_as_released() -> None:
    config = read_config(DATA)
    assert config.action_window is None
    assert config.action_rope_offset == 0
    assert config.rotary == "exact"
    assert (config.text_layers, config.first_layer) == (4, 2)
    assert config.dit_config.heads == 4
    assert (config.text_head_dim, config.text_kv_heads) == (16, 2)


@pytest.mark.parametrize("config", [*CONFIGS.values(), read_config(DATA)])
def test_what_is_written_reads_back(config: Xr0Config, tmp_path: Path) -> None:
    write_config(config, tmp_path)
    assert read_config(tmp_path) == config
    assert json.loads((tmp_path / "config.json").read_text())["model_type"] == "mibot"


def test_configurations_have_names() -> None:
    assert find_config("xr0") is XR0
    assert find_config("xr0-compact") is XR0_COMPACT
    with pytest.raises(UnknownName, match="xr0-compact"):
        find_config("xr0-compcat")


def test_the_released_one_reads_the_last_sixteen_layers_of_the_cache() -> None:
    assert XR0.first_layer == 20
    assert XR0.dit_config.heads == XR0.text_kv_heads == 8


@pytest.mark.parametrize("text", ["", "{", "[]", '{"model_type": "gpt"}', '{"vlm_config": {}}'])
def test_what_is_no_configuration_of_an_xr0_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(SetupError, match=r"config\.json"):
        read_config(tmp_path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"config\.json"):
        read_config(tmp_path)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"dit_config": {"hidden_size": 65, "head_dim": 16}}, "hidden_size"),
        ({"dit_config": {"hidden_size": 64, "head_dim": 32}}, "num_key_value_heads"),
        ({"dit_config": {"hidden_size": "wide"}}, "hidden_size"),
        ({"action_window": -1}, "action_window"),
        ({"rotary": "about"}, "rotary"),
    ],
)
def test_values_that_fit_no_model_are_named(
    changes: dict[str, Any], named: str, tmp_path: Path
) -> None:
    with pytest.raises(SetupError, match=named):
        read_config(_edited(tmp_path, **changes))


def test_more_dit_layers_than_the_cache_has_are_refused() -> None:
    deep = DitConfig(hidden_size=64, num_hidden_layers=5, head_dim=16, num_key_value_heads=2)
    with pytest.raises(BadValue, match="num_hidden_layers"):
        msgspec.structs.replace(read_config(DATA), dit_config=deep)


@pytest.mark.parametrize(
    ("part", "key", "value", "named"),
    [
        ("vision_config", "deepstack_visual_indexes", None, "deepstack_visual_indexes"),
        ("vision_config", "deepstack_visual_indexes", "01", "deepstack_visual_indexes"),
        ("vision_config", "deepstack_visual_indexes", [0, 99], "different layers of 0 to 2"),
        ("vision_config", "deepstack_visual_indexes", [1, 1], "different layers of 0 to 2"),
        ("vision_config", "depth", 10**30, "1 to 1000"),
        ("text_config", "rope_scaling", {"mrope_section": [4, 2]}, "that make 8"),
        ("text_config", "rope_scaling", {"mrope_section": [24, 20, 20]}, "that make 8"),
        ("text_config", "rope_scaling", "yarn", "mrope_section"),
        (None, "image_token_id", 512, "it is 0 to 511"),
        (None, "image_token_id", None, "image_token_id"),
    ],
)
def test_what_transformers_would_stumble_over_later_is_named(
    part: str | None, key: str, value: Any, named: str, tmp_path: Path
) -> None:
    vlm = json.loads((DATA / "config.json").read_text())["vlm_config"]
    (vlm if part is None else vlm[part])[key] = value
    with pytest.raises(SetupError, match=named):
        read_config(_edited(tmp_path, vlm_config=vlm))


def test_who_was_trained_with_prefixes_can_be_told() -> None:
    """No published file says it: the window and the offset of post-training do."""
    released = find_config("xr0")
    assert released.longest_prefix == 0
    for changes, longest in (
        ({"action_window": 4}, 6),
        ({"action_rope_offset": 10}, 6),
        ({"action_window": 4, "trained_prefix": 0}, 0),
        ({"trained_prefix": 15}, 15),
    ):
        assert msgspec.structs.replace(released, **changes).longest_prefix == longest


@pytest.mark.parametrize("name", ["action_window", "action_rope_offset", "trained_prefix"])
@pytest.mark.parametrize("value", [-1, 10**30])
def test_positions_beyond_any_prompt_are_refused(name: str, value: int, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=name):
        read_config(_edited(tmp_path, **{name: value}))
