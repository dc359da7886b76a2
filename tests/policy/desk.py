"""A policy's desk without a model: observations by chance, and a tokenizer of bytes.

The tokenizer has one token per byte and the special tokens of Qwen's, so that what it encodes can
be read back to the letter; it needs no library.
"""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ontakt.contract.observation import ArmState, Observation
from ontakt.contract.spaces import SIDES, Array, Image, Side

SPECIAL = (
    "<|pad|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>",
    "<|image_pad|>", "<|video_pad|>",
)  # fmt: skip


class ByteTokenizer:
    """Ids 0..255 are bytes, those from 256 on the special tokens."""

    def __init__(self, special: Sequence[str] = SPECIAL) -> None:
        self._special = {token: 256 + k for k, token in enumerate(special)}
        self._split = re.compile("(" + "|".join(map(re.escape, special)) + ")")
        self.encoded = 0
        """How often something was encoded."""

    @property
    def all_special_tokens(self) -> list[str]:
        return list(self._special)

    def get_vocab(self) -> dict[str, int]:
        return {**{f"byte {k}": k for k in range(256)}, **self._special}

    def get_added_vocab(self) -> dict[str, int]:
        return dict(self._special)

    def encode(self, text: str, *, add_special_tokens: bool) -> list[int]:
        assert not add_special_tokens
        self.encoded += 1
        ids: list[int] = []
        for piece in self._split.split(text):
            ids += [self._special[piece]] if piece in self._special else piece.encode()
        return ids

    def text(self, ids: Sequence[int]) -> str:
        """What `ids` say."""
        names = {k: token for token, k in self._special.items()}
        pieces = [names[k].encode() if k in names else bytes([k]) for k in ids]
        return b"".join(pieces).decode()

    def save_pretrained(self, save_directory: Path) -> Any:
        (save_directory / "tokenizer.json").write_text(json.dumps(list(self._special)))


def unit_quaternion(rng: np.random.Generator) -> Array:
    """A rotation by chance, evenly distributed, either sign."""
    values: Array = rng.normal(size=4)
    return values / np.linalg.norm(values)


def arm(rng: np.random.Generator, joint_count: int | None = None, **changed: Any) -> ArmState:
    """A measured arm by chance; `changed` replaces fields."""
    values: dict[str, Any] = {
        "position": rng.uniform(-1, 1, 3),
        "quaternion": unit_quaternion(rng),
        "opening": float(rng.uniform(0, 0.04)),
        "grip_force": 0.0,
        "wrist_force": np.zeros(3),
        "target": np.zeros(3),
        "target_opening": float(rng.uniform(0, 0.04)),
        "joints": None if joint_count is None else rng.uniform(-1, 1, joint_count),
    }
    return ArmState(**{**values, **changed})


def picture(rng: np.random.Generator, height: int = 96, width: int = 96) -> Image:
    """Noise."""
    return rng.integers(0, 256, (height, width, 3), dtype=np.uint8)


def observation(
    rng: np.random.Generator,
    cameras: Sequence[str] = (),
    arms: Mapping[Side, ArmState] | None = None,
    instruction: str = "Load both nuts.",
    joints: int | None = None,
) -> Observation:
    """Two measured arms and an image of every camera, by chance."""
    return Observation(
        tick=7,
        utc_ns=0,
        arms={side: arm(rng, joints) for side in SIDES} if arms is None else arms,
        images={name: picture(rng) for name in cameras},
        instruction=instruction,
    )


def targets(rng: np.random.Generator, steps: int, sides: int) -> Array:
    """Absolute targets (steps, 8 * sides) by chance."""
    rows = np.empty((steps, 8 * sides))
    for row in rows:
        for k in range(0, 8 * sides, 8):
            row[k : k + 3] = rng.uniform(-1, 1, 3)
            row[k + 3 : k + 7] = unit_quaternion(rng)
            row[k + 7] = rng.uniform(0, 0.04)
    return rows


def same_targets(one: Array, other: Array, atol: float = 1e-9) -> bool:
    """Whether two arrays of targets (T, 8 * sides) mean the same poses: a quaternion and its
    negative do."""
    a, b = (rows.reshape(-1, 8) for rows in (one, other))
    turn = np.abs((a[:, 3:7] * b[:, 3:7]).sum(axis=1))
    kept = [0, 1, 2, 7]
    return bool(np.allclose(a[:, kept], b[:, kept], atol=atol) and np.allclose(turn, 1, atol=atol))
