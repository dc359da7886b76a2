"""From a policy's chunks to one target a tick: asking, waiting, placing, playing."""

from collections.abc import Mapping

from ontakt.contract import (
    ActionSpace,
    Array,
    Belief,
    CycleError,
    GuardTrip,
    Observation,
    Side,
)
from ontakt.runtime.delay import ConditionedDelay
from ontakt.runtime.smoothness import Smoothness
from ontakt.runtime.strategies.strategy import Strategy
from ontakt.runtime.tally import Tally
from ontakt.runtime.thinking import Thinking
from ontakt.runtime.timeline import ActionTimeline
from ontakt.runtime.wanted import Wanted
from ontakt.runtime.watchdog import Watchdog


class Weaving:
    """The policy's part of every tick, in this order: `deliver`, `asks` and `ask`, `overdue`,
    `play`. `driven` are the sides that the policy drives."""

    def __init__(
        self,
        space: ActionSpace,
        thinking: Thinking,
        strategy: Strategy,
        watchdog: Watchdog,
        tally: Tally,
        smoothness: Smoothness,
    ) -> None:
        self._thinking, self._strategy, self._watchdog = thinking, strategy, watchdog
        self._tally, self._smoothness = tally, smoothness
        self._timeline = ActionTimeline(space)
        self._delay = ConditionedDelay()
        self._beliefs: dict[Side, Belief] = {}
        self._begun_tick = 0

    @property
    def beliefs(self) -> Mapping[Side, Belief]:
        """What the policy said last of every side since it drives it."""
        return self._beliefs

    def begin(
        self, sides: tuple[Side, ...], driven: tuple[Side, ...], seed: int, tick: int
    ) -> None:
        """The policy starts afresh on `sides`; it drove `driven` before."""
        self._thinking.reset(sides, seed)
        if not driven:  # it owes an answer from now on, and owed none before
            self._begun_tick = tick

    def forget(self, sides: tuple[Side, ...]) -> None:
        """Somebody else drives `sides` from here on: all that was meant for them is void."""
        self._timeline.invalidate(sides)
        for side in sides:
            self._beliefs.pop(side, None)

    def lost(self, ticks: int) -> None:
        """So many ticks have passed in which nothing was played: the plan goes on where it was."""
        self._timeline.delay(ticks)

    def deliver(self, tick: int, driven: tuple[Side, ...]) -> None:
        """Put an answer that is due on the timeline, and keep what the policy said with it. Raises
        CycleError when the policy failed and drives."""
        waiting = set(self._timeline.fresh(self._thinking.ticket)).intersection(driven)
        try:
            answer = self._thinking.take(tick)
        except CycleError:
            if waiting:
                raise
            return  # nobody waits for this answer any more
        if answer is None:
            return
        if not waiting:
            self._tally.discarded_chunks += 1
            return
        chunk = answer.chunk
        self._tally.answered(answer.delay_s)
        self._delay.saw(tick - chunk.observed_tick)
        if not self._strategy.place(chunk, tick, self._timeline, answer.ticket, answer.question):
            self._tally.discarded_chunks += 1
            return
        for side in waiting & chunk.beliefs.keys():
            self._beliefs[side] = chunk.beliefs[side]

    def asks(self, tick: int, driven: tuple[Side, ...]) -> bool:
        """True when an inference starts on `tick`."""
        if not driven or self._thinking.busy:
            return False
        return self._strategy.wants(tick, self._timeline, driven, self._delay.ticks)

    def ask(self, driven: tuple[Side, ...], observation: Observation, standing: Array) -> None:
        """Start an inference; the robot was last told `standing` (width,)."""
        tick = observation.tick
        question = self._strategy.begin(tick, self._timeline, driven, standing, self._delay.ticks)
        self._tally.inferences += 1
        self._thinking.start(observation, question, self._timeline.ticket(driven))
        self.deliver(tick, driven)

    def overdue(self, tick: int, driven: tuple[Side, ...]) -> GuardTrip | None:
        """What the watchdog does about an answer that is owed to `driven`. What is left of their
        old plan is not gone on with."""
        started = self._thinking.started_tick
        if started is None or not driven:
            return None
        trip = self._watchdog.see(tick - max(started, self._begun_tick))
        if trip is not None:
            self._timeline.drop(driven)
        return trip

    def play(self, side: Side, tick: int) -> Wanted | None:
        """The target of `side`; None when there is none."""
        row = self._timeline.play(side, tick)
        if row is not None:
            self._smoothness.played(side, tick, row, self._timeline)
        return row

    def close(self) -> None:
        """Let the policy's thread end."""
        self._thinking.close()
