"""The scripted worker: it knows nominal places, and sees sights, force and lag; never the truth.

Its chunks begin and end at rest, because under the synchronous strategy the arm stands still while
the next one is thought of: long in free motion, short in contact, where the target never leads the
tool by more than a few millimetres.
"""

import hashlib
import math

import msgspec
import numpy as np

from ontakt import __version__
from ontakt.contract import (
    SIDES,
    ActionChunk,
    ArmState,
    Array,
    Guidance,
    Observation,
    PolicySpec,
    Side,
    StationSpec,
    frozen_array,
)
from ontakt.station.expert_config import ExpertConfig
from ontakt.station.loading import Loading
from ontakt.station.motion import Move, stroke, stroke_ticks
from ontakt.station.senses import Senses

__all__ = ["Expert", "ExpertConfig"]


class Expert:
    """`contract.Policy` for any make of a nut-loading station."""

    def __init__(self, station: StationSpec, config: ExpertConfig) -> None:
        self._config, self._space, self._home = config, station.action_space, station.home
        self._places = station.places
        parameters = msgspec.json.encode((__version__, config, dict(station.places)))
        self._spec = PolicySpec(
            name="expert", hash=hashlib.sha256(parameters).hexdigest(), horizon=config.horizon
        )
        self._loadings: dict[Side, Loading] = {}
        self.reset(self._space.sides, 0)

    @property
    def spec(self) -> PolicySpec:
        return self._spec

    def reset(self, sides: tuple[Side, ...], seed: int) -> None:
        """Begin afresh on `sides`; `seed` decides in which direction a search begins."""
        for side in sides:
            chance = np.random.default_rng(np.random.SeedSequence((seed, SIDES.index(side))))
            nest = np.array(self._places[f"{side}_nut"])
            senses = Senses(side, nest, self._config)
            self._loadings[side] = Loading(senses, self._config, self._space.control_hz, chance)

    def infer(
        self,
        observation: Observation,
        prefix: Array | None = None,  # noqa: ARG002 - a chunk begins at the present target anyhow
        guidance: Guidance | None = None,  # noqa: ARG002
    ) -> ActionChunk:
        """A chunk that moves the sides in `observation.job` and keeps the others where they were
        told to be."""
        job = [side for side in self._space.sides if side in observation.job]
        moves = {
            side: self._loadings[side].move(observation.arms[side], observation.sights)
            for side in job
        }
        ticks = self._ticks(observation, moves)
        targets = np.tile(self._standing(observation), (ticks, 1))
        for side, move in moves.items():
            self._play(targets, side, move, observation.arms[side])
            self._loadings[side].spend(ticks)
        beliefs = {side: self._loadings[side].belief for side in job}
        return ActionChunk(observation.tick, frozen_array(targets), beliefs)

    def _ticks(self, observation: Observation, moves: dict[Side, Move]) -> int:
        """The shortest chunk that a side wants: one in contact must be asked again soon."""
        c, wanted = self._config, [self._config.horizon]
        for side, move in moves.items():
            arm = observation.arms[side]
            way = float(np.linalg.norm(move.goal - arm.target))
            turn = abs(move.opening - arm.target_opening) / c.opening_speed
            ticks = max(move.wait, math.ceil(turn * self._space.control_hz))
            if move.path is not None:
                ticks = len(move.path)
            elif way > 0.0:
                stretch = stroke_ticks(way, move.speed, c.acceleration, self._space.control_hz)
                ticks = max(ticks, stretch)
            if ticks:
                wanted.append(ticks)
        return max(c.contact_ticks, min(wanted))

    def _standing(self, observation: Observation) -> Array:
        """The target that holds now; orientations are those of the home pose throughout."""
        row = self._home.copy()
        for side in self._space.sides:
            arm, start = observation.arms[side], self._space.start(side)
            row[start : start + 3] = arm.target
            row[start + 7] = arm.target_opening
        return row

    def _play(self, targets: Array, side: Side, move: Move, arm: ArmState) -> None:
        """Write the rows of `side`."""
        c, hz, ticks = self._config, self._space.control_hz, len(targets)
        path = move.path
        if path is None:
            path = stroke(arm.target, move.goal, ticks, move.speed, c.acceleration, hz)
        self._space.position(targets, side)[:] = path
        reach = c.opening_speed / hz * np.arange(1, ticks + 1)
        turn = np.clip(move.opening - arm.target_opening, -reach, reach)
        targets[:, self._space.start(side) + 7] = arm.target_opening + turn
