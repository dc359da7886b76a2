"""The gauge measures in the pin's own frame, wherever and however askew the pin stands."""

import math

import mujoco
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ontakt.contract import Array
from ontakt.station.tasks.gauge import InspectionConfig, measure

LIMITS = InspectionConfig(offset=0.003, height=0.0015, tilt=math.radians(4), reach=0.05)
HEIGHT = 0.010


def turned(axis: tuple[float, float, float], angle: float) -> Array:
    quaternion = np.empty(4)
    mujoco.mju_axisAngle2Quat(quaternion, np.array(axis), angle)
    return quaternion


@given(
    foot=st.tuples(*[st.floats(-1, 1)] * 3),
    lean=st.floats(-0.2, 0.2),
    yaw=st.floats(-math.pi, math.pi),
    radius=st.floats(0, 0.02),
    bearing=st.floats(-math.pi, math.pi),
    rise=st.floats(-0.01, 0.02),
    tilt=st.floats(0.001, 1.5),
)
def test_offset_height_and_tilt_do_not_depend_on_where_the_pin_stands(
    foot: tuple[float, float, float],
    lean: float,
    yaw: float,
    radius: float,
    bearing: float,
    rise: float,
    tilt: float,
) -> None:
    pin, flat = np.empty(4), np.empty(9)
    mujoco.mju_mulQuat(pin, turned((0, 0, 1), yaw), turned((0, 1, 0), lean))
    mujoco.mju_quat2Mat(flat, pin)
    turn = flat.reshape(3, 3)
    away = [radius * math.cos(bearing), radius * math.sin(bearing), HEIGHT / 2 + rise]
    nut = np.empty(4)
    mujoco.mju_mulQuat(nut, pin, turned((1, 0, 0), tilt))
    pose = np.concatenate([np.array(foot) + turn @ away, nut])
    far = np.concatenate([np.array(foot) + turn @ [0.04, 0, 0], nut])
    found = measure([far, pose], np.array(foot), turn, HEIGHT, LIMITS)
    assert found.offset == pytest.approx(radius, abs=1e-9)
    assert found.height == pytest.approx(rise, abs=1e-9)
    assert found.tilt == pytest.approx(tilt, abs=1e-6)
    good = radius < LIMITS.offset and abs(rise) < LIMITS.height and tilt < LIMITS.tilt
    close = min(
        abs(radius - LIMITS.offset), abs(abs(rise) - LIMITS.height), abs(tilt - LIMITS.tilt)
    )
    if close > 1e-6:
        assert found.ok is good


def test_without_a_nut_in_reach_it_reads_its_reach() -> None:
    far = np.array([0.06, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0])
    for nuts in ([], [far]):
        found = measure(nuts, np.zeros(3), np.eye(3), HEIGHT, LIMITS)
        assert (found.ok, found.offset, found.height) == (False, 0.05, 0.05)


@pytest.mark.parametrize("stacked", [1, 2])
def test_a_second_nut_on_the_pin_is_seen(stacked: int) -> None:
    seated = np.array([0.0001, 0.0, HEIGHT / 2, 1.0, 0.0, 0.0, 0.0])
    beside = np.array([0.015, 0.0, HEIGHT / 2, 1.0, 0.0, 0.0, 0.0])
    assert measure([seated, beside], np.zeros(3), np.eye(3), HEIGHT, LIMITS).ok
    up = np.array([0.0, 0.0, HEIGHT, 0.0, 0.0, 0.0, 0.0])
    pile = [seated + k * up for k in range(stacked + 1)]
    found = measure([*pile, beside], np.zeros(3), np.eye(3), HEIGHT, LIMITS)
    assert not found.ok
    assert found.height == pytest.approx(stacked * HEIGHT)
