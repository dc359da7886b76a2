"""Think while moving, and play the mean of all plans for a tick."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct, field

from ontakt.contract import ActionChunk, Side
from ontakt.runtime.strategies.landing import land
from ontakt.runtime.strategies.mixing import mean_targets
from ontakt.runtime.strategies.naive import Naive
from ontakt.runtime.strategies.strategy import Question
from ontakt.runtime.timeline import ActionTimeline, Ticket
from ontakt.runtime.wanted import Wanted

MEMORY = 30
"""Plans that rest on an observation so many ticks older than the newest are forgotten: a mean is as
stale as the oldest plan in it."""


class _Plan(Struct, frozen=True, eq=False):
    """One chunk's rows of one side, by tick."""

    generation: int
    rows: dict[int, Wanted]


class Ensemble(Naive, frozen=True):
    """Temporal ensembling: on every tick the plans for it are averaged with the weights
    exp(-m i), i = 0 for the oldest.

    Source: ACT, arXiv 2304.13705, there with m = 0.01. Rotations are averaged as rotations, and a
    gripper by vote, since the mean of open and closed drops the part (`mixing`).
    """

    name: str = "ensemble"
    decay: float = 0.01
    _plans: dict[Side, list[_Plan]] = field(default_factory=dict)
    """The plans that are still meant for some tick, by side, the oldest first."""

    def place(
        self,
        chunk: ActionChunk,
        tick: int,
        timeline: ActionTimeline,
        ticket: Ticket,
        question: Question,  # noqa: ARG002
    ) -> bool:
        def averaged(side: Side, rows: Sequence[Wanted]) -> Sequence[Wanted]:
            generation = ticket[side].generation
            plans = []
            if timeline.target(side, tick) is not None:  # an arm that stood has no plan
                plans = [
                    plan
                    for plan in self._plans.get(side, ())
                    if plan.generation == generation
                    and tick in plan.rows
                    and chunk.observed_tick - plan.rows[tick].observed_tick < MEMORY
                ]
            plans.append(_Plan(generation, {tick + k: row for k, row in enumerate(rows)}))
            self._plans[side] = plans
            return self._mean(plans, range(tick, tick + len(rows)))

        return land(chunk, tick, timeline, ticket, blend=averaged)

    def _mean(self, plans: Sequence[_Plan], ticks: range) -> list[Wanted]:
        """The rows for `ticks`; the last plan, the newest, has one for each."""
        newest = np.stack([plans[-1].rows[tick].target for tick in ticks])
        targets = np.tile(newest, (len(plans), 1, 1))
        weights = np.zeros(targets.shape[:2])
        observed = [plans[-1].rows[tick].observed_tick for tick in ticks]
        for k, tick in enumerate(ticks):
            known = [p for p, plan in enumerate(plans) if tick in plan.rows]
            weights[known, k] = np.exp(-self.decay * np.arange(len(known)))
            for p in known[:-1]:
                targets[p, k] = plans[p].rows[tick].target
            observed[k] = plans[known[0]].rows[tick].observed_tick
        lengths = np.linalg.norm(targets[..., 3:7], axis=-1)
        if not (np.isfinite(targets).all() and lengths.all()):  # no mean: let the guard see it
            return [plans[-1].rows[tick] for tick in ticks]
        return [
            Wanted(row, seen)
            for row, seen in zip(mean_targets(targets, weights), observed, strict=True)
        ]
