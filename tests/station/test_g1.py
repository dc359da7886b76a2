"""The robot's model: what was taken away from Unitree's, and what was added."""

import mujoco
import numpy as np
import pytest

from ontakt.contract import SIDES
from ontakt.station.robots.g1 import G1


@pytest.fixture(scope="module")
def robot() -> G1:
    return G1()


@pytest.fixture(scope="module")
def model(robot: G1) -> mujoco.MjModel:
    return robot.spec(meshes=False).compile()


def test_upper_body_on_a_fixed_base(robot: G1, model: mujoco.MjModel) -> None:
    joints = {model.joint(k).name for k in range(model.njnt)}
    arms = {name for side in SIDES for name in robot.arm(side)}
    fingers = {f"{side}_finger_{f}" for side in SIDES for f in "ab"}
    assert joints == {*robot.waist, *arms, *fingers}
    assert model.nv == 3 + 14 + 4
    assert "balance is not simulated" in " ".join(robot.notes)


def test_torque_and_joint_limits_are_unitrees(model: mujoco.MjModel) -> None:
    for name, torque in (("left_shoulder_pitch_joint", 25), ("right_wrist_yaw_joint", 5)):
        limits = model.jnt_actfrcrange[model.joint(name).id]
        assert limits == pytest.approx([-torque, torque])
    assert model.joint("left_elbow_joint").range == pytest.approx([-1.0472, 2.0944])


def test_the_posture_is_mirrored_and_within_limits(robot: G1, model: mujoco.MjModel) -> None:
    data = mujoco.MjData(model)
    for name, angle in robot.posture().items():
        low, high = model.joint(name).range
        assert low <= angle <= high
        data.joint(name).qpos = angle
    mujoco.mj_forward(model, data)
    left, right = (data.site(f"{side}_tcp").xpos for side in SIDES)
    # Unitree's own left and right shoulders differ by 10 micrometres
    assert left == pytest.approx(right * [1, -1, 1], abs=1e-4)


def test_meshes_and_capsules_move_alike(robot: G1, model: mujoco.MjModel) -> None:
    fine = robot.spec(meshes=True).compile()
    assert fine.nq == model.nq
    assert [fine.joint(k).name for k in range(fine.njnt)] == [
        model.joint(k).name for k in range(model.njnt)
    ]
    assert (fine.geom_type == mujoco.mjtGeom.mjGEOM_MESH).sum() > 30
    assert not (model.geom_type == mujoco.mjtGeom.mjGEOM_MESH).any()
    assert fine.body_mass == pytest.approx(model.body_mass)


def test_fingers_mirror_each_other_and_press_with_half_the_drive(model: mujoco.MjModel) -> None:
    data = mujoco.MjData(model)
    data.qpos[:] = 0
    for side in SIDES:
        data.actuator(f"{side}_grip").ctrl = 0.02
    for _ in range(600):
        mujoco.mj_step(model, data)
    for side in SIDES:
        a, b = (float(data.joint(f"{side}_finger_{f}").qpos[0]) for f in "ab")
        assert a == pytest.approx(b, abs=2e-4)
        assert a == pytest.approx(0.02, abs=2e-3)
        data.actuator(f"{side}_grip").ctrl = 0.0
    for _ in range(600):
        mujoco.mj_step(model, data)
    touches = [float(data.sensor(f"left_touch_{f}").data[0]) for f in "ab"]
    assert np.allclose(touches, touches[0], atol=0.5)
