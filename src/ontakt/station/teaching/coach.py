"""Who drives while lessons are made: the learner, or the teacher in its place, or pushed aside."""

import hashlib

import msgspec
import numpy as np
from msgspec import Struct

from ontakt.contract import (
    ActionChunk,
    ActionSpace,
    Array,
    BadValue,
    Driver,
    Guidance,
    Observation,
    Policy,
    PolicySpec,
    Side,
    frozen_array,
)
from ontakt.station.teaching.disturbance import Disturbance, bend
from ontakt.station.teaching.teacher import Teacher


class Said(Struct, frozen=True):
    """One answer: what was asked on `tick`, and who answered."""

    tick: int
    instruction: str
    job: tuple[Side, ...]
    driver: Driver
    kept: int = 0
    """How many of the answer's rows were committed before: the driver decides those from
    `tick + kept` on."""


class Coach:
    """`contract.Policy`: asks the learner, and in `share` of the questions the teacher instead; the
    teacher alone where there is no learner. What the teacher drives is disturbed.

    A learner that is left alone ends its lessons where it gets stuck; the teacher's share takes it
    on from there (the mixture of DAgger, arXiv 1011.0686). Chance comes from the seed of `reset`.
    Raises BadValue for a share that is none.
    """

    def __init__(
        self,
        teacher: Teacher,
        space: ActionSpace,
        learner: Policy | None = None,
        share: float = 0.0,
        disturbance: Disturbance | None = None,
    ) -> None:
        if not 0.0 <= share <= 1.0:
            raise BadValue("share of the teacher", share, "it lies between 0 and 1")
        self._teacher, self._space, self._learner = teacher, space, learner
        self._share = 1.0 if learner is None else share
        self._disturbance = disturbance
        self.said: list[Said] = []
        """Every answer, oldest first; whoever has read them may clear them."""
        self.alone = False
        """True while the teacher answers everything, and undisturbed."""
        self._rng = np.random.default_rng(0)
        known = (teacher.spec if learner is None else learner.spec, teacher.spec)
        digest = hashlib.sha256(msgspec.json.encode([spec.hash for spec in known]))
        digest.update(msgspec.json.encode((self._share, disturbance)))
        self._spec = msgspec.structs.replace(
            known[0],
            name=f"coached {known[0].name}",
            hash=digest.hexdigest(),
            longest_prefix=min(spec.longest_prefix for spec in known),
            jacobians=(),
        )

    @property
    def spec(self) -> PolicySpec:
        return self._spec

    def reset(self, sides: tuple[Side, ...], seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._teacher.reset(seed)
        if self._learner is not None:
            self._learner.reset(sides, seed)

    def infer(
        self,
        observation: Observation,
        prefix: Array | None = None,
        guidance: Guidance | None = None,  # noqa: ARG002 - `spec.jacobians` is empty
    ) -> ActionChunk:
        learner = None if self.alone or self._rng.random() < self._share else self._learner
        kept = 0 if prefix is None else len(prefix)
        driver: Driver = "teacher" if learner is None else "policy"
        asked = (observation.tick, observation.instruction, observation.job)
        self.said.append(Said(*asked, driver, kept))
        if learner is not None:
            return learner.infer(observation, prefix)
        chunk = self._teacher.worker.infer(observation, prefix)
        if self._disturbance is None or self.alone:
            return chunk
        bent = bend(np.array(chunk.targets), kept, self._space, self._disturbance, self._rng)
        return ActionChunk(chunk.observed_tick, frozen_array(bent), chunk.beliefs)
