"""What a policy is shown instead of its views."""

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from ontakt.contract import (
    ActionChunk,
    Array,
    BadValue,
    Guidance,
    Image,
    Observation,
    PolicySpec,
    SetupError,
    Side,
)
from ontakt.runtime.disturbed_views import parse_views

CAMERAS = ("head", "left_wrist", "right_wrist")


class Witness:
    """A policy that keeps what it was shown."""

    def __init__(self, cameras: tuple[str, ...] = CAMERAS) -> None:
        self.spec = PolicySpec(name="witness", hash="0", horizon=1, cameras=cameras)
        self.seen: dict[str, Image] = {}
        self.resets: list[int] = []

    def reset(self, sides: tuple[Side, ...], seed: int) -> None:
        self.resets.append(seed)

    def infer(
        self,
        observation: Observation,
        prefix: Array | None = None,
        guidance: Guidance | None = None,
    ) -> ActionChunk:
        self.seen = dict(observation.images)
        return ActionChunk(observation.tick, np.zeros((1, 16)))


def look(seed: int) -> Observation:
    rng = np.random.default_rng(seed)

    def image() -> NDArray[np.uint8]:
        return rng.integers(1, 255, (96, 96, 3), dtype=np.uint8)

    return Observation(tick=seed, utc_ns=0, arms={}, images={name: image() for name in CAMERAS})


def shown(text: str, *observations: Observation) -> dict[str, Image]:
    witness = Witness()
    policy = parse_views(text)(witness)
    assert policy.spec == witness.spec
    policy.reset(("left",), 3)
    assert witness.resets == [3]
    for observation in observations:
        policy.infer(observation)
    return witness.seen


def test_none_leaves_the_policy_alone() -> None:
    witness = Witness(())
    assert parse_views("none")(witness) is witness


def test_black() -> None:
    seen = shown("black", look(1))
    assert set(seen) == set(CAMERAS)
    assert not any(image.any() for image in seen.values())


def test_frozen_is_the_first_look_of_each_episode() -> None:
    make = parse_views("frozen")
    for first in (1, 5):
        witness = Witness()
        policy = make(witness)
        for tick in (first, first + 1, first + 2):
            policy.infer(look(tick))
        for name, image in look(first).images.items():
            np.testing.assert_array_equal(witness.seen[name], image)


def test_swapped() -> None:
    real, seen = look(1).images, shown("swapped", look(1))
    np.testing.assert_array_equal(seen["left_wrist"], real["right_wrist"])
    np.testing.assert_array_equal(seen["right_wrist"], real["left_wrist"])
    np.testing.assert_array_equal(seen["head"], real["head"])


@pytest.mark.parametrize(("text", "pixels"), [("shifted:5mm", 5), ("shifted:-0.3cm", -3)])
def test_shifted_by_a_pixel_a_millimetre(text: str, pixels: int) -> None:
    real, seen = look(1).images, shown(text, look(1))
    np.testing.assert_array_equal(seen["head"], real["head"])
    for name in ("left_wrist", "right_wrist"):
        for u in range(96):
            source = min(max(u - pixels, 0), 95)
            np.testing.assert_array_equal(seen[name][:, u], real[name][:, source])


def test_the_rest_of_an_observation_stays() -> None:
    kept: list[Observation] = []

    class Keeper(Witness):
        def infer(
            self,
            observation: Observation,
            prefix: Array | None = None,
            guidance: Guidance | None = None,
        ) -> ActionChunk:
            kept.append(observation)
            return super().infer(observation, prefix, guidance)

    before = look(2)
    parse_views("black")(Keeper()).infer(before)
    for field in msgspec.structs.fields(Observation):
        if field.name != "images":
            assert getattr(kept[0], field.name) is getattr(before, field.name)


@pytest.mark.parametrize(
    "text", ["", "blak", "none:1", "black:1", "shifted", "shifted:", "shifted:0mm", "shifted:41mm",
             "shifted:5", "shifted:nanmm"],
)  # fmt: skip
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(BadValue):
        parse_views(text)


@pytest.mark.parametrize(
    ("text", "cameras"),
    [("black", ()), ("frozen", ()), ("swapped", ("head",)), ("shifted:5mm", ("left_wrist",))],
)
def test_a_policy_that_does_not_look_there_is_refused(text: str, cameras: tuple[str, ...]) -> None:
    make = parse_views(text)
    with pytest.raises(SetupError, match=r"witness"):
        make(Witness(cameras))
