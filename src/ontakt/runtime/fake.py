"""A station and a policy without physics or weights: for tests, examples and benchmarks."""

from collections.abc import Callable, Mapping

import numpy as np

from ontakt.contract import (
    SIDES,
    ActionChunk,
    ActionSpace,
    ArmState,
    Array,
    Assistance,
    Belief,
    Box,
    CameraSpec,
    Command,
    Guidance,
    Image,
    Inspection,
    Jacobian,
    Limits,
    Observation,
    PolicySpec,
    Side,
    StationSpec,
    frozen_array,
)
from ontakt.contract.limits import ArmOverride, Tool

_Y: dict[Side, float] = {"left": 0.25, "right": -0.25}
_DOWN = (0.0, 1.0, 0.0, 0.0)


def _box(y: float) -> Box:
    return ((0.1, y - 0.2, 0.7), (0.6, y + 0.2, 1.2))


def _limits(sides: tuple[Side, ...]) -> Limits:
    return Limits(
        workspace={side: _box(_Y[side]) for side in sides},
        speed=0.5,
        acceleration=4.0,
        jerk=150.0,
        turn_speed=1.5,
        opening=(0.0, 0.06),
        opening_speed=0.12,
        grip_force=20.0,
        wrist_force=60.0,
        clearance=0.02,
        tool=Tool(length=0.14, radius=0.036),
        chunk_age=2.0,
        heartbeat=0.2,
        mode={"reduced": ArmOverride(speed=0.25)},
    )


class FakeStation:
    """A kinematic station: what is commanded is where the arms are on the next tick.

    A side is good when its TCP is within 5 mm of its goal (`places`) as the part is inspected.
    """

    def __init__(
        self,
        hz: int = 30,
        sides: tuple[Side, ...] = SIDES,
        nuts: int = 1000,
        cameras: tuple[CameraSpec, ...] = (CameraSpec("head", 8, 6, 1.0),),
    ) -> None:
        space = ActionSpace(sides, hz)
        start: dict[Side, tuple[Array, Array, float]] = {
            s: (frozen_array((0.2, _Y[s], 1.0)), frozen_array(_DOWN), 0.06) for s in sides
        }
        self.spec = StationSpec(
            name="fake",
            robot="fake:points",
            hash="fake",
            action_space=space,
            cameras=cameras,
            home=space.pack(start),
            places={f"{s}_pin": (0.45, _Y[s], 0.85) for s in sides},
        )
        self.limits = _limits(sides)
        self.commands: list[Command] = []
        """Every command that was applied, oldest first."""
        self.rendered: list[tuple[int, tuple[str, ...]]] = []
        """Ticks on which cameras were asked for, with their names."""
        self.grip_force = 0.0
        """Measured on every pad [N]."""
        self.silent_ns = 0
        """How old the measurements are that the link delivers."""
        self.powered = True
        """False while the drives have no power."""
        self._target = self.spec.home
        self._nuts = dict.fromkeys(sides, nuts)

    def present(self, cycle: int) -> Mapping[str, float]:  # noqa: ARG002
        """No axis varies."""
        return {}

    def feed(self, side: Side) -> int | None:
        """One nut less."""
        if self._nuts[side] == 0:
            return None
        self._nuts[side] -= 1
        return self._nuts[side]

    def stock(self, left: Mapping[Side, int]) -> None:
        """So many nuts are left."""
        self._nuts.update(left)

    def observe(self, tick: int, utc_ns: int, cameras: tuple[str, ...] = ()) -> Observation:
        """The arms where they were told to be."""
        if cameras:
            self.rendered.append((tick, cameras))
        space = self.spec.action_space
        arms: dict[Side, ArmState] = {}
        for side in space.sides:
            position = frozen_array(space.position(self._target, side))
            opening = float(space.opening(self._target, side))
            arms[side] = ArmState(
                position=position,
                quaternion=frozen_array(space.quaternion(self._target, side)),
                opening=opening,
                grip_force=self.grip_force,
                wrist_force=frozen_array((0.0, 0.0, 0.0)),
                target=position,
                target_opening=opening,
            )
        images = {
            camera.name: np.full((camera.height, camera.width, 3), tick % 256, dtype=np.uint8)
            for camera in self.spec.cameras
            if camera.name in cameras
        }
        return Observation(tick, utc_ns - self.silent_ns, arms, images)

    def apply(self, command: Command) -> None:
        """Be there, if there is power."""
        self.commands.append(command)
        if self.powered:
            self._target = command.target

    def power(self, on: bool) -> None:
        """Without power the arms stay where they are."""
        self.powered = on

    def inspect(self) -> Mapping[Side, Inspection]:
        """Measure the TCPs against the goals."""
        found: dict[Side, Inspection] = {}
        for side in self.spec.action_space.sides:
            off = self.spec.action_space.position(self._target, side) - np.array(
                self.spec.places[f"{side}_pin"]
            )
            offset, height = float(np.hypot(off[0], off[1])), float(off[2])
            found[side] = Inspection(float(np.linalg.norm(off)) < 0.005, offset, height, 0.0)
        return found

    def assist(self, action: Assistance) -> None:
        """Hands leave no trace here."""

    def picture(self, view: str, width: int, height: int) -> Image:  # noqa: ARG002
        """A gradient with a bright column where the left-most arm is."""
        image = np.zeros((height, width, 3), dtype=np.uint8)
        image[..., 1] = np.linspace(40, 90, height, dtype=np.uint8)[:, None]
        image[:, int(self._target[0] * width) % width] = 255
        return image

    def close(self) -> None:
        """Nothing is open."""


