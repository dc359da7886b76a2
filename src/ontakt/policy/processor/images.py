"""From camera images to the numbers of Qwen3-VL's vision tower.

First an embodiment's own steps (`ImageRecipe`), which must repeat what its weights were trained on,
then what Qwen's image processor does: to [-1, 1], and into patches whose order keeps the 2x2 blocks
together that the tower merges into one token.
"""

import math
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
from msgspec import Meta, Struct
from numpy.typing import NDArray
from PIL import Image as Pillow

from ontakt.contract.errors import BadValue
from ontakt.contract.spaces import Image

Float32 = NDArray[np.float32]

Pixels = Annotated[int, Meta(ge=1, le=16_384)]
"""A side [px] as a file gives it: none may ask for more memory than an image needs."""
Share = Annotated[float, Meta(ge=0.0, le=1.0)]
Filter = Literal["nearest", "box", "bilinear", "bicubic", "lanczos"]
_FILTERS: dict[str, Pillow.Resampling] = {
    "nearest": Pillow.Resampling.NEAREST,
    "box": Pillow.Resampling.BOX,
    "bilinear": Pillow.Resampling.BILINEAR,
    "bicubic": Pillow.Resampling.BICUBIC,
    "lanczos": Pillow.Resampling.LANCZOS,
}
LEAST_PIXELS, MOST_PIXELS = 65_536, 16_777_216
"""Qwen3-VL's own bounds of an image's area; a checkpoint's preprocessor_config.json may set
others."""
SLIMMEST = 200
"""Greatest ratio of an image's sides that Qwen's processor takes."""
MEAN = DEVIATION = 0.5
"""Of every channel, in Qwen3-VL's processor."""


class _Step(Struct, frozen=True, tag_field="do", forbid_unknown_fields=True):
    """One thing that is done to an image; `do` names it in a file."""


class Rotate180(_Step, frozen=True, tag="rotate_180"):
    """Turn the image upside down."""


class Resize(_Step, frozen=True, tag="resize"):
    """Resample to `width` x `height` [px]; an image of that size stays as it is."""

    width: Pixels
    height: Pixels
    filter: Filter = "bicubic"


class Cut(_Step, frozen=True, tag="cut"):
    """Keep a part of the image: from `left` and `top` on `width` and `height`, in shares of its
    sides, to the nearest pixel."""

    left: Share = 0.0
    top: Share = 0.0
    width: Share = 1.0
    height: Share = 1.0

    def __post_init__(self) -> None:
        """Refuse a part that reaches over an edge. Raises ValueError."""
        for start, length in (("left", "width"), ("top", "height")):
            end = getattr(self, start) + getattr(self, length)
            if end > 1.0 + 1e-9 or getattr(self, length) == 0.0:
                raise ValueError(f"{start} + {length} is {end:g}: a part ends at 1, and has a size")


class CentreCrop(_Step, frozen=True, tag="centre_crop"):
    """Cut the middle out, each side int(ratio * side) long, and resample it to the old size."""

    ratio: Annotated[float, Meta(gt=0.0, le=1.0)]
    filter: Filter = "bilinear"


class FitArea(_Step, frozen=True, tag="fit_area"):
    """Resample to sides that are multiples of `multiple` and an area of at most `most` px, as
    XR-0's post-training code does before it feeds its images without Qwen's own resize."""

    multiple: Pixels = 32
    most: int = 90_000
    filter: Filter = "bicubic"


class SmartResize(_Step, frozen=True, tag="smart_resize"):
    """Qwen's own resize: sides that are multiples of a merged patch, an area from `least` to
    `most` px, the ratio of the sides kept as well as can be."""

    least: Annotated[int, Meta(ge=1, le=MOST_PIXELS)] = LEAST_PIXELS
    most: int = MOST_PIXELS
    filter: Filter = "bicubic"


Step = Rotate180 | Resize | Cut | CentreCrop | FitArea | SmartResize


class ImageRecipe(Struct, frozen=True):
    """What happens to every image of an embodiment before it is cut into patches, in order."""

    steps: tuple[Step, ...] = ()

    def within(self, least: int, most: int) -> "ImageRecipe":
        """The same with the area bounds [px] of a checkpoint for Qwen's own resize."""
        return ImageRecipe(
            tuple(
                msgspec.structs.replace(step, least=least, most=most)
                if isinstance(step, SmartResize)
                else step
                for step in self.steps
            )
        )


class VisionGeometry(Struct, frozen=True, kw_only=True):
    """How the vision tower cuts images: sides of a patch [px], patches per side of a merged block,
    and frames per patch (a still image is repeated)."""

    patch: int = 16
    merge: int = 2
    temporal: int = 2

    @property
    def block(self) -> int:
        """Side of a merged block [px]: what the sides of an image must be multiples of."""
        return self.patch * self.merge


