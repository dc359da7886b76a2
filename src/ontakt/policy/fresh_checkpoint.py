"""A checkpoint of an untrained model that runs: weights, placeholder statistics, a tokenizer.

It moves like noise of a few millimetres. It is what post-training from scratch begins with, and
what shows that everything around the weights fits together.
"""

import math
from pathlib import Path

import numpy as np
import torch

from ontakt.contract.errors import BadValue, UnknownName
from ontakt.policy.processor import (
    Embodiment,
    Processor,
    Statistics,
    VisionGeometry,
    compact_tokenizer,
    embodiments,
)
from ontakt.policy.processor.prompt import IMAGE, Tokenizer
from ontakt.policy.xr0.checkpoint import check_target, save_checkpoint
from ontakt.policy.xr0.config import Xr0Config
from ontakt.policy.xr0.initialisation import new_model

TRANSLATION, ROTATION, GRIPPER = 0.002, 0.01, 0.001
"""Deviations that stand in for measured ones: [m], [rad], [m]. One normal draw moves a tool by a
few millimetres, which every station's guard lets pass."""


def find_body(name: str) -> Embodiment:
    """The embodiment called `name` that ships. Raises UnknownName."""
    known = embodiments()
    if name not in known:
        raise UnknownName("embodiment", name, known)
    return known[name].embodiment


def placeholder_statistics(
    robot_type: str, embodiment: Embodiment, config: Xr0Config
) -> Statistics:
    """Mean 0 and the deviations above for every number of the embodiment's arms, 0 for all others,
    (action_length, action_dim). Raises BadValue where they do not fit."""
    layout = embodiment.action
    if layout.width > config.action_dim:
        raise BadValue(
            f"Width of embodiment {embodiment.name!r}", layout.width, f"it is {config.action_dim}"
        )
    std = np.zeros(config.action_dim)
    for start in layout.starts:
        std[start : start + 3] = _squashed(TRANSLATION / layout.position_scale, layout.squash)
        std[start + 3 : start + 6] = ROTATION / layout.rotation_scale
        std[start + 6] = _squashed(GRIPPER, layout.gripper.squash)
    rows = np.tile(std, (config.action_length, 1))
    return Statistics.of(robot_type, np.zeros_like(rows), rows)


def _squashed(size: float, squash: float) -> float:
    """A deviation of which four are what four of `size` are: in between they are near to it."""
    return math.asinh(4 * size / squash) / 4 if squash else size


def geometry_of(config: Xr0Config) -> VisionGeometry:
    """How the model of `config` cuts images."""
    vision = config.vision
    return VisionGeometry(
        patch=vision["patch_size"],
        merge=vision["spatial_merge_size"],
        temporal=vision["temporal_patch_size"],
    )


def check_words(tokenizer: Tokenizer, config: Xr0Config) -> None:
    """Raises BadValue for a tokenizer that is not this model's: another image token, or tokens
    beyond the embedding."""
    words, rows = tokenizer.get_vocab(), int(config.text["vocab_size"])
    image, needed = words.get(IMAGE), config.vlm_config.get("image_token_id")
    if image != needed:
        raise BadValue(
            f"The tokenizer's {IMAGE}",
            image,
            f"this configuration has {needed}: give its tokenizer",
        )
    if max(words.values()) >= rows:
        raise BadValue(
            "The tokenizer's greatest token", max(words.values()), f"the embedding has {rows} rows"
        )


def write_fresh(
    folder: Path,
    config: Xr0Config,
    robot_type: str,
    embodiment: Embodiment,
    seed: int = 0,
    tokenizer: Tokenizer | None = None,
    dtype: torch.dtype = torch.float32,
) -> None:
    """Write an untrained checkpoint of `config` into `folder`, for one robot type.

    Without a `tokenizer` it gets the one learnt from the stations' wordings. Raises BadValue for a
    tokenizer whose image token is not the configuration's (the released size needs Qwen's own),
    SetupError for a folder that holds something else.
    """
    check_target(folder)
    words = compact_tokenizer() if tokenizer is None else tokenizer
    check_words(words, config)
    statistics = placeholder_statistics(robot_type, embodiment, config)
    processor = Processor(embodiment, statistics, words, geometry_of(config), config.state_dim)
    save_checkpoint(new_model(config, seed, dtype), folder)
    processor.save(folder)
