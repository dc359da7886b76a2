"""Inverse kinematics of two arms on one waist, by mink and daqp.

One quadratic program a step moves both TCPs towards their targets:

    min_v  sum_side |J v dt - e|^2_W + posture |v dt - (q0 - q)|^2 + damping |v|^2
    within joint limits and the joints' speed.

It integrates on its own configuration and never reads the measured joints, so that a robot that
is held back by contact does not drag its own target away. A target out of reach degrades
quietly: the TCP stops short of it, which everyone else sees as lag.
"""

from collections.abc import Mapping

import mink
import mujoco
import numpy as np

from ontakt.contract.spaces import SIDES, Array, Side

POSITION_COST = 1.0
ORIENTATION_COST = 0.3
POSTURE_COST = 1e-3
LM_DAMPING = 1e-4
DAMPING = 1e-5
STILL = 1e-5
"""Joint speed [rad/s] below which an unchanged target needs no further solving."""


class TwoArmKinematics:
    """Joint angles that bring the sites `left_tcp` and `right_tcp` of `model` to their targets.

    `model` has the robot's arm and waist joints and no others.
    """

    def __init__(
        self, model: mujoco.MjModel, posture: Mapping[str, float], joint_speed: float
    ) -> None:
        self.model = model
        self.joints = tuple(model.joint(j).name for j in range(model.njnt))
        self._configuration = mink.Configuration(model)
        self._posture = np.array([posture[name] for name in self.joints])
        self._tasks = {
            side: mink.FrameTask(
                f"{side}_tcp",
                "site",
                position_cost=POSITION_COST,
                orientation_cost=ORIENTATION_COST,
                lm_damping=LM_DAMPING,
            )
            for side in SIDES
        }
        self._lean = mink.PostureTask(model, cost=POSTURE_COST)
        self._lean.set_target(self._posture)
        self._limits = [
            mink.ConfigurationLimit(model),
            mink.VelocityLimit(model, dict.fromkeys(self.joints, joint_speed)),
        ]
        self._measured = mujoco.MjData(model)
        self._sites = {side: model.site(f"{side}_tcp").id for side in SIDES}
        self._targets: dict[Side, Array] = {}
        self._settled = False
        self.put(self._posture)

    def lean(self, angles: Array) -> None:
        """Prefer `angles` [rad] among all that reach the targets. Leaning towards the pose in
        which the robot waits keeps the bias small where it works, and brings the same joint
        angles back with the same targets."""
        self._lean.set_target(angles)
        self._settled = False

    @property
    def angles(self) -> Array:
        """Joint angles [rad] of the present solution, in the order of `joints`; a copy."""
        return np.array(self._configuration.q)

    def put(self, angles: Array) -> None:
        """Go on from `angles` [rad], cut to the joints' limits."""
        low, high = self.model.jnt_range.T
        self._configuration.update(np.clip(angles, low, high))
        self._settled = False

    def aim(self, side: Side, position: Array, quaternion: Array) -> None:
        """Bring the TCP of `side` to `position` [m] and `quaternion` wxyz, station frame."""
        pose = np.concatenate([quaternion, position])
        known = self._targets.get(side)
        if known is not None and np.array_equal(known, pose):
            return
        self._targets[side], self._settled = pose, False
        self._tasks[side].set_target(mink.SE3(wxyz_xyz=pose))

    def step(self, dt: float) -> Array:
        """One step of `dt` [s] towards the targets; returns the new joint angles [rad]."""
        if not self._settled:
            speed = mink.solve_ik(
                self._configuration,
                [*self._tasks.values(), self._lean],
                dt,
                "daqp",
                damping=DAMPING,
                limits=self._limits,
            )
            self._configuration.integrate_inplace(speed, dt)
            self._settled = bool(np.abs(speed).max() < STILL)
        return np.asarray(self._configuration.q)

    def solve(self, steps: int = 300, dt: float = 0.02) -> Array:
        """Many steps at once; returns the joint angles [rad]. For a pose at rest."""
        for _ in range(steps):
            self.step(dt)
            if self._settled:
                break
        return self.angles

    def error(self, side: Side) -> float:
        """Distance of the solution's TCP to its target [m]."""
        position, _ = self.forward(self._configuration.q)[side]
        return float(np.linalg.norm(position - self._targets[side][4:]))

    def forward(self, angles: Array) -> dict[Side, tuple[Array, Array]]:
        """TCP position [m] and quaternion wxyz of both sides at joint `angles` [rad]."""
        data = self._measured
        data.qpos[:] = angles
        mujoco.mj_kinematics(self.model, data)
        poses: dict[Side, tuple[Array, Array]] = {}
        for side, site in self._sites.items():
            quaternion = np.empty(4)
            mujoco.mju_mat2Quat(quaternion, data.site_xmat[site])
            poses[side] = (data.site_xpos[site].copy(), quaternion)
        return poses
