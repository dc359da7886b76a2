"""A station in MuJoCo: any robot of `robots/` at any task of `tasks/`.

One control tick is two steps of inverse kinematics at 60 Hz, each with eight physics steps at
480 Hz. What people look at is another model of the same bodies, finer and in its surroundings;
it is made when it is first asked for and only mirrors the physics. Images and pictures never
change the physics: the same (seed, cycle) and commands give the same states, bit by bit.
"""

import hashlib
import math
from collections.abc import Mapping

import mujoco
import numpy as np

from ontakt.contract import (
    SIDES,
    ActionSpace,
    Array,
    Assistance,
    Command,
    CycleError,
    Image,
    Inspection,
    Limits,
    Observation,
    SetupError,
    Side,
    Sight,
    StationSpec,
    UnknownName,
)
from ontakt.station.body import Body
from ontakt.station.gallery import Gallery
from ontakt.station.gl import check_gl
from ontakt.station.lamps import Lamps
from ontakt.station.painter import Painter
from ontakt.station.seams import Robot, SimulationConfig, Task, Variation
from ontakt.station.variation import stream
from ontakt.station.vision import Vision

DOWN = (math.sqrt(0.5), 0.0, math.sqrt(0.5), 0.0)
"""TCP orientation wxyz with the gripper pointing down, fingers along the station's y."""
SETTLE = 0.4
"""Time for a new part's clutter and nuts to come to rest before the cycle begins [s]."""
HOME_NEAR = 0.002
"""A robot whose TCPs and openings are this close to home [m] is put there exactly."""
NOISE_TICKS = 4096
"""Ticks of sensor noise that are drawn at a time."""
WARNINGS = ("BADQPOS", "BADQVEL", "BADQACC", "BADCTRL")


