"""A parallel gripper with a force sensor, two touching pads and a camera, for any robot's wrist.

Frame of the tool: x along the fingers, y from pad b to pad a, origin (site `SIDE_tcp`) between
the pads' middles.
"""

import math
from typing import Any

import mujoco
from msgspec import Struct

from ontakt.contract.spaces import Side
from ontakt.contract.units import Metres, MetresPerSecond, Newtons
from ontakt.station.contacts import (
    ARM,
    CLUTTER,
    FINGER,
    NUT,
    PAD,
    PIN,
    STATIC,
    TRUNK,
)
from ontakt.station.views import aim

BOX = mujoco.mjtGeom.mjGEOM_BOX


class GripperConfig(Struct, frozen=True):
    """`[gripper]` of a robot file."""

    actuator_force: Newtons
    """At the drive; each pad presses with half of it."""
    stiffness: float
    """Of the finger's position servo [N/m]."""
    stroke: Metres
    """Of one finger."""
    finger_speed: MetresPerSecond
    """Of the drive: no command moves a finger faster."""
    force_noise: Newtons
    """Standard deviation of the wrist's force sensor, per axis and control tick."""


def add_gripper(
    spec: mujoco.MjSpec, wrist: Any, side: Side, config: GripperConfig, fov: float
) -> None:
    """Put the gripper of `side` on the body `wrist`, pointing along its x axis. It adds the joints
    and bodies `SIDE_finger_a` and `_b`, the actuator `SIDE_grip`, the sensors `SIDE_force`,
    `SIDE_touch_a` and `_b`, the sites `SIDE_tcp` and `SIDE_flange`, the camera `SIDE_wrist`."""
    other = ARM["right" if side == "left" else "left"]
    meets = STATIC | NUT | CLUTTER | TRUNK | other | FINGER
    palm = wrist.add_body(name=f"{side}_palm", pos=[0.055, 0, 0], gravcomp=1)
    palm.add_geom(
        name=f"{side}_palm",
        type=BOX,
        size=[0.018, 0.032, 0.016],
        mass=0.15,
        rgba=[0.15, 0.15, 0.17, 1],
        contype=ARM[side],
        conaffinity=meets,
    )
    palm.add_site(name=f"{side}_tcp", pos=[0.085, 0, 0], size=[0.003, 0, 0], group=5)
    palm.add_site(name=f"{side}_flange", size=[0.003, 0, 0], group=5)
    camera = palm.add_camera(name=f"{side}_wrist", pos=[-0.005, 0, 0.045], fovy=math.degrees(fov))
    camera.quat = aim([0.09, 0, -0.045], up=[0, 0, 1])
    for letter, sign in (("a", 1), ("b", -1)):
        _add_finger(spec, palm, f"{side}_{{}}_{letter}", sign, config, meets)
    spec.add_equality(
        name=f"{side}_fingers",
        type=mujoco.mjtEq.mjEQ_JOINT,
        objtype=mujoco.mjtObj.mjOBJ_JOINT,
        name1=f"{side}_finger_a",
        name2=f"{side}_finger_b",
        solref=[0.005, 1],
        data=[0, 1] + [0] * 10,
    )
    drive = spec.add_actuator(
        name=f"{side}_grip",
        target=f"{side}_finger_a",
        trntype=mujoco.mjtTrn.mjTRN_JOINT,
        ctrlrange=[0, config.stroke],
        ctrllimited=True,
        forcerange=[-config.actuator_force, config.actuator_force],
        forcelimited=True,
    )
    drive.set_to_position(kp=config.stiffness)
    spec.add_sensor(
        name=f"{side}_force",
        type=mujoco.mjtSensor.mjSENS_FORCE,
        objtype=mujoco.mjtObj.mjOBJ_SITE,
        objname=f"{side}_flange",
    )


def _add_finger(
    spec: mujoco.MjSpec, palm: Any, name: str, sign: int, config: GripperConfig, meets: int
) -> None:
    finger = palm.add_body(name=name.format("finger"), pos=[0.018, 0, 0], gravcomp=1)
    finger.add_joint(
        name=name.format("finger"),
        type=mujoco.mjtJoint.mjJNT_SLIDE,
        axis=[0, sign, 0],
        range=[0, config.stroke],
        limited=True,
        damping=20.0,
        armature=0.05,
    )
    finger.add_geom(
        name=name.format("finger"),
        type=BOX,
        size=[0.028, 0.004, 0.006],
        pos=[0.028, sign * 0.0045, 0],
        mass=0.02,
        rgba=[0.3, 0.3, 0.32, 1],
        contype=FINGER,
        conaffinity=meets,
    )
    finger.add_geom(
        name=name.format("pad"),
        type=BOX,
        size=[0.006, 0.002, 0.006],
        pos=[0.067, sign * 0.002, 0],
        mass=0.005,
        rgba=[0.1, 0.5, 0.2, 1],
        contype=FINGER,
        conaffinity=meets | PIN,
        **PAD,
    )
    finger.add_site(
        name=name.format("touch"),
        type=BOX,
        size=[0.008, 0.003, 0.007],
        pos=[0.065, sign * 0.002, 0],
        group=5,
    )
    spec.add_sensor(
        name=name.format("touch"),
        type=mujoco.mjtSensor.mjSENS_TOUCH,
        objtype=mujoco.mjtObj.mjOBJ_SITE,
        objname=name.format("touch"),
    )
