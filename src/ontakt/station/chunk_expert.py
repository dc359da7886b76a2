"""The scripted expert as a chunk policy: asked anywhere, it answers with a second of motion.

Motion is a function of the observation, the committed rows and the seed, and of nothing else. So
it can be asked in any state, by any strategy, again and again, and what it answers is what a
policy trained on it would have to learn. Its beliefs remember a little, for the supervisor.
"""

import hashlib
import math

import msgspec
import numpy as np

from ontakt import __version__
from ontakt.contract.chunk import ActionChunk, Belief, Guidance
from ontakt.contract.errors import BadValue
from ontakt.contract.limits import Limits
from ontakt.contract.observation import Observation
from ontakt.contract.ports import PolicySpec, StationSpec
from ontakt.contract.spaces import SIDE_WIDTH, SIDES, Array, Side, frozen_array
from ontakt.station.chunk_expert_config import ChunkExpertConfig
from ontakt.station.expert_config import ExpertConfig
from ontakt.station.hand import Scene, look
from ontakt.station.phases import Phases
from ontakt.station.roll_out import Row, follow, roll_out, stand, start
from ontakt.station.side_belief import SideBelief

__all__ = ["ChunkExpert", "ChunkExpertConfig"]


class ChunkExpert:
    """`contract.Policy` for any make of a nut-loading station. Raises BadValue for a horizon
    below 1."""

    def __init__(
        self, station: StationSpec, limits: Limits, config: ExpertConfig, more: ChunkExpertConfig
    ) -> None:
        if more.horizon < 1:
            raise BadValue("horizon of the chunk expert", more.horizon, "1 tick or more")
        self._config, self._more, self._limits = config, more, limits
        self._space, self._home, self._places = station.action_space, station.home, station.places
        parameters = msgspec.json.encode(
            (__version__, config, more, dict(station.places), limits.workspace)
        )
        self._spec = PolicySpec(
            name="chunk-expert",
            hash=hashlib.sha256(parameters).hexdigest(),
            horizon=more.horizon,
            longest_prefix=more.horizon,
        )
        self._phases: dict[Side, Phases] = {}
        self._beliefs: dict[Side, SideBelief] = {}
        self.reset(self._space.sides, 0)

    @property
    def spec(self) -> PolicySpec:
        return self._spec

    def reset(self, sides: tuple[Side, ...], seed: int) -> None:
        """Begin afresh on `sides`; `seed` decides where a search begins."""
        c, more, hz = self._config, self._more, self._space.control_hz
        for side in sides:
            chance = np.random.default_rng(np.random.SeedSequence((seed, SIDES.index(side))))
            bearing = float(chance.uniform(-math.pi, math.pi))
            phases = Phases(c, more, hz, bearing, int(chance.integers(0, 1 << 16)))
            self._phases[side] = phases
            self._beliefs[side] = SideBelief(c, round(more.search * hz), round(more.blind * hz))

    def infer(
        self,
        observation: Observation,
        prefix: Array | None = None,
        guidance: Guidance | None = None,  # noqa: ARG002 - `spec.jacobians` is empty: none is given
    ) -> ActionChunk:
        """A chunk of `horizon` rows, row 0 for the observation's tick, that begins with `prefix`
        and goes on from its last row as smoothly as the acceleration allows. Sides that are not
        in `observation.job` come to rest. Raises BadValue for a prefix that does not fit."""
        committed = self._checked(prefix)
        targets = np.tile(self._home, (self._more.horizon, 1))
        beliefs: dict[Side, Belief] = {}
        for side in self._space.sides:
            rows = self._rows(committed, side)
            k, scene = self._space.start(side), self._scene(observation, side)
            if side in observation.job:
                plan = self._plan(observation.tick, side, scene, rows)
                phase = self._phases[side].next(start(scene, observation.tick), scene).phase
                beliefs[side] = self._beliefs[side].see(observation.tick, phase, scene)
            else:
                plan = self._stand(observation.tick, scene, rows)
            if plan:
                free = targets[len(rows) :, k : k + SIDE_WIDTH]
                free[:, :3], free[:, 7] = np.array(plan)[:, :3], np.array(plan)[:, 3]
        targets[: len(committed)] = committed
        return ActionChunk(observation.tick, frozen_array(targets), beliefs)

    def _scene(self, observation: Observation, side: Side) -> Scene:
        nest, pin = self._places[f"{side}_nut"], self._places[f"{side}_pin"]
        arm, c, more = observation.arms[side], self._config, self._more
        return look(arm, observation.sights, side, nest, pin, c, more)

    def _plan(self, tick: int, side: Side, scene: Scene, rows: list[Row]) -> list[Row]:
        c, hz, box = self._config, self._space.control_hz, self._limits.workspace[side]
        phases, horizon = self._phases[side], self._more.horizon
        return roll_out(phases, scene, rows, horizon, tick, box, c, hz)

    def _stand(self, tick: int, scene: Scene, rows: list[Row]) -> list[Row]:
        c, hz, hand = self._config, self._space.control_hz, start(scene, tick)
        follow(hand, rows, scene, c, hz)
        return stand(hand, self._more.horizon - len(rows), c.acceleration, hz)

    def _rows(self, committed: Array, side: Side) -> list[Row]:
        k = self._space.start(side)
        return [(r[k], r[k + 1], r[k + 2], r[k + 7]) for r in committed.tolist()]

    def _checked(self, prefix: Array | None) -> Array:
        if prefix is None:
            return np.zeros((0, self._space.width))
        rows, width = prefix.shape if prefix.ndim == 2 else (-1, -1)
        if width != self._space.width or not 0 <= rows <= self._more.horizon:
            allowed = f"(0 to {self._more.horizon}, {self._space.width})"
            raise BadValue("shape of the prefix", prefix.shape, allowed)
        return prefix
