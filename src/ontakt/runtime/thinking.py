"""One policy, one inference at a time, answered as late as the latency model says."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import msgspec
from msgspec import Struct

from ontakt.contract import (
    ActionChunk,
    CycleError,
    Observation,
    OntaktError,
    Policy,
    SetupError,
    Side,
    frozen_array,
    ticks_of,
)
from ontakt.runtime.latency import Latency
from ontakt.runtime.strategies.strategy import Question
from ontakt.runtime.timeline import Ticket


class Answer(Struct, frozen=True, eq=False):
    """What an inference came to."""

    chunk: ActionChunk
    ticket: Ticket
    question: Question
    delay_s: float
    """By the latency model [s]."""


class Thinking:
    """The policy at work.

    Where time can be skipped (`beside` False) the policy is asked at once and its answer kept until
    it is due, so a run is repeatable. On a wall clock (`beside` True) it thinks in a thread of its
    own while the control ticks go on, and answers when it is due and done.
    """

    def __init__(
        self,
        policy: Policy,
        width: int,
        hz: int,
        latency: Latency,
        stopwatch: Callable[[], float],
        beside: bool,
    ) -> None:
        self._policy = policy
        self._width = width
        self._hz = hz
        self._latency = latency
        self._stopwatch = stopwatch
        self._pool = ThreadPoolExecutor(1, "policy") if beside else None
        self._resets: list[tuple[tuple[Side, ...], int]] = []
        self._asked: list[tuple[tuple[Side, ...], int]] = []
        self._started_tick = 0
        self._ticket: Ticket = {}
        self._question = Question()
        self._future: Future[tuple[ActionChunk, float]] | None = None
        self.count = 0
        """Inferences that were started."""

    @property
    def started_tick(self) -> int | None:
        """When the inference in flight started; None when there is none."""
        return None if self._future is None else self._started_tick

    @property
    def ticket(self) -> Ticket:
        """Of the inference that was started last."""
        return self._ticket

    @property
    def busy(self) -> bool:
        """True while an inference is in flight."""
        return self._future is not None

    def reset(self, sides: tuple[Side, ...], seed: int) -> None:
        """Have the policy begin afresh on `sides` before it is asked again, not while it thinks."""
        self._resets.append((sides, seed))

    def start(self, observation: Observation, question: Question, ticket: Ticket) -> None:
        """Ask the policy; one inference at a time."""
        resets, self._resets = self._resets, []
        self._asked = resets
        self._started_tick, self._ticket = observation.tick, ticket
        self._question = question
        self.count += 1
        think = partial(self._think, observation, question, resets)
        if self._pool is not None:
            self._future = self._pool.submit(think)
            return
        self._future = Future()
        try:
            self._future.set_result(think())
        except OntaktError as error:
            self._future.set_exception(error)

    def take(self, tick: int) -> Answer | None:
        """The answer that is due by `tick`; None while there is none. Raises CycleError, naming
        the policy, when it failed."""
        future = self._future
        if future is None or not future.done():
            return None
        if future.exception() is not None:
            self._future = None
            self._resets = [*self._asked, *self._resets]  # nobody knows whether they were heard
        chunk, measured_s = future.result()
        delay_s = self._latency.delay(measured_s, self.count - 1)
        if tick < self._started_tick + ticks_of(delay_s, self._hz):
            return None
        self._future = None
        return Answer(chunk, self._ticket, self._question, delay_s)

    def close(self) -> None:
        """Let the thread end; an inference that is under way is waited for."""
        if self._pool is not None:
            self._pool.shutdown()

    def _think(
        self,
        observation: Observation,
        question: Question,
        resets: list[tuple[tuple[Side, ...], int]],
    ) -> tuple[ActionChunk, float]:
        name = self._policy.spec.name
        begun = self._stopwatch()
        try:
            for sides, seed in resets:
                self._policy.reset(sides, seed)
            chunk = self._infer(observation, question)
        except SetupError as error:  # too late to refuse: the arms are moving
            raise CycleError(f"Policy {name!r} on tick {observation.tick}: {error}") from error
        except OntaktError:
            raise
        except Exception as error:
            what = " ".join(f"{type(error).__name__}: {error}".split())
            raise CycleError(
                f"Policy {name!r} failed on tick {observation.tick}: {what}."
            ) from error
        measured_s = self._stopwatch() - begun
        shape = chunk.targets.shape
        if len(shape) != 2 or shape[0] < 1 or shape[1] != self._width:
            raise CycleError(
                f"Policy {name!r} answered targets of shape {shape} on tick {observation.tick}; "
                f"wanted are (1 or more, {self._width})."
            )
        if chunk.observed_tick != observation.tick:
            raise CycleError(
                f"Policy {name!r} answered for tick {chunk.observed_tick}; it was asked about tick "
                f"{observation.tick}."
            )
        return msgspec.structs.replace(chunk, targets=frozen_array(chunk.targets)), measured_s

    def _infer(self, observation: Observation, question: Question) -> ActionChunk:
        if question.guidance is not None:
            return self._policy.infer(observation, question.prefix, question.guidance)
        return self._policy.infer(observation, question.prefix)
