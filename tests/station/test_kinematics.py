"""Inverse kinematics against its own forward kinematics, inside and outside of reach."""

import numpy as np
import pytest

from ontakt.contract import Array, Side
from ontakt.station.body import kinematic_model
from ontakt.station.kinematics import TwoArmKinematics
from ontakt.station.robots.g1 import G1
from ontakt.station.simulation import DOWN

HOME: dict[Side, Array] = {
    "left": np.array([0.25, 0.25, 0.94]),
    "right": np.array([0.25, -0.25, 0.94]),
}


@pytest.fixture(scope="module")
def arms() -> TwoArmKinematics:
    robot = G1()
    arms = TwoArmKinematics(kinematic_model(robot), robot.posture(), robot.joint_speed)
    aim(arms, HOME)
    arms.lean(arms.solve())
    arms.solve()
    return arms


def aim(arms: TwoArmKinematics, places: dict[Side, Array]) -> None:
    for side, place in places.items():
        arms.aim(side, place, np.array(DOWN))


@pytest.mark.parametrize("z", [0.83, 0.90, 1.0])
@pytest.mark.parametrize("xy", [(0.27, 0.27), (0.33, 0.14), (0.25, 0.25), (0.36, 0.05)])
def test_targets_in_the_workspace_are_reached(
    arms: TwoArmKinematics, xy: tuple[float, float], z: float
) -> None:
    x, y = xy
    aim(arms, {"left": np.array([x, y, z]), "right": np.array([x, -y, z])})
    angles = arms.solve()
    poses = arms.forward(angles)
    for side, sign in (("left", 1), ("right", -1)):
        position, quaternion = poses[side]  # type: ignore[index]
        # 0.1 mm of lean towards the waiting pose is left, 0.3 mm at the edge
        assert position == pytest.approx([x, sign * y, z], abs=0.0003)
        assert abs(quaternion @ np.array(DOWN)) > 0.99999
        assert arms.error(side) < 0.0003  # type: ignore[arg-type]


def test_joint_limits_and_speeds_hold_on_the_way(arms: TwoArmKinematics) -> None:
    aim(arms, HOME)
    before = arms.solve()
    aim(arms, {"left": np.array([0.40, 0.05, 0.83]), "right": np.array([0.16, -0.39, 1.04])})
    low, high = arms.model.jnt_range.T
    for _ in range(60):
        after = np.array(arms.step(1 / 60))
        assert np.abs(after - before).max() < 2.0 / 60 + 1e-9
        assert (after >= low - 1e-9).all()
        assert (after <= high + 1e-9).all()
        before = after


def test_a_target_out_of_reach_stops_short_and_says_by_how_much(arms: TwoArmKinematics) -> None:
    aim(arms, HOME | {"left": np.array([0.9, 0.3, 0.9])})
    arms.solve()
    assert arms.error("left") > 0.2
    aim(arms, HOME)
    arms.solve()
    assert arms.error("left") < 0.0001


def test_the_same_targets_bring_the_same_joint_angles_back(arms: TwoArmKinematics) -> None:
    arms.put(np.array([G1().posture()[name] for name in arms.joints]))
    aim(arms, HOME)
    first = arms.solve()
    for x in (0.33, 0.20):
        aim(arms, {"left": np.array([x, 0.14, 0.83]), "right": np.array([x, -0.2, 0.9])})
        arms.solve()
    aim(arms, HOME)
    assert arms.solve() == pytest.approx(first, abs=1e-3)


def test_angles_beyond_the_limits_are_cut_to_them(arms: TwoArmKinematics) -> None:
    before = arms.angles
    arms.put(np.full(len(arms.joints), 10.0))
    assert arms.angles == pytest.approx(arms.model.jnt_range[:, 1])
    arms.put(before)
