"""Limits without sense are refused before anything moves."""

import math
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ontakt.contract import SIDES, BadValue
from ontakt.contract.limits import ArmOverride, Tool
from ontakt.runtime.fake import FakeStation
from ontakt.runtime.limit_check import check_limits

STATION = FakeStation()
SPACE, LIMITS = STATION.spec.action_space, STATION.limits
BOX = LIMITS.workspace["left"]


def test_the_shipped_limits_make_sense() -> None:
    check_limits(SPACE, LIMITS)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"speed": 0.0}, "limit speed is 0.0; a limit is a number above 0"),
        ({"acceleration": math.nan}, "limit acceleration is nan"),
        ({"jerk": -1.0}, "limit jerk is -1.0"),
        ({"wrist_force": math.inf}, "limit wrist_force is inf"),
        ({"clearance": 0.0}, "limit clearance is 0.0"),
        ({"tool": Tool(length=0.1, radius=0.0)}, "limit tool.radius is 0.0"),
        ({"opening": (0.04, 0.04)}, "limit opening is"),
        ({"workspace": {"left": BOX}}, "it lacks 'right'"),
        ({"workspace": dict.fromkeys(SIDES, ((0, 0, 0), (0, 1, 1)))}, "workspace of left"),
        ({"workspace": dict.fromkeys(SIDES, ((math.nan, 0, 0), (1, 1, 1)))}, "workspace of left"),
        ({"arm": {"left": ArmOverride(jerk=0.0)}}, "limit jerk of left is 0.0"),
        ({"mode": {"homing": ArmOverride(speed=-0.1)}}, "limit speed of homing is -0.1"),
        (
            {"mode": {"reduced": ArmOverride(speed=0.51)}},
            "limit speed of mode reduced is 0.51; a mode only lowers a limit, "
            "and that of the arms is 0.5",
        ),
    ],
)
def test_limits_without_sense_are_refused(change: dict[str, Any], told: str) -> None:
    with pytest.raises(BadValue, match=told):
        check_limits(SPACE, msgspec.structs.replace(LIMITS, **change))


def test_a_mode_may_be_above_the_slower_arm() -> None:
    """It lowers the quicker one, and leaves the other as it is."""
    slow = {"left": ArmOverride(speed=0.1)}
    limits = msgspec.structs.replace(LIMITS, arm=slow, mode={"reduced": ArmOverride(speed=0.25)})
    check_limits(SPACE, limits)
    assert [limits.of(side, "reduced").speed for side in SIDES] == [0.1, 0.25]


@given(st.sampled_from(["speed", "jerk", "turn_speed", "wrist_force"]), st.floats(0.01, 10.0))
def test_a_mode_never_raises_a_limit(name: str, factor: float) -> None:
    value = factor * getattr(LIMITS, name)
    limits = msgspec.structs.replace(LIMITS, mode={"homing": ArmOverride(**{name: value})})
    if factor > 1.0:
        with pytest.raises(BadValue, match="a mode only lowers a limit"):
            check_limits(SPACE, limits)
    else:
        check_limits(SPACE, limits)
        assert getattr(limits.of("left", "homing"), name) == value
