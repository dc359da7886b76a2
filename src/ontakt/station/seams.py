"""What a robot and a task must give for `simulation.SimulatedStation` to put them together."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import mujoco
from msgspec import Struct

from ontakt.contract import Array, Assistance, CameraSpec, Inspection, Limits, Side
from ontakt.station.robots.gripper import GripperConfig


class SimulationConfig(Struct, frozen=True):
    """`[simulation]` of a station file."""

    physics_hz: int
    kinematics_hz: int
    control_hz: int


class Variation(Protocol):
    """What differs from cycle to cycle; `variation.Variation` is the one that levels make."""

    def draw(self, seed: int, cycle: int) -> dict[str, float]: ...


class Robot(Protocol):
    """A model with the names that `gripper.add_gripper` makes, position servos named like their
    joints, and the data that a model does not carry."""

    @property
    def name(self) -> str: ...
    @property
    def notes(self) -> tuple[str, ...]: ...
    @property
    def files(self) -> tuple[Path, ...]:
        """What its behaviour is configured by; part of the station's hash."""
        ...

    @property
    def gripper(self) -> GripperConfig: ...
    @property
    def joint_speed(self) -> float:
        """[rad/s]"""
        ...

    @property
    def waist(self) -> tuple[str, ...]:
        """Joints that both arms share."""
        ...

    def arm(self, side: Side) -> tuple[str, ...]:
        """Joints of one arm, shoulder first."""
        ...

    def posture(self) -> dict[str, float]:
        """Joint angles [rad] by name from which inverse kinematics starts."""
        ...

    def camera(self, name: str, width: int, height: int) -> CameraSpec: ...

    def spec(self, meshes: bool) -> mujoco.MjSpec:
        """The robot alone, as people see it (`meshes`) or as physics and policies do; with the
        same joints in the same order."""
        ...


class Cell(Protocol):
    """A task in one physics model; `tasks.nut_cell` is the first. `tools` are the true places of
    the TCPs [m], which decide where there is room for a thing to come."""

    @property
    def moved(self) -> tuple[str, ...]:
        """Bodies that the variation moves in the model itself."""
        ...

    def present(
        self, seed: int, cycle: int, drawn: Mapping[str, float], tools: Mapping[Side, Array]
    ) -> None:
        """A new part; resets the data, after which the robot is put back by others."""
        ...

    def feed(self, side: Side, tools: Mapping[Side, Array]) -> int | None: ...

    def stock(self, left: Mapping[Side, int]) -> None: ...

    def serve(self, tools: Mapping[Side, Array]) -> None:
        """Do what was waiting for the tools to leave; called every tick."""
        ...

    def step(self, steps: int) -> None:
        """Let `steps` physics steps pass."""
        ...

    def seen(self) -> dict[str, Array]:
        """True places [m] of what a camera finds, by name."""
        ...

    def inspect(self) -> dict[Side, Inspection]: ...

    def assist(self, action: Assistance, tools: Mapping[Side, Array]) -> None: ...

    def shown(self) -> dict[str, bool]:
        """What is to be drawn now, by the beginning of its geoms' names."""
        ...


class Task(Protocol):
    """What a task file gives."""

    @property
    def name(self) -> str: ...
    @property
    def files(self) -> tuple[Path, ...]: ...
    @property
    def places(self) -> Mapping[str, tuple[float, float, float]]: ...
    @property
    def limits(self) -> Limits: ...
    @property
    def simulation(self) -> SimulationConfig: ...
    @property
    def cameras(self) -> Mapping[str, tuple[int, int]]:
        """Image width and height [px] by camera."""
        ...

    @property
    def views(self) -> tuple[str, ...]:
        """Cameras that `decorate` adds for people, the best one first."""
        ...

    @property
    def opening(self) -> float:
        """Of the grippers at home [m]."""
        ...

    @property
    def gauge(self) -> Mapping[str, float]:
        """What the inspector calls good, as `StationSpec.gauge`."""
        ...

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add the station to the robot's model."""
        ...

    def decorate(self, spec: mujoco.MjSpec) -> None:
        """Make the people's model of a built one."""
        ...

    def bind(self, model: mujoco.MjModel, data: mujoco.MjData) -> Cell: ...
