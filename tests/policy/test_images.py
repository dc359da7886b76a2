"""Images: against loops that anyone can check, and against Qwen's processor in transformers."""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pillow
from tests.policy.desk import picture

from ontakt.contract.errors import BadValue
from ontakt.contract.spaces import Image
from ontakt.policy.processor.embodiment import embodiments
from ontakt.policy.processor.images import (
    CentreCrop,
    Cut,
    FitArea,
    ImageRecipe,
    Resize,
    Rotate180,
    SmartResize,
    Step,
    VisionGeometry,
    fitted_size,
    grid,
    patches,
    prepared,
    smart_size,
)

GEOMETRY = VisionGeometry()


def _slow_patches(image: Image, geometry: VisionGeometry) -> NDArray[np.float32]:
    """Pixel by pixel: blocks of merged patches in rows, in a block its patches in rows, in a patch
    channel, frame, y, x."""
    p, m = geometry.patch, geometry.merge
    rows: list[list[float]] = []
    for top in range(0, image.shape[0], p * m):
        for left in range(0, image.shape[1], p * m):
            for dy in range(m):
                for dx in range(m):
                    row = [
                        (float(image[top + dy * p + y, left + dx * p + x, c]) / 255 - 0.5) / 0.5
                        for c in range(3)
                        for _ in range(geometry.temporal)
                        for y in range(p)
                        for x in range(p)
                    ]
                    rows.append(row)
    return np.array(rows, dtype=np.float32)


@pytest.mark.parametrize("geometry", [GEOMETRY, VisionGeometry(patch=4, merge=3, temporal=1)])
def test_patches_against_loops(geometry: VisionGeometry) -> None:
    image = picture(np.random.default_rng(0), geometry.block, 2 * geometry.block)
    fast = patches(image, geometry)
    np.testing.assert_allclose(fast, _slow_patches(image, geometry), atol=1e-6)
    t, h, w = grid(image, geometry)
    assert fast.dtype == np.float32
    assert fast.shape == (t * h * w, 3 * geometry.temporal * geometry.patch**2)


@pytest.mark.parametrize(
    "size", [(96, 96), (256, 256), (256, 320), (200, 200), (84, 84), (40, 333)]
)
def test_smart_resize_and_patches_are_qwens_to_the_bit(size: tuple[int, int]) -> None:
    module = pytest.importorskip("transformers.models.qwen2_vl.image_processing_pil_qwen2_vl")
    qwen = module.Qwen2VLImageProcessorPil(
        patch_size=16,
        merge_size=2,
        temporal_patch_size=2,
        size={"shortest_edge": 65_536, "longest_edge": 16_777_216},
        image_mean=[0.5] * 3,
        image_std=[0.5] * 3,
    )
    image = picture(np.random.default_rng(1), *size)
    theirs = qwen([image], return_tensors="np")
    ours = prepared(image, "head", [SmartResize()], GEOMETRY.block)
    assert [list(grid(ours, GEOMETRY))] == theirs["image_grid_thw"].tolist()
    np.testing.assert_array_equal(patches(ours, GEOMETRY), theirs["pixel_values"])


def test_published_sizes() -> None:
    # the numbers of merged tokens that are published for each benchmark: 64, 64, 80, 80
    assert smart_size(256, 256, 32, 65_536, 16_777_216) == (256, 256)
    assert smart_size(200, 200, 32, 65_536, 16_777_216) == (256, 256)
    assert smart_size(256, 320, 32, 65_536, 16_777_216) == (256, 320)
    assert fitted_size(480, 640, 32, 90_000) == (256, 320)
    # and the bounds hold on either side
    assert smart_size(5000, 4000, 32, 65_536, 1_000_000) == (1088, 864)
    assert fitted_size(10, 10, 32, 90_000) == (32, 32)


