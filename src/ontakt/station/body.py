"""A robot in the physics: servos, play and friction of its joints, and what its sensors read."""

import math
from collections.abc import Mapping

import mujoco
import numpy as np

from ontakt.contract.observation import ArmState
from ontakt.contract.spaces import SIDES, ActionSpace, Array, Side, frozen_array
from ontakt.station.kinematics import TwoArmKinematics
from ontakt.station.seams import Robot

STUCK = np.array([0.99, 0.999])
"""Impedance of dry friction that holds; MuJoCo's default lets a pushed joint creep in 0.3 s."""
DRIVES = 1
"""MuJoCo group of the actuators that lose their power in a stop; the grippers stay in group 0."""
WRIST = "wrist"
"""Word in the names of the joints that have play when worn."""


def kinematic_model(robot: Robot) -> mujoco.MjModel:
    """The robot's joints without anything that only physics or eyes need, fingers fixed."""
    spec = robot.spec(meshes=False)
    things = (*spec.equalities, *spec.actuators, *spec.sensors, *spec.geoms, *spec.cameras)
    for thing in things:
        spec.delete(thing)
    for joint in list(spec.joints):
        if "finger" in joint.name:
            spec.delete(joint)
    return spec.compile()


class Body:
    """The robot of one physics model: obeys targets, wears, and tells what it feels."""

    def __init__(
        self, robot: Robot, model: mujoco.MjModel, data: mujoco.MjData, space: ActionSpace
    ) -> None:
        self._robot, self._model, self._data, self._space = robot, model, data, space
        self.kinematics = TwoArmKinematics(
            kinematic_model(robot), robot.posture(), robot.joint_speed
        )
        joints = self.kinematics.joints
        self._qpos = np.array([model.joint(name).qposadr[0] for name in joints])
        self._dofs = np.array([model.joint(name).dofadr[0] for name in joints])
        self._servos = np.array([model.actuator(name).id for name in joints])
        self._plays = np.array([WRIST in name for name in joints])
        self._arms = {side: [joints.index(name) for name in robot.arm(side)] for side in SIDES}
        self._grips = {side: model.actuator(f"{side}_grip").id for side in SIDES}
        self._fingers = {
            side: [int(model.joint(f"{side}_finger_{f}").qposadr[0]) for f in "ab"]
            for side in SIDES
        }
        self._tcps = {side: model.site(f"{side}_tcp").id for side in SIDES}
        self._flanges = {side: model.site(f"{side}_flange").id for side in SIDES}
        sensor = {s: [f"{s}_force", f"{s}_touch_a", f"{s}_touch_b"] for s in SIDES}
        self._sensors = {
            s: [int(model.sensor(name).adr[0]) for name in names] for s, names in sensor.items()
        }
        torque = np.abs(model.jnt_actfrcrange[[model.joint(n).id for n in joints]]).max(axis=1)
        shoulder = max(torque[joints.index(robot.arm("left")[0])], 1e-9)
        self._strength = np.minimum(torque / shoulder, 1.0)
        """Torque limit of each joint as a share of the shoulder's."""
        self._is_arm = np.array([name not in robot.waist for name in joints])
        self._damping = model.dof_damping[self._dofs].copy()
        self._friction = model.dof_frictionloss[self._dofs].copy()
        self._sticking = model.dof_solimp[self._dofs].copy()
        self._pads = [model.geom(f"{s}_pad_{f}").id for s in SIDES for f in "ab"]
        self._pad_friction = model.geom_friction[self._pads].copy()
        self._cameras = {s: model.camera(f"{s}_wrist").id for s in SIDES}
        self._camera_pos = {s: model.cam_pos[c].copy() for s, c in self._cameras.items()}
        self._forces = {side: np.zeros(3) for side in SIDES}
        self._play, self._grip_share = 0.0, 1.0
        self._slack = np.zeros(len(joints))
        """How far each motor is ahead of its link [rad]."""
        self._motors = self.kinematics.angles
        self.target = np.zeros(space.width)
        self.powered = True
        model.actuator_group[self._servos] = DRIVES

    def wear(self, drawn: Mapping[str, float]) -> None:
        """Take on the wear of one cycle, in place of what was there before.

        `wear.grip`, `wear.friction`: factors on the gripper's force and the pads' friction.
        `wear.joint_friction` [N m]: dry friction added at a shoulder joint, at the others in
        proportion to their torque limit. `wear.backlash` [rad]: play of each wrist joint between
        motor, where the encoder sits, and link. `wear.camera.x`, `.y` [m]: shift of both wrist
        cameras in the station frame when the gripper points down.
        """
        model = self._model
        self._play = drawn.get("wear.backlash", 0.0)
        self._slack = np.clip(self._slack, -self._play / 2, self._play / 2)
        self._grip_share = drawn.get("wear.grip", 1.0)
        added = drawn.get("wear.joint_friction", 0.0) * self._strength * self._is_arm
        model.dof_frictionloss[self._dofs] = self._friction + added
        # the share of friction that is not as new does not creep: it sticks
        share = (added / (added + self._friction))[:, None]
        model.dof_solimp[self._dofs, :2] = self._sticking[:, :2] + share * np.maximum(
            STUCK - self._sticking[:, :2], 0.0
        )
        model.geom_friction[self._pads] = self._pad_friction
        model.geom_friction[self._pads, 0] *= drawn.get("wear.friction", 1.0)
        self._limit_grip(math.inf)
        drift = [0.0, drawn.get("wear.camera.y", 0.0), drawn.get("wear.camera.x", 0.0)]
        for side, camera in self._cameras.items():
            model.cam_pos[camera] = self._camera_pos[side] + drift

    def place(self, angles: Array, target: Array) -> None:
        """Stand still at joint `angles` [rad] with the fingers as `target` (width,) says, servos
        asking for the same."""
        self.kinematics.put(angles)
        self._data.qpos[self._qpos] = angles
        self._slack = np.zeros_like(self._slack)
        self._motors = np.array(angles)
        self._data.ctrl[self._servos] = angles
        for side in SIDES:
            half = float(self._space.opening(target, side)) / 2
            self._data.qpos[self._fingers[side]] = half
            self._data.ctrl[self._grips[side]] = half
        self.target = np.array(target)

    def stance(self) -> Array:
        """Positions of all of the robot's joints [rad, m], fingers last; `stand` takes it."""
        fingers = [k for side in SIDES for k in self._fingers[side]]
        return np.concatenate([self._data.qpos[self._qpos], self._data.qpos[fingers]])

    def stand(self, stance: Array, control: Array) -> None:
        """Stand still in `stance` with the servos asking for `control`, as they did before."""
        fingers = [k for side in SIDES for k in self._fingers[side]]
        self._data.qpos[self._qpos] = stance[: len(self._qpos)]
        self._data.qpos[fingers] = stance[len(self._qpos) :]
        self._data.ctrl[:] = control

    def power(self, on: bool) -> None:
        """Give the drives of arms and waist their power, or take it.

        Without it the motors' windings are shorted and brake as much as the servos damp, friction
        does the rest, and what stands floats: gravity stays compensated, as by springs; there are
        no brakes that hold against a push. The grippers keep what they hold, as a spindle does that
        locks itself (ISO 10218-1 wants no load released by a loss of power). When power comes back,
        the servos begin where the arms are measured to be.
        """
        if on == self.powered:
            return
        self.powered, model = on, self._model
        damping = -model.actuator_biasprm[self._servos, 2]
        model.dof_damping[self._dofs] = self._damping + (0.0 if on else damping)
        if not on:
            model.opt.disableactuator |= 1 << DRIVES
            return
        model.opt.disableactuator &= ~(1 << DRIVES)
        angles = self._data.qpos[self._qpos] + self._slack
        self.kinematics.put(angles)
        self._motors = self.kinematics.angles
        self._data.ctrl[self._servos] = self._motors - self._slack
        openings = {side: float(self._space.opening(self.target, side)) for side in SIDES}
        poses = self.kinematics.forward(self._motors)
        self.aim(
            self._space.pack({side: (*poses[side], openings[side]) for side in SIDES}), math.inf
        )

    def aim(self, target: Array, force: float) -> None:
        """Pursue `target` (width,) from now on, no pad pressing with more than `force` [N]."""
        self.target = np.array(target)
        self._limit_grip(force)
        for side in SIDES:
            self.kinematics.aim(
                side, self._space.position(target, side), self._space.quaternion(target, side)
            )

    def _limit_grip(self, force: float) -> None:
        """Let no pad press with more than `force` [N], nor than a worn gripper can."""
        most = min(2.0 * force, self._robot.gripper.actuator_force * self._grip_share)
        for grip in self._grips.values():
            self._model.actuator_forcerange[grip] = (-most, most)

    def drive(self, dt: float) -> None:
        """Tell the servos where to be `dt` [s] from now."""
        ctrl = self._data.ctrl
        motors = self.kinematics.step(dt)
        if self._play > 0.0:
            # a link follows its motor only when the play is used up, in either direction
            half = self._play / 2
            slack = np.clip(self._slack + motors - self._motors, -half, half)
            self._slack = np.where(self._plays, slack, 0.0)
        self._motors = np.array(motors)
        ctrl[self._servos] = motors - self._slack
        step = self._robot.gripper.finger_speed * dt
        for side, grip in self._grips.items():
            wanted = float(self._space.opening(self.target, side)) / 2
            ctrl[grip] += min(max(wanted - ctrl[grip], -step), step)

    def feel(self, noise: Array) -> None:
        """Read the wrist's force sensors at the end of a tick; `noise` (sides, 3) is in units of
        their standard deviation."""
        sigma = self._robot.gripper.force_noise
        for row, (side, flange) in enumerate(self._flanges.items()):
            adr = self._sensors[side][0]
            turn = self._data.site_xmat[flange].reshape(3, 3)
            # the sensor tells how the arm holds the tool: the opposite acts on the tool
            self._forces[side] = sigma * noise[row] - turn @ self._data.sensordata[adr : adr + 3]

    def read(self) -> dict[Side, ArmState]:
        """What encoders and force sensors tell now; play of the wrist hides from the encoders."""
        angles = self._data.qpos[self._qpos] + self._slack
        poses = self.kinematics.forward(angles)
        states: dict[Side, ArmState] = {}
        for side in SIDES:
            position, quaternion = poses[side]
            touches = [float(self._data.sensordata[k]) for k in self._sensors[side][1:]]
            states[side] = ArmState(
                position=frozen_array(position),
                quaternion=frozen_array(quaternion),
                opening=float(self._data.qpos[self._fingers[side]].sum()),
                grip_force=sum(touches) / len(touches),
                wrist_force=frozen_array(self._forces[side]),
                target=frozen_array(self._space.position(self.target, side)),
                target_opening=float(self._space.opening(self.target, side)),
                joints=frozen_array(angles[self._arms[side]]),
            )
        return states

    def true_tcp(self, side: Side) -> Array:
        """Where the TCP of `side` really is [m]; a copy."""
        return np.array(self._data.site_xpos[self._tcps[side]])
