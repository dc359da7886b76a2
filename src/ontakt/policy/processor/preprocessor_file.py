"""A checkpoint's `preprocessor_config.json`: XR-0's released layout, with the embodiment beside it.

Released files hold what Qwen's image processor needs and `action_config`; ours add `embodiments`
and, for each robot type, the epsilon of its statistics.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from ontakt.contract.errors import BadValue
from ontakt.policy.processor.embodiment import Embodiment
from ontakt.policy.processor.images import (
    DEVIATION,
    LEAST_PIXELS,
    MEAN,
    MOST_PIXELS,
    SmartResize,
    VisionGeometry,
)
from ontakt.policy.processor.statistics import Statistics

FILE = "preprocessor_config.json"


def file_content(
    statistics: Statistics, embodiment: Embodiment, geometry: VisionGeometry
) -> dict[str, Any]:
    """What the file says of one robot type, as JSON values."""
    least, most = LEAST_PIXELS, MOST_PIXELS
    for step in embodiment.image.steps:
        if isinstance(step, SmartResize):
            least, most = step.least, step.most
    return {
        "image_processor_type": "Qwen2VLImageProcessor",
        "patch_size": geometry.patch,
        "merge_size": geometry.merge,
        "temporal_patch_size": geometry.temporal,
        "size": {"shortest_edge": least, "longest_edge": most},
        "image_mean": [MEAN] * 3,
        "image_std": [DEVIATION] * 3,
        "action_config": {statistics.robot_type: statistics.entry()},
        "embodiments": {statistics.robot_type: msgspec.to_builtins(embodiment)},
    }


def check_geometry(config: Mapping[str, Any], geometry: VisionGeometry, path: Path) -> None:
    """Raises BadValue for a file that cuts images otherwise than the model, or whose grey values
    are scaled otherwise than XR-0's."""
    for key, value in (
        ("patch_size", geometry.patch),
        ("merge_size", geometry.merge),
        ("temporal_patch_size", geometry.temporal),
    ):
        if config.get(key, value) != value:
            raise BadValue(f"{path}: {key}", config[key], f"the model's is {value}")
    for key, expected in (("image_mean", MEAN), ("image_std", DEVIATION)):
        if config.get(key) not in (None, [expected] * 3):
            raise BadValue(f"{path}: {key}", config[key], f"XR-0's is {expected} in every channel")


def area_bounds(config: Mapping[str, Any], path: Path) -> tuple[int, int]:
    """Area bounds [px] for Qwen's own resize, which files of different age name differently.
    Raises BadValue where they are no whole numbers in order."""
    size = config.get("size") or {}
    if not isinstance(size, Mapping):
        raise BadValue(f"{path}: size", size, "it must have shortest_edge and longest_edge")
    # As in transformers, min_pixels and max_pixels win over size where a file has both.
    least = config.get("min_pixels") or size.get("shortest_edge") or LEAST_PIXELS
    most = config.get("max_pixels") or size.get("longest_edge") or MOST_PIXELS
    whole = isinstance(least, int) and isinstance(most, int)
    if not (whole and 0 < least <= most and least <= MOST_PIXELS):
        raise BadValue(
            f"{path}: size", (least, most), f"whole pixels in order, the least up to {MOST_PIXELS}"
        )
    return least, most