class FakePolicy:
    """Moves every TCP of its job on a straight line to its goal; says `done` when it is there.

    `jitter` [m] is its chance, drawn from the seed that it was reset with. On inference number
    `nan_at` it answers NaN, on `fail_at` it raises; `pause` is called in every inference. It goes
    on from a prefix of up to `longest_prefix` rows as if nothing had happened; what it is guided by
    it only keeps, in `guided`.
    """

    def __init__(
        self,
        station: FakeStation,
        *,
        horizon: int = 10,
        speed: float = 0.3,
        jitter: float = 0.0,
        cameras: tuple[str, ...] = (),
        nan_at: int | None = None,
        fail_at: int | None = None,
        pause: Callable[[], None] | None = None,
        longest_prefix: int = 0,
        jacobians: tuple[Jacobian, ...] = (),
    ) -> None:
        self.spec = PolicySpec(
            name="fake",
            hash="fake",
            horizon=horizon,
            cameras=cameras,
            longest_prefix=longest_prefix,
            jacobians=jacobians,
        )
        self.guided: list[Guidance] = []
        self.resets: list[tuple[tuple[Side, ...], int]] = []
        """Sides and seed of every reset."""
        self.seen: list[Observation] = []
        """Every observation that it was asked about."""
        self._station = station
        self._step = speed / station.spec.action_space.control_hz
        self._jitter = jitter
        self._nan_at, self._fail_at, self._pause = nan_at, fail_at, pause
        self._chance = np.random.default_rng(0)

    def reset(self, sides: tuple[Side, ...], seed: int) -> None:
        """New chance from `seed`."""
        self.resets.append((sides, seed))
        self._chance = np.random.default_rng(seed)

    def infer(
        self,
        observation: Observation,
        prefix: Array | None = None,
        guidance: Guidance | None = None,
    ) -> ActionChunk:
        """The next stretch of the lines."""
        index = len(self.seen)
        self.seen.append(observation)
        if self._pause is not None:
            self._pause()
        if index == self._fail_at:
            raise RuntimeError("no more memory")
        if guidance is not None:
            self.guided.append(guidance)
        space, home = self._station.spec.action_space, self._station.spec.home
        targets = np.tile(home, (self.spec.horizon, 1))
        given = 0 if prefix is None else len(prefix)
        if prefix is not None:
            targets[:given] = prefix
            targets[given:] = prefix[-1]
        beliefs: dict[Side, Belief] = {}
        for side in observation.job:
            here = observation.arms[side].position
            if prefix is not None:
                here = space.position(prefix[-1], side)
            way = np.array(self._station.spec.places[f"{side}_pin"]) - here
            length = float(np.linalg.norm(way))
            steps = self._step * np.arange(1, self.spec.horizon - given + 1)
            parts = np.minimum(1.0, steps / max(length, 1e-9))
            k = space.start(side)
            targets[given:, k : k + 3] = here + parts[:, None] * way
            targets[given:, k : k + 3] += self._jitter * self._chance.standard_normal(3)
            beliefs[side] = Belief("reach", done=length < 1e-3)
        if index == self._nan_at:
            targets[:] = np.nan
        return ActionChunk(observation.tick, targets, beliefs)
