"""When an arm counts as home."""

import math

import msgspec
import numpy as np
import pytest

from ontakt.contract import frozen_array
from ontakt.runtime.fake import FakeStation
from ontakt.runtime.rest_pose import RestPose

STATION = FakeStation()
POSE = RestPose(STATION.spec.action_space, STATION.spec.home)
ARM = STATION.observe(0, 0).arms["left"]


def turned(angle: float) -> np.ndarray:
    """The home orientation (half a turn about x) turned further about x."""
    half = (math.pi + angle) / 2
    return frozen_array((math.cos(half), math.sin(half), 0.0, 0.0))


@pytest.mark.parametrize(
    ("change", "home"),
    [
        ({}, True),
        ({"position": ARM.position + np.array([0.003, 0.0, -0.003])}, True),
        ({"position": ARM.position + np.array([0.004, 0.0, -0.004])}, False),
        ({"position": np.full(3, math.nan)}, False),
        ({"quaternion": turned(0.09)}, True),
        ({"quaternion": turned(-0.11)}, False),
        ({"quaternion": -ARM.quaternion}, True),  # the same rotation
        ({"opening": 0.058}, True),
        ({"opening": 0.056}, False),
        ({"opening": math.nan}, False),
    ],
)
def test_near_upright_and_open(change: dict[str, object], home: bool) -> None:
    assert POSE.holds("left", msgspec.structs.replace(ARM, **change)) is home


def test_the_other_sides_home_is_not_this_ones() -> None:
    assert not POSE.holds("right", ARM)