def _by_hand(image: Image, name: str) -> Image:
    """What each published evaluation client does, in Pillow's own words."""
    picture = Pillow.fromarray(image)
    if name == "libero":
        return np.asarray(picture.transpose(Pillow.Transpose.ROTATE_180))
    if name == "bridge":
        picture = picture.resize((256, 256))
    if name == "fractal":
        picture = picture.resize((320, 256))
    width, height = picture.size
    inner_w, inner_h = int(0.95 * width), int(0.95 * height)
    x, y = (width - inner_w) // 2, (height - inner_h) // 2
    picture = picture.crop((x, y, x + inner_w, y + inner_h))
    return np.asarray(picture.resize((width, height), Pillow.Resampling.BILINEAR))


@pytest.mark.parametrize("name", ["libero", "calvin", "bridge", "fractal"])
def test_each_benchmark_sees_what_its_client_sends(name: str) -> None:
    image = picture(np.random.default_rng(2), *{"calvin": (256, 256)}.get(name, (480, 640)))
    if name == "libero":
        image = image[:256, :256]
    steps = embodiments()[name].embodiment.image.steps
    assert isinstance(steps[-1], SmartResize)
    ours = prepared(image, "base", steps, 32)
    np.testing.assert_array_equal(ours, _by_hand(image, name))


def test_what_has_the_right_size_is_not_touched() -> None:
    image = picture(np.random.default_rng(3), 96, 96)
    for step in (Resize(width=96, height=96), FitArea(), SmartResize(least=1)):
        assert prepared(image, "head", [step], 32) is image


def test_a_box_filter_averages() -> None:
    image = np.zeros((64, 64, 3), np.uint8)
    image[::2] = 100
    small = prepared(image, "head", [Resize(width=32, height=32, filter="box")], 32)
    assert np.unique(small).tolist() == [50]


def test_a_checkpoints_bounds_reach_the_recipe() -> None:
    steps: tuple[Step, ...] = (Rotate180(), SmartResize())
    assert ImageRecipe(steps).within(5, 9).steps == (Rotate180(), SmartResize(least=5, most=9))


@pytest.mark.parametrize(
    ("image", "text"),
    [
        (np.zeros((32, 32, 3), np.float32), "type of the image is 'float32'; it must be uint8"),
        (np.zeros((32, 32, 3), np.int64), "'int64'"),
        ([[1, 2], [3, 4]], "'list'"),
        (np.zeros((32, 32), np.uint8), r"shape of the image is \(32, 32\)"),
        (np.zeros((32, 32, 4), np.uint8), r"\(32, 32, 4\)"),
        (np.zeros((3, 32, 32), np.uint8), r"\(3, 32, 32\)"),
        (np.zeros((0, 32, 3), np.uint8), r"size of the image is \(0, 32\)"),
        (np.zeros((1, 201, 3), np.uint8), "ratio up to 200"),
        (np.zeros((40, 32, 3), np.uint8), r"\(40, 32\); both sides must be multiples of 32 px"),
    ],
)
def test_what_is_no_image_is_refused_by_camera(image: Any, text: str) -> None:
    with pytest.raises(BadValue, match=text) as told:
        prepared(image, "left_wrist", [], 32)
    assert "camera 'left_wrist'" in str(told.value)


def test_crop_cuts_the_middle_out() -> None:
    steps: Sequence[Step] = [CentreCrop(ratio=0.5, filter="nearest")]
    image = np.zeros((64, 64, 3), np.uint8)
    image[16:48, 16:48] = 9
    assert (prepared(image, "head", steps, 32) == 9).all()


def test_a_cut_is_a_part_in_shares_of_the_sides() -> None:
    image = np.arange(96 * 64 * 3, dtype=np.uint8).reshape(96, 64, 3)
    third = Cut(top=0.3333333333, height=0.3333333333)
    np.testing.assert_array_equal(prepared(image, "head", [third], 32), image[32:64])
    right = Cut(left=0.5, width=0.5)
    np.testing.assert_array_equal(prepared(image, "head", [right], 32), image[:, 32:])
    np.testing.assert_array_equal(prepared(image, "head", [Cut()], 32), image)


@pytest.mark.parametrize("part", [{"left": 0.6, "width": 0.5}, {"height": 0.0}, {"top": 0.1}])
def test_a_part_over_the_edge_is_refused(part: dict[str, float]) -> None:
    with pytest.raises(msgspec.ValidationError, match="a part ends at 1, and has a size"):
        msgspec.convert(part, Cut)
