"""Who knows better: the scripted chunk expert, told the true places, asked anywhere.

It remembers nothing, so it can be asked about any state that anybody brought the robot into
(DAgger, arXiv 1011.0686), and behind any rows that are already committed.
"""

from collections.abc import Sequence

import msgspec
import numpy as np

from ontakt.contract import Array, BadValue, Limits, Observation, PolicySpec, StationSpec
from ontakt.station.chunk_expert import ChunkExpert
from ontakt.station.chunk_expert_config import ChunkExpertConfig
from ontakt.station.expert_config import ExpertConfig
from ontakt.station.registry import StationFile


class Teacher:
    """Answers of `horizon` rows [ticks] for a station whose sights are the truth. Raises BadValue
    for a horizon below 1."""

    def __init__(
        self, file: StationFile, station: StationSpec, limits: Limits, horizon: int
    ) -> None:
        expert = file.config.section("expert", ExpertConfig)
        more = file.config.optional("chunk_expert", ChunkExpertConfig())
        self.worker = ChunkExpert(station, limits, expert, more)
        """The same expert as a policy that works by itself."""
        if horizon < 1:
            raise BadValue("rows of the teacher's answer", horizon, "1 or more")
        # The row before the answer's first is given to it as committed: see `answer`.
        longer = msgspec.structs.replace(more, horizon=horizon + 1)
        self._teller = ChunkExpert(station, limits, expert, longer)
        self._space, self.horizon = station.action_space, horizon

    @property
    def spec(self) -> PolicySpec:
        """Of the expert that answers."""
        return self.worker.spec

    def reset(self, seed: int) -> None:
        """Begin afresh on all sides; `seed` decides where a search begins."""
        self.worker.reset(self._space.sides, seed)
        self._teller.reset(self._space.sides, seed)

    def answer(self, observation: Observation, before: Array, committed: Sequence[Array]) -> Array:
        """(horizon, width): what to do from `observation` on, beginning with the `committed` rows.

        `before` (width,) is what the robot was told a tick earlier than what it was told last: only
        from the two is it known how fast the targets move, and so how to go on smoothly. So the
        expert is asked as if a tick earlier, with what was told last as the first committed row.
        Raises BadValue for more than `horizon` committed rows.
        """
        last, arms = before.copy(), {}
        for side in self._space.sides:
            arm, k = observation.arms[side], self._space.start(side)
            last[k : k + 3], last[k + 7] = arm.target, arm.target_opening
            arms[side] = msgspec.structs.replace(
                arm,
                target=self._space.position(before, side),
                target_opening=float(self._space.opening(before, side)),
            )
        earlier = msgspec.structs.replace(observation, tick=observation.tick - 1, arms=arms)
        return self._teller.infer(earlier, np.array([last, *committed])).targets[1:]
