"""A motion woven by a strategy, with answers that come when chance wants, on one and two arms."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ontakt.contract import SIDES, ActionChunk, ActionSpace, Array, Side
from ontakt.runtime.delay import ConditionedDelay
from ontakt.runtime.strategies import Question, Strategy
from ontakt.runtime.timeline import ActionTimeline, Ticket

SPACE = ActionSpace()
STEP = 0.01
"""What the policy moves an arm by on a tick [m]."""


@dataclass(frozen=True)
class Moment:
    """What chance does on one tick."""

    delay: int = 3
    """Ticks that an inference started here takes."""
    afresh: tuple[Side, ...] = ()
    """Sides that begin anew."""
    hold: bool = False
    """The robot is held for this tick, and its plan is dropped."""


@dataclass(frozen=True)
class Played:
    """One row as it was played."""

    tick: int
    x: float
    observed: int
    index: int


@dataclass
class Weaving:
    """Runs `strategy` over moments. The policy moves every arm along x by `STEP` a tick from where
    it was last told to be, or from the end of a prefix; y of a row is its chunk's tick, z its
    index."""

    strategy: Strategy
    horizon: int = 30
    played: dict[Side, list[Played]] = field(default_factory=lambda: {s: [] for s in SIDES})
    questions: list[tuple[int, Question, Array]] = field(default_factory=list)
    """Tick, question, and what the timeline held for the horizon then."""
    discarded: int = 0
    starved: int = 0
    delays: ConditionedDelay = field(default_factory=ConditionedDelay)

    def run(self, moments: Sequence[Moment]) -> None:
        timeline = ActionTimeline(SPACE)
        told = np.zeros(SPACE.width)
        told[[3, 11]] = 1.0
        flight: tuple[int, ActionChunk, Ticket, Question] | None = None
        for tick, moment in enumerate(moments):
            timeline.invalidate(moment.afresh)
            if flight is not None and flight[0] <= tick:
                _, chunk, ticket, question = flight
                flight = None
                self.delays.saw(tick - chunk.observed_tick)
                if not self.strategy.place(chunk, tick, timeline, ticket, question):
                    self.discarded += 1
            wants = self.strategy.wants(tick, timeline, SIDES, self.delays.ticks)
            if flight is None and wants:
                question = self.strategy.begin(tick, timeline, SIDES, told, self.delays.ticks)
                plan = timeline.committed(tick, self.horizon, told)
                self.questions.append((tick, question, plan))
                chunk = self._answer(tick, told, question.prefix)
                flight = (tick + moment.delay, chunk, timeline.ticket(SIDES), question)
                if moment.delay == 0:
                    self.delays.saw(0)
                    self.strategy.place(chunk, tick, timeline, flight[2], question)
                    flight = None
            if moment.hold:
                timeline.drop(SIDES)
                continue
            told = told.copy()
            for side in SIDES:
                row = timeline.play(side, tick)
                if row is None:
                    self.starved += 1
                    continue
                SPACE.side(told, side)[:] = row.target
                x, y, z = row.target[:3]
                self.played[side].append(Played(tick, float(x), round(y), round(z)))

    def _answer(self, tick: int, told: Array, prefix: Array | None) -> ActionChunk:
        targets = np.tile(told, (self.horizon, 1))
        given = 0 if prefix is None else len(prefix)
        for side in SIDES:
            rows = SPACE.side(targets, side)
            if prefix is not None:
                rows[:given] = SPACE.side(prefix, side)
            start = rows[given - 1, 0] if given else SPACE.side(told, side)[0]
            rows[given:, 0] = start + STEP * np.arange(1, self.horizon - given + 1)
            rows[:, 1], rows[:, 2] = tick, np.arange(self.horizon)
        return ActionChunk(tick, targets)
