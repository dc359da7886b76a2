"""What the VLM's part of a configuration must say, checked before transformers sees it, which takes
much of it without a word and stumbles in the first inference, or leaves out what a number does not
reach."""

from collections.abc import Mapping
from typing import Any

from ontakt.contract.errors import BadValue

_NUMBERS = {
    "text_config": (
        *("vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers"),
        *("num_attention_heads", "num_key_value_heads", "head_dim"),
    ),
    "vision_config": (
        *("depth", "hidden_size", "intermediate_size", "num_heads", "in_channels", "patch_size"),
        *("spatial_merge_size", "temporal_patch_size", "out_hidden_size"),
        "num_position_embeddings",
    ),
}
"""Sizes that every part of the VLM's configuration must give."""
MOST, _MOST_LAYERS = 1_000_000, 1_000
"""Greatest of them, and greatest depth: what lists a billion layers is no configuration."""


def part(config: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The table of settings called `key`. Raises BadValue where there is none."""
    found = config.get(key)
    if not isinstance(found, Mapping):
        raise BadValue(f"vlm_config.{key}", found, "a table of settings is needed")
    return found


def whole(value: object, least: int, most: int) -> bool:
    """Whether `value` is a whole number from `least` to `most`."""
    return type(value) is int and least <= value <= most


def check_vlm_config(config: Mapping[str, Any]) -> None:
    """Raises BadValue for a size that is none, deepstack layers that the vision tower does not
    have, an image token that no row of the embedding is, and a split of the rotary frequencies that
    does not cover a head."""
    for name, keys in _NUMBERS.items():
        for key in keys:
            most = _MOST_LAYERS if key in ("depth", "num_hidden_layers") else MOST
            if not whole(value := part(config, name).get(key), 1, most):
                raise BadValue(
                    f"vlm_config.{name}.{key}", value, f"a whole number from 1 to {most}"
                )
    text, vision = part(config, "text_config"), part(config, "vision_config")
    levels, last = vision.get("deepstack_visual_indexes"), vision["depth"] - 1
    if not isinstance(levels, list | tuple) or not (
        all(whole(level, 0, last) for level in levels) and len({*levels}) == len(levels)
    ):
        what = "vlm_config.vision_config.deepstack_visual_indexes"
        raise BadValue(what, levels, f"different layers of 0 to {last}")
    image, words = config.get("image_token_id"), text["vocab_size"]
    if not whole(image, 0, words - 1):
        raise BadValue("vlm_config.image_token_id", image, f"it is 0 to {words - 1}")
    rope = text.get("rope_parameters") or text.get("rope_scaling") or {}
    section = rope.get("mrope_section") if isinstance(rope, Mapping) else rope
    half = text["head_dim"] // 2
    if section is not None and not (
        isinstance(section, list | tuple)
        and [whole(axis, 0, half) for axis in section] == [True] * 3
        and sum(section) == half
    ):
        raise BadValue(
            "vlm_config.text_config mrope_section", section, f"three whole numbers that make {half}"
        )
