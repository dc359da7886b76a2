"""Words and numbers for a bench without a checkpoint: of the right size, and meaning nothing."""

import re
from pathlib import Path
from typing import Any

import numpy as np

from ontakt.contract.errors import BadValue
from ontakt.contract.observation import ArmState, Observation
from ontakt.contract.spaces import Array, Side
from ontakt.policy.processor import Embodiment
from ontakt.policy.processor.prompt import IMAGE, VISION_END, VISION_START
from ontakt.policy.xr0.config import Xr0Config

_CUT = re.compile(r"<\|[a-z_]+\|>|\w+|[^\w\s]|\n")


class StandInTokenizer:
    """One token for a word, a mark or a line's end, about as many as Qwen's own tokenizer makes of
    an English instruction. The tokens around an image have the configuration's ids, all others a
    number below them. What it makes means nothing: it is for times and counts."""

    def __init__(self, config: Xr0Config) -> None:
        vlm = config.vlm_config
        self._special = {
            IMAGE: int(vlm["image_token_id"]),
            VISION_START: int(vlm["vision_start_token_id"]),
            VISION_END: int(vlm["vision_end_token_id"]),
        }
        self._words = min(self._special.values())
        if self._words < 1:
            raise BadValue("The special tokens' ids", self._special, "words need ids below them")

    @property
    def all_special_tokens(self) -> list[str]:
        """The tokens around an image."""
        return list(self._special)

    def get_vocab(self) -> dict[str, int]:
        """The same, with their ids."""
        return dict(self._special)

    def get_added_vocab(self) -> dict[str, int]:
        """The same."""
        return dict(self._special)

    def encode(self, text: str, *, add_special_tokens: bool) -> list[int]:
        """Ids of `text`. It has no tokens to put around it. Raises BadValue when told to."""
        if add_special_tokens:
            raise BadValue("add_special_tokens", add_special_tokens, "a stand-in has none to add")
        pieces = _CUT.findall(text)
        return [self._special.get(piece, len(piece) % self._words) for piece in pieces]

    def save_pretrained(self, save_directory: Path) -> Any:
        """Raises BadValue: nothing could be read with it."""
        raise BadValue(f"The tokenizer for {save_directory}", "a stand-in", "it has no words")


def random_observation(
    embodiment: Embodiment,
    instruction: str,
    size: tuple[int, int],  # width and height [px]
    rng: np.random.Generator,
) -> Observation:
    """Arms and images by chance, everything that a processor for `embodiment` asks for."""
    width, height = size
    shape = (height, width, 3)
    return Observation(
        tick=0,
        utc_ns=0,
        arms={side: _arm(rng) for side in embodiment.sides},
        images={
            view.camera: rng.integers(0, 256, shape, dtype=np.uint8) for view in embodiment.views
        },
        instruction=instruction,
    )


def random_targets(sides: tuple[Side, ...], steps: int, rng: np.random.Generator) -> Array:
    """Absolute targets by chance, shape (steps, 8 * sides): position [m], quaternion wxyz, opening
    [m] of each side."""
    rows = rng.normal(size=(steps, len(sides), 8))
    rows[..., 3:7] /= np.linalg.norm(rows[..., 3:7], axis=-1, keepdims=True)
    rows[..., 7] = 0.02
    return rows.reshape(steps, -1)


def _arm(rng: np.random.Generator) -> ArmState:
    quaternion = rng.normal(size=4)
    return ArmState(
        position=rng.uniform(-0.5, 0.5, 3),
        quaternion=quaternion / np.linalg.norm(quaternion),
        opening=0.02,
        grip_force=0.0,
        wrist_force=np.zeros(3),
        target=np.zeros(3),
        target_opening=0.02,
        joints=rng.uniform(-1.0, 1.0, 6),
    )