_GREY = np.arange(256) * (1.0 / 255.0)
_SCALED = ((_GREY.astype(np.float32) - np.float32(MEAN)) / np.float32(DEVIATION)).astype(np.float32)
"""What becomes of each of the 256 grey values: the same roundings as in Qwen's processor."""


def prepared(image: Any, camera: str, steps: Sequence[Step], block: int) -> Image:
    """The image of `camera` after all `steps`, shape (height, width, 3), uint8.

    Raises BadValue naming the camera for what is no RGB image of bytes, is empty or too slim, or
    where a side ends up as no multiple of `block` [px].
    """
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8:
        kind = image.dtype.name if isinstance(image, np.ndarray) else type(image).__name__
        raise BadValue(f"camera {camera!r}: type of the image", kind, "it must be uint8, 0..255")
    if image.ndim != 3 or image.shape[2] != 3:
        raise BadValue(
            f"camera {camera!r}: shape of the image", image.shape, "it must be (height, width, 3)"
        )
    height, width = image.shape[:2]
    if height == 0 or width == 0 or max(height, width) > SLIMMEST * min(height, width):
        raise BadValue(
            f"camera {camera!r}: size of the image",
            (height, width),
            f"it must have pixels, and sides of a ratio up to {SLIMMEST}",
        )
    done: Image = image
    for step in steps:
        done = _apply(step, done, block)
    if done.shape[0] % block or done.shape[1] % block:
        raise BadValue(
            f"camera {camera!r}: size of the prepared image",
            done.shape[:2],
            f"both sides must be multiples of {block} px",
        )
    return done


def patches(image: Image, geometry: VisionGeometry) -> Float32:
    """The prepared `image` as rows of the vision tower's input, shape (patches, channels *
    temporal * patch * patch), values in [-1, 1].

    Rows run over merged blocks, row by row, and within a block over its patches; a row holds
    channel, frame, y, x in that order.
    """
    p, m, t = geometry.patch, geometry.merge, geometry.temporal
    rows, columns = image.shape[0] // (p * m), image.shape[1] // (p * m)
    # Bytes are put in order before they become floats, and frames are repeated last: a quarter of
    # the memory is moved.
    cut = image.reshape(rows, m, p, columns, m, p, 3).transpose(0, 3, 1, 4, 6, 2, 5)
    still: Float32 = _SCALED.take(cut.reshape(-1, 3, 1, p * p))
    return still.repeat(t, axis=2).reshape(-1, 3 * t * p * p)


def grid(image: Image, geometry: VisionGeometry) -> tuple[int, int, int]:
    """Patches of the prepared `image` by time, height and width."""
    return 1, image.shape[0] // geometry.patch, image.shape[1] // geometry.patch


def smart_size(height: int, width: int, block: int, least: int, most: int) -> tuple[int, int]:
    """Height and width [px] that Qwen's own resize chooses."""
    tall, wide = round(height / block) * block, round(width / block) * block
    if tall * wide > most:
        return _shrunk(height, width, block, most)
    if tall * wide < least:
        grow = math.sqrt(least / (height * width))
        return math.ceil(height * grow / block) * block, math.ceil(width * grow / block) * block
    return tall, wide


def fitted_size(height: int, width: int, multiple: int, most: int) -> tuple[int, int]:
    """Height and width [px] that the post-training code's own resize chooses."""
    tall = max(multiple, round(height / multiple) * multiple)
    wide = max(multiple, round(width / multiple) * multiple)
    return _shrunk(height, width, multiple, most) if tall * wide > most else (tall, wide)


def _shrunk(height: int, width: int, block: int, most: int) -> tuple[int, int]:
    shrink = math.sqrt(height * width / most)
    return (
        max(block, math.floor(height / shrink / block) * block),
        max(block, math.floor(width / shrink / block) * block),
    )


def _apply(step: Step, image: Image, block: int) -> Image:
    height, width = image.shape[:2]
    match step:
        case Rotate180():
            return image[::-1, ::-1]
        case Resize():
            return _resized(image, step.height, step.width, step.filter)
        case Cut():
            top, bottom = (round(s * height) for s in (step.top, step.top + step.height))
            left, right = (round(s * width) for s in (step.left, step.left + step.width))
            return image[top : max(bottom, top + 1), left : max(right, left + 1)]
        case CentreCrop():
            tall, wide = int(step.ratio * height), int(step.ratio * width)
            top, left = (height - tall) // 2, (width - wide) // 2
            middle = image[top : top + tall, left : left + wide]
            return _resized(middle, height, width, step.filter)
        case FitArea():
            size = fitted_size(height, width, step.multiple, step.most)
            return _resized(image, *size, step.filter)
        case SmartResize():
            size = smart_size(height, width, block, step.least, step.most)
            return _resized(image, *size, step.filter)


def _resized(image: Image, height: int, width: int, how: Filter) -> Image:
    if image.shape[:2] == (height, width):
        return image
    picture = Pillow.fromarray(np.ascontiguousarray(image))
    return np.asarray(picture.resize((width, height), _FILTERS[how]))
