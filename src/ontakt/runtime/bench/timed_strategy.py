"""A strategy with a stopwatch."""

import time

from ontakt.contract import ActionChunk, Array, PolicySpec, Side
from ontakt.runtime.strategies import Question, Strategy
from ontakt.runtime.timeline import ActionTimeline, Ticket


class TimedStrategy:
    """Does what `strategy` does, and keeps how long it took [s]."""

    def __init__(self, strategy: Strategy) -> None:
        self.questions: list[float] = []
        """Of every `begin`."""
        self.landings: list[float] = []
        """Of every `place`."""
        self._strategy = strategy

    @property
    def name(self) -> str:
        """The strategy's."""
        return self._strategy.name

    def check(self, spec: PolicySpec) -> None:
        """As the strategy."""
        self._strategy.check(spec)

    def wants(
        self, tick: int, timeline: ActionTimeline, sides: tuple[Side, ...], delay: int
    ) -> bool:
        """As the strategy."""
        return self._strategy.wants(tick, timeline, sides, delay)

    def begin(
        self,
        tick: int,
        timeline: ActionTimeline,
        sides: tuple[Side, ...],
        standing: Array,
        delay: int,
    ) -> Question:
        """As the strategy."""
        begun = time.perf_counter()
        question = self._strategy.begin(tick, timeline, sides, standing, delay)
        self.questions.append(time.perf_counter() - begun)
        return question

    def place(
        self,
        chunk: ActionChunk,
        tick: int,
        timeline: ActionTimeline,
        ticket: Ticket,
        question: Question,
    ) -> bool:
        """As the strategy."""
        begun = time.perf_counter()
        landed = self._strategy.place(chunk, tick, timeline, ticket, question)
        self.landings.append(time.perf_counter() - begun)
        return landed
