"""A model of a few thousand weights, and lessons by chance that fit it."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from ontakt.contract import (
    SIDES,
    ActionSpace,
    ArmState,
    Array,
    Episode,
    Lesson,
    Observation,
    Side,
)
from ontakt.policy.dataset import DatasetWriter
from ontakt.policy.fresh_checkpoint import find_body, geometry_of, placeholder_statistics
from ontakt.policy.processor import Processor, compact_tokenizer
from ontakt.policy.training.augmentation import Augmentation
from ontakt.policy.training.config import TrainingConfig
from ontakt.policy.training.localisation import Wrists
from ontakt.policy.training.recipe import SMALL
from ontakt.policy.training.table import Table, tabulate
from ontakt.policy.xr0.config import XR0_COMPACT, DitConfig, Xr0Config, write_config

HORIZON, LONGEST = 6, 3
CAMERAS = {"head": (96, 96), "left_wrist": (96, 96), "right_wrist": (96, 96)}
TEXTS = ("Load both nuts.", "Load the left nut only.", "Load the right nut only.", "Wait.")
ROBOT = "tiny-robot"
WRISTS = Wrists(tokens=9, own=14, sides=2, shared=3)


@cache
def config() -> Xr0Config:
    """XR-0 as small as it goes."""
    text, vision = dict(XR0_COMPACT.text), dict(XR0_COMPACT.vision)
    text |= {
        "hidden_size": 32,
        "intermediate_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 2,
        "head_dim": 16,
        "rope_scaling": {**text["rope_scaling"], "mrope_section": [4, 2, 2]},
    }
    vision |= {
        "depth": 2,
        "hidden_size": 32,
        "intermediate_size": 32,
        "num_heads": 2,
        "out_hidden_size": 32,
        "deepstack_visual_indexes": [0],
    }
    return msgspec.structs.replace(
        XR0_COMPACT,
        vlm_config={**XR0_COMPACT.vlm_config, "text_config": text, "vision_config": vision},
        dit_config=DitConfig(
            hidden_size=32, num_hidden_layers=2, head_dim=16, num_key_value_heads=2
        ),
        action_length=HORIZON,
    )


@cache
def processor() -> Processor:
    """With stand-ins for statistics."""
    body = find_body("ontakt-compact")
    made = placeholder_statistics(ROBOT, body, config())
    return Processor(body, made, compact_tokenizer(), geometry_of(config()), config().state_dim)


def training(**changes: Any) -> TrainingConfig:
    """The small recipe with batches of 4 and short prefixes."""
    post = msgspec.structs.replace(SMALL.training.post_training, longest_prefix=LONGEST)
    found = msgspec.structs.replace(SMALL.training, batch=4, post_training=post)
    return msgspec.structs.replace(found, **changes)


STILL = Augmentation(mirror=False, light=False)


def lesson(seed: int, cameras: dict[str, tuple[int, int]] = CAMERAS, tick: int = 0) -> Lesson:
    """One lesson; `committed` counts through 1..LONGEST with the seed."""
    rng = np.random.default_rng(seed)
    middle = {"left": np.array([0.29, 0.2, 0.87]), "right": np.array([0.29, -0.2, 0.87])}

    def turn() -> Array:
        raw = np.array([1.0, 0, 0, 0]) + 0.1 * rng.standard_normal(4)
        return np.asarray(raw / np.linalg.norm(raw))

    def rows(arms: dict[Side, ArmState]) -> Array:
        made = np.empty((HORIZON, 8 * len(SIDES)))
        for k, side in enumerate(SIDES):
            steps = 0.002 * rng.standard_normal((HORIZON, 3)).cumsum(axis=0)
            made[:, 8 * k : 8 * k + 3] = arms[side].position + steps
            made[:, 8 * k + 3 : 8 * k + 7] = [turn() for _ in range(HORIZON)]
            made[:, 8 * k + 7] = 0.01 + 0.001 * rng.random(HORIZON)
        return made

    arms = {
        side: ArmState(
            position=middle[side] + 0.02 * rng.standard_normal(3),
            quaternion=turn(),
            opening=0.01 + 0.01 * float(rng.random()),
            grip_force=0.0,
            wrist_force=rng.standard_normal(3),
            target=middle[side] + 0.02 * rng.standard_normal(3),
            target_opening=0.02 * float(rng.random()),
        )
        for side in SIDES
    }
    images = {k: rng.integers(0, 256, (*size, 3), dtype=np.uint8) for k, size in cameras.items()}
    places = {
        f"{side}_{what}": arms[side].position + 0.02 * rng.standard_normal(3)
        for side in SIDES
        for what in ("nut", "pin")
        if rng.random() < 0.8
    }
    return Lesson(
        observation=Observation(
            tick=tick, utc_ns=0, arms=arms, images=images, instruction=TEXTS[seed % len(TEXTS)]
        ),
        command=rows(arms)[0],
        driver="teacher",
        free=rows(arms),
        committed=1 + seed % LONGEST,
        behind=rows(arms),
        places=places,
    )


def episode(seed: int, length: int = 6, cameras: dict[str, tuple[int, int]] = CAMERAS) -> Episode:
    """Lessons at 10 a second."""
    lessons = tuple(lesson(100 * seed + k, cameras, tick=3 * k) for k in range(length))
    return Episode(lessons=lessons, hz=10, good={"left": True, "right": True})


@cache
def table() -> Table:
    """Two sources of two episodes each; not to be changed."""
    return tabulate([[episode(0), episode(1)], [episode(2), episode(3)]], processor())


def written(
    folder: Path,
    seeds: Sequence[int] = (0, 1),
    cameras: dict[str, tuple[int, int]] = CAMERAS,
    **changes: Any,
) -> Path:
    """A dataset of those episodes."""
    settings: dict[str, Any] = {
        "fps": 10,
        "space": ActionSpace(),
        "cameras": cameras,
        "robot_type": ROBOT,
        "horizon": HORIZON,
        "facts": {"teacher": "chance"},
    }
    with DatasetWriter(folder, **settings | changes) as writer:
        for seed in seeds:
            writer.add(episode(seed, cameras=cameras))
    return folder


def configuration(folder: Path) -> Path:
    """A folder for --config."""
    folder.mkdir(parents=True)
    write_config(config(), folder)
    return folder