class SimulatedStation:
    """`contract.Station` in MuJoCo. Raises SetupError where it cannot be made."""

    def __init__(
        self, robot: Robot, task: Task, variation: Variation, vision: Vision, seed: int
    ) -> None:
        check_gl()
        # we count warnings ourselves; MuJoCo's way is a log file in the working directory
        mujoco.set_mju_user_warning(_no_log)
        self._robot, self._task = robot, task
        self._variation, self._vision, self._seed = variation, vision, seed
        self._space = ActionSpace(control_hz=task.simulation.control_hz)
        self._rates = _rates(task.simulation)
        self._spec = self._make_spec()
        self._model = self._compile(meshes=False)
        self._data = mujoco.MjData(self._model)
        self._body = Body(robot, self._model, self._data, self._space)
        self._cell = task.bind(self._model, self._data)
        self._lamps = Lamps(self._model)
        self._painter: Painter | None = None
        self._gallery: Gallery | None = None
        self._drawn: dict[str, float] = {}
        self._cycle, self._tick = 0, 0
        self._broken = False
        """True after an unstable tick: nothing of the robot's state is worth keeping."""
        for side in SIDES:
            self._body.kinematics.aim(
                side,
                self._space.position(self._spec.home, side),
                self._space.quaternion(self._spec.home, side),
            )
        self._body.kinematics.lean(self._body.kinematics.solve())
        self._home_angles = self._body.kinematics.solve()
        for side in SIDES:
            if self._body.kinematics.error(side) > HOME_NEAR:
                raise SetupError(f"{robot.name} cannot reach the place {side}_home.")
        self._body.place(self._home_angles, self._spec.home)
        self.present(0)

    @property
    def spec(self) -> StationSpec:
        return self._spec

    @property
    def limits(self) -> Limits:
        return self._task.limits

    def present(self, cycle: int) -> Mapping[str, float]:
        body, data = self._body, self._data
        self._cycle, self._tick = cycle, 0
        self._drawn = self._variation.draw(self._seed, cycle)
        home = self._broken or self._at_home()
        self._broken = False
        stance, control = body.stance(), data.ctrl.copy()
        tools = self._tools()
        body.wear(self._drawn)
        self._lamps.set(self._drawn)
        self._vision.start_cycle(self._seed, cycle, self._drawn)
        self._cell.present(self._seed, cycle, self._drawn, tools)
        if home:
            body.place(self._home_angles, self._spec.home)
        else:
            body.stand(stance, control)
        self._noise = stream(self._seed, cycle, "sensors").standard_normal((NOISE_TICKS, 2, 3))
        self._cell.step(round(SETTLE * self._task.simulation.physics_hz))
        self._finish_tick()
        return dict(self._drawn)

    def feed(self, side: Side) -> int | None:
        left = self._cell.feed(side, self._tools())
        mujoco.mj_kinematics(self._model, self._data)
        return left

    def stock(self, left: Mapping[Side, int]) -> None:
        self._cell.stock(left)

    def observe(self, tick: int, utc_ns: int, cameras: tuple[str, ...] = ()) -> Observation:
        sights: dict[str, Sight] = {}
        for name, place in self._cell.seen().items():
            sight = self._vision.see(name, place, tick)
            if sight is not None:
                sights[name] = sight
        return Observation(
            tick=tick,
            utc_ns=utc_ns,
            arms=self._body.read(),
            images={name: self._image(name) for name in cameras},
            sights=sights,
        )

    def tell_truth(self) -> None:
        """As `Vision.tell_truth`."""
        self._vision.tell_truth()

    def apply(self, command: Command) -> None:
        steps, substeps = self._rates
        if self._body.powered:
            self._body.aim(command.target, command.grip_force)
        for _ in range(steps):
            if self._body.powered:
                self._body.drive(1.0 / self._task.simulation.kinematics_hz)
            self._cell.step(substeps)
        self._cell.serve(self._tools())
        self._finish_tick()

    def power(self, on: bool) -> None:
        """As `Body.power`: without it the arms brake by themselves and then float."""
        self._body.power(on)

    def inspect(self) -> Mapping[Side, Inspection]:
        return self._cell.inspect()

    def assist(self, action: Assistance) -> None:
        self._cell.assist(action, self._tools())
        mujoco.mj_kinematics(self._model, self._data)

    def picture(self, view: str, width: int, height: int) -> Image:
        if self._gallery is None:
            self._gallery = Gallery(self._compile(meshes=True), self._model, self._cell.moved)
        shown = self._cell.shown()
        return self._gallery.picture(self._data, self._drawn, shown, view, width, height)

    def close(self) -> None:
        for painter in (self._painter, self._gallery):
            if painter is not None:
                painter.close()

    def _finish_tick(self) -> None:
        """After physics steps: poses up to date, sensors read, and all numbers sound."""
        self._tick += 1
        mujoco.mj_kinematics(self._model, self._data)
        self._body.feel(self._noise[self._tick % NOISE_TICKS])
        bad = [
            name
            for name in WARNINGS
            if self._data.warning[getattr(mujoco.mjtWarning, f"mjWARN_{name}")].number
        ]
        self._broken = bool(bad) or not np.isfinite(self._data.qpos).all()
        if self._broken:
            raise CycleError(
                f"The simulation became unstable in cycle {self._cycle}, tick {self._tick} "
                f"({', '.join(bad) or 'a position is not finite'}); the cycle is lost."
            )

    def _tools(self) -> dict[Side, Array]:
        return {side: self._body.true_tcp(side) for side in SIDES}

    def _at_home(self) -> bool:
        """True when the robot stands at home with open grippers."""
        arms = self._body.read()
        away = 0.0
        for side in SIDES:
            home = self._space.position(self._spec.home, side)
            away = max(away, math.dist(arms[side].position, home))
            away = max(away, abs(arms[side].opening - self._task.opening))
        return away < HOME_NEAR

    def _image(self, camera: str) -> Image:
        sizes = {spec.name: spec for spec in self._spec.cameras}
        if camera not in sizes:
            raise UnknownName("camera", camera, sizes)
        if self._painter is None:
            self._painter = Painter(self._model, people=False)
        self._painter.show(self._cell.shown())
        return self._painter.image(self._data, camera, sizes[camera].width, sizes[camera].height)

    def _compile(self, meshes: bool) -> mujoco.MjModel:
        spec = self._robot.spec(meshes)
        option = spec.option
        option.timestep = 1.0 / self._task.simulation.physics_hz
        option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
        option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
        option.impratio = 10.0
        if not meshes:
            # what lies still costs nothing until it is touched
            option.enableflags |= mujoco.mjtEnableBit.mjENBL_SLEEP
        # a reset in mid-step would hide that the physics broke
        option.disableflags |= mujoco.mjtDisableBit.mjDSBL_AUTORESET
        spec.visual.map.znear = 0.005
        if not meshes:
            # vertices decide what a frame costs without a GPU, not pixels
            spec.visual.quality.offsamples = 0
            spec.visual.quality.numslices, spec.visual.quality.numstacks = 12, 6
        self._task.build(spec)
        if meshes:
            for body in spec.bodies:
                body.sleep = mujoco.mjtSleepPolicy.mjSLEEP_AUTO
            self._task.decorate(spec)
        return spec.compile()

    def _make_spec(self) -> StationSpec:
        task, robot = self._task, self._robot
        digest = hashlib.sha256(mujoco.__version__.encode())
        for path in (*task.files, *robot.files):
            digest.update(path.read_bytes())
        cameras = tuple(robot.camera(name, *size) for name, size in task.cameras.items())
        pose = {
            side: (np.array(task.places[f"{side}_home"]), np.array(DOWN), task.opening)
            for side in SIDES
        }
        return StationSpec(
            name=task.name,
            robot=robot.name,
            hash=digest.hexdigest(),
            action_space=self._space,
            cameras=cameras,
            home=self._space.pack(pose),
            places=dict(task.places),
            views=task.views,
            notes=robot.notes,
            gauge=task.gauge,
        )


def _rates(config: SimulationConfig) -> tuple[int, int]:
    """Kinematics steps in a tick, and physics steps in each of those. Raises SetupError."""
    steps, rest = divmod(config.kinematics_hz, config.control_hz)
    substeps, left = divmod(config.physics_hz, config.kinematics_hz)
    if rest or left or not steps or not substeps:
        raise SetupError(
            f"physics_hz {config.physics_hz}, kinematics_hz {config.kinematics_hz} and control_hz "
            f"{config.control_hz}: each must be a multiple of the next."
        )
    return steps, substeps


def _no_log(_text: str) -> None:
    """Where MuJoCo's warnings go; `SimulatedStation` reads their counters after every tick."""
