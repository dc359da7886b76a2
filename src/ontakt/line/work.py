"""The robot's part of one cycle: every side works, tries again within its budget, leaves."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ontakt.contract import Cell, CycleError, Side, ticks_of
from ontakt.contract.event import (
    Event,
    PhaseEntered,
    RecoveryEnded,
    RecoveryStarted,
    SideJudged,
)
from ontakt.line.andon import Andon
from ontakt.line.faults import Faults
from ontakt.line.feeder import Feeder
from ontakt.line.line_config import LineConfig
from ontakt.line.pace import Pace
from ontakt.line.side_monitor import Failure
from ontakt.line.supervisor import Supervisor

Stage = Literal["working", "retreating", "leaving", "clear"]
"""The policy drives; home for another attempt; home for good; home with nothing left to do."""


@dataclass
class SideWork:
    """One side in one cycle."""

    stage: Stage = "working"
    recoveries: int = 0
    mode: str | None = None
    """The failure that ended the last attempt."""
    judged: bool = False
    ok: bool = False
    phase: str | None = None
    homing_since: int = 0
    policy_retries: int = 0
    """Retries that the policy reported in earlier attempts of this cycle."""
    retries_said: int = 0


class Work:
    """Runs the robot through one cycle, tick by tick, until every side is home and judged.

    `deadline` is the tick of the next beat: a recovery only begins with `least_time` left.
    """

    def __init__(
        self,
        cell: Cell,
        post: Callable[[Event], None],
        pace: Pace,
        supervisor: Supervisor,
        config: LineConfig,
        faults: Faults,
        andon: Andon,
        feeder: Feeder,
        cycle: int,
        deadline: int,
    ) -> None:
        self._cell, self._post, self._pace = cell, post, pace
        self._supervisor, self._config = supervisor, config
        self._faults, self._andon, self._feeder = faults, andon, feeder
        self._cycle, self._deadline = cycle, deadline
        self.sides = {side: SideWork() for side in cell.sides}
        self.started = False
        """True from the first tick on in which the robot may have touched the part."""
        self.done_tick: int | None = None
        """When the last side was home with its work done or given up."""

    def start(self) -> None:
        """The policy begins on all sides."""
        self.started = True
        for side in self.sides:
            self._supervisor.watch(side)
        self._cell.work(tuple(self.sides))

    def pause(self) -> None:
        """A person has the robot stand: what is seen of it until `again` is not its work."""
        for side in self.sides:
            self._supervisor.leave(side)

    def again(self) -> None:
        """A person has the robot go on, from home, at the sides that it does not believe good; what
        it may try by itself is counted from nothing."""
        self.done_tick = None
        for side, before in self.sides.items():
            self._supervisor.leave(side)
            if before.judged and before.ok:
                before.stage = "clear"
                continue
            tried = before.policy_retries + before.retries_said + before.recoveries
            work = self.sides[side] = SideWork(policy_retries=tried + 1, mode=before.mode)
            if self._feeder.feed(self._cycle, side) is None:
                work.stage = "clear"
                self._judge(side, False, "no nut", recovering=False)
                continue
            self._supervisor.watch(side)
        sides = tuple(side for side, work in self.sides.items() if work.stage == "working")
        if sides:
            self._cell.work(sides)
        else:
            self.done_tick = self._cell.clock.tick

    def finish(self) -> None:
        """A person did the rest: the robot has nothing more to do with this part."""
        self.abandon("operator")
        for work in self.sides.values():
            work.stage = "clear"
        self.done_tick = self._cell.clock.tick

    @property
    def done(self) -> bool:
        return self.done_tick is not None

    @property
    def marked(self) -> bool:
        """True when a side is known to be bad."""
        return any(work.judged and not work.ok for work in self.sides.values())

    @property
    def retries(self) -> dict[Side, int]:
        """Attempts beyond the first, by the policy or ordered by the line."""
        return {
            side: work.recoveries + work.policy_retries + work.retries_said
            for side, work in self.sides.items()
        }

    def step(self) -> None:
        """One control tick. Raises SafetyStop when the guard stopped the robot, CycleError when
        an arm does not get home."""
        signals = self._pace.step()
        glances = self._supervisor.see(signals)
        for side, work in self.sides.items():
            if work.stage == "working":
                glance = glances.get(side)
                if glance is None:
                    continue
                work.retries_said = glance.retries
                if glance.phase is not None:
                    self._enter(side, glance.phase)
                if glance.seated:
                    self._succeed(side)
                elif glance.failure is not None:
                    self._fail(side, glance.failure)
            elif work.stage in ("retreating", "leaving"):
                self._homing(side, signals.homed[side])
        if all(work.stage == "clear" for work in self.sides.values()):
            self.done_tick = self._cell.clock.tick

    def abandon(self, reason: str) -> None:
        """The cycle ends here: every side that was begun and not judged yet is given up."""
        if not self.started:
            return
        for side, work in self.sides.items():
            self._supervisor.leave(side)
            if not work.judged:
                self._judge(side, False, reason)

    def _succeed(self, side: Side) -> None:
        self._judge(side, True, "released at the pin, at seat height")
        self._go_home(side, "leaving")

    def _fail(self, side: Side, failure: Failure) -> None:
        work, c = self.sides[side], self._config
        self._faults.record(
            self._cycle, side, failure.mode, failure.signal, attempt=work.recoveries + 1
        )
        if work.recoveries:
            self._post(RecoveryEnded(cycle=self._cycle, side=side, ok=False))
        work.mode = failure.mode
        clock = self._cell.clock
        time_left = clock.tick + ticks_of(c.least_time, clock.hz) <= self._deadline
        if failure.mode in c.recoverable and work.recoveries < c.recoveries and time_left:
            work.recoveries += 1
            self._post(
                RecoveryStarted(
                    cycle=self._cycle, side=side, mode=failure.mode, attempt=work.recoveries
                )
            )
            self._go_home(side, "retreating")
        else:
            self._give_up(side)

    def _give_up(self, side: Side) -> None:
        """The budget is used up: mark the part, or call a person while the others go on."""
        work = self.sides[side]
        assert work.mode is not None
        self._judge(side, False, work.mode, recovering=False)
        if self._config.on_failure.get(work.mode, "call") == "call":
            self._andon.call(self._cycle, work.mode)
        self._go_home(side, "leaving")

    def _homing(self, side: Side, homed: bool) -> None:
        work, clock = self.sides[side], self._cell.clock
        if not homed:
            limit = self._config.homing_limit
            if clock.tick - work.homing_since > ticks_of(limit, clock.hz):
                raise CycleError(f"The {side} arm was not home after {limit:g} s.")
        elif work.stage == "leaving":
            work.stage = "clear"
        elif self._feeder.feed(self._cycle, side) is None:
            # without another nut there is no other attempt
            self._post(RecoveryEnded(cycle=self._cycle, side=side, ok=False))
            self._give_up(side)
        else:
            work.stage, work.phase = "working", None
            work.policy_retries, work.retries_said = work.policy_retries + work.retries_said, 0
            self._supervisor.watch(side)
            self._cell.work((side,))

    def _go_home(self, side: Side, stage: Stage) -> None:
        work = self.sides[side]
        work.stage, work.homing_since = stage, self._cell.clock.tick
        self._supervisor.leave(side)
        self._cell.home((side,))
        if work.phase != "home":
            self._enter(side, "home")

    def _enter(self, side: Side, phase: str) -> None:
        self.sides[side].phase = phase
        self._post(PhaseEntered(cycle=self._cycle, side=side, phase=phase))

    def _judge(self, side: Side, ok: bool, reason: str, recovering: bool = True) -> None:
        work = self.sides[side]
        if work.recoveries and recovering:
            self._post(RecoveryEnded(cycle=self._cycle, side=side, ok=ok))
        work.judged, work.ok = True, ok
        self._post(SideJudged(cycle=self._cycle, side=side, ok=ok, reason=reason))
