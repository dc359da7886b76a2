"""The executor: a station, a policy and a clock made into a cell that the line can work with."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import numpy as np

from ontakt.contract import (
    INSTRUCTIONS,
    Assistance,
    BadValue,
    CellStats,
    Clock,
    CycleError,
    Drive,
    GuardTrip,
    Inspection,
    Observation,
    Policy,
    Side,
    Signals,
    Station,
    StopCategory,
    StopPhase,
    UnknownName,
)
from ontakt.contract.limits import MotionMode
from ontakt.contract.request import Jog
from ontakt.runtime.black_box import BlackBox
from ontakt.runtime.guard import Guard
from ontakt.runtime.homing import Homing
from ontakt.runtime.jogging import Jogging
from ontakt.runtime.latency import Fixed, Latency
from ontakt.runtime.observers import Observer
from ontakt.runtime.rest_pose import RestPose
from ontakt.runtime.smoothness import Smoothness
from ontakt.runtime.snapshots import Snapshots
from ontakt.runtime.standstill import Standstill
from ontakt.runtime.stopping import Stopping
from ontakt.runtime.strategies.strategy import Strategy
from ontakt.runtime.strategies.sync import Sync
from ontakt.runtime.tally import Tally
from ontakt.runtime.thinking import Thinking
from ontakt.runtime.wanted import Wanted
from ontakt.runtime.watchdog import Watchdog, WatchdogConfig
from ontakt.runtime.weaving import Weaving


class Executor:
    """`contract.ports.Cell` over a station, a policy and a clock.

    One `step` is one control tick: deliver what was thought, decide whether to think, observe (with
    images only when an inference starts), play each side's drive, guard, apply, tell the observers,
    advance the clock. The world never waits for the policy.

    `seed` is the shift's; every start of the policy gets one of its own, from the shift's, the
    cycle and the attempt. Files are written beneath `folder`, none without one. On ticks on which
    somebody `looks`, observations have the images of all cameras, and none of them is skipped;
    without `looks` nobody ever does. When the guard or the watchdog stops the robot, a stop of the
    category `protective_stop` begins on the same tick, whoever hears of it and when.
    Raises BadValue when station and clock disagree on the control rate, UnknownName when the
    policy wants a camera that the station lacks, and SetupError when the policy cannot be asked as
    the strategy wants it.
    """

    def __init__(
        self,
        station: Station,
        policy: Policy,
        clock: Clock,
        *,
        seed: int,
        strategy: Strategy | None = None,
        latency: Latency | None = None,
        watchdog: WatchdogConfig | None = None,
        observers: tuple[Observer, ...] = (),
        folder: Path | None = None,
        safe_height: float | None = None,
        black_box_s: float = 10.0,
        protective_stop: StopCategory = StopCategory.CONTROLLED,
        stopwatch: Callable[[], float] = time.perf_counter,
        looks: Callable[[int], bool] | None = None,
    ) -> None:
        spec, space = station.spec, station.spec.action_space
        if space.control_hz != clock.hz:
            raise BadValue(
                "control rate of the clock", clock.hz, f"{spec.name} takes {space.control_hz}"
            )
        known = [camera.name for camera in spec.cameras]
        for camera in policy.spec.cameras:
            if camera not in known:
                raise UnknownName("camera", camera, known)
        strategy = strategy or Sync()
        strategy.check(policy.spec)
        latency = latency or Fixed(0.08, "fixed:80ms")
        self._station, self._policy, self._clock = station, policy, clock
        self._seed, self._protective_stop, self._looks = seed, protective_stop, looks
        self._smoothness = Smoothness(space)
        self._tally = Tally(self._smoothness)
        self._weaving = Weaving(
            space,
            Thinking(policy, space.width, clock.hz, latency, stopwatch, beside=not clock.skips),
            strategy,
            Watchdog(watchdog or WatchdogConfig(), clock.hz),
            self._tally,
            self._smoothness,
        )
        self._guard = Guard(space, station.limits)
        self._homing = Homing(space, spec.home, station.limits, safe_height)
        self._jogging = Jogging(space, station.limits)
        self._rest_pose = RestPose(space, spec.home)
        safe = spec.home if spec.safe_posture is None else spec.safe_posture
        self._to_safety = Homing(space, safe, station.limits, safe_height)
        self._safe_pose = RestPose(space, safe)
        self._stopping = Stopping(clock.hz, posture=spec.safe_posture is not None)
        self._standstill = Standstill(clock.hz)
        black_box = BlackBox(max(1, round(black_box_s * clock.hz)))
        self._snapshots = Snapshots(station, black_box, folder)
        self._observers = (black_box, *observers)
        self._drives: dict[Side, Drive] = dict.fromkeys(space.sides, "hold")
        self._homed: dict[Side, bool] = dict.fromkeys(space.sides, False)
        self._cycle = self._attempt = 0
        self._near: set[Side] = set()
        """Sides that have not worked since a person's hands were in the cell."""
        self._unheard: tuple[GuardTrip, ...] = ()
        """Stops that nobody was told of yet."""
        self._expected = clock.tick
        self._guard.start(station.observe(clock.tick, clock.utc_ns()).arms)

    @property
    def clock(self) -> Clock:
        """Who owns the control tick."""
        return self._clock

    @property
    def sides(self) -> tuple[Side, ...]:
        """The station's sides."""
        return self._station.spec.action_space.sides

    def present(self, cycle: int) -> Mapping[str, float]:
        """As `Cell.present`."""
        self._cycle, self._attempt = cycle, 0
        self._tally.clear(self._clock.late)
        return self._station.present(cycle)

    def feed(self, side: Side) -> int | None:
        """As `Station.feed`."""
        return self._station.feed(side)

    def work(self, sides: tuple[Side, ...]) -> None:
        """As `Cell.work`."""
        if self._stopping.stopped:
            return
        sequence = np.random.SeedSequence((self._seed, self._cycle, self._attempt))
        self._attempt += 1
        self._near.difference_update(sides)
        driven = self._driven()
        self._give(sides, "policy")
        self._weaving.begin(sides, driven, int(sequence.generate_state(1)[0]), self._clock.tick)

    def home(self, sides: tuple[Side, ...]) -> None:
        """As `Cell.home`."""
        if not self._stopping.stopped:
            self._give(sides, "home")

    def hold(self) -> None:
        """As `Cell.hold`."""
        self._give(self.sides, "hold")

    def jog(self, jog: Jog) -> None:
        """As `Cell.jog`. A person is near: the arm moves at reduced speed."""
        side = jog.side
        if self._stopping.stopped or self._drives[side] == "policy":
            return
        if self._drives[side] != "person":
            self._near.add(side)
            self._give((side,), "person")
        self._jogging.take(jog, self._clock.tick)

    def stop(self, category: StopCategory) -> None:
        """As `Cell.stop`."""
        self.hold()
        self._stopping.ask(category, self._clock.tick)
        self._switch_off()

    @property
    def stop_phase(self) -> StopPhase:
        """As `Cell.stop_phase`."""
        return self._stopping.phase

    def restart(self) -> None:
        """As `Cell.restart`. A stop that is under way runs to its end first. Raises CycleError, and
        leaves the drives without power, when the arms cannot be measured."""
        if not self._stopping.stopped or self._stopping.under_way:
            return
        try:
            self._guard.start(self._station.observe(self._clock.tick, self._clock.utc_ns()).arms)
        except BadValue as error:
            raise CycleError(f"The robot cannot be started again: {error}") from error
        self._stopping.restart()
        self._unheard = ()
        self._station.power(True)

    def step(self) -> Signals:
        """As `Cell.step`. Raises CycleError, after the tick was finished with the arms on hold,
        when the policy failed."""
        tick, failure = self._clock.tick, None
        driven = self._driven()
        if tick > self._expected:  # the clock was late by whole ticks
            self._weaving.lost(tick - self._expected)
        try:
            self._weaving.deliver(tick, driven)
            asks = self._weaving.asks(tick, driven)
            observation = self._observe(tick, driven, asks)
            if asks:
                standing = np.concatenate([self._guard.last(side) for side in self.sides])
                self._weaving.ask(driven, observation, standing)
        except CycleError as error:
            failure = error
            self.hold()
            driven = ()
            observation = self._observe(tick, driven, asks=False)
        signals, broken = self._act(tick, observation, driven)
        self._clock.advance()
        self._expected = tick + 1
        if failure is not None or broken is not None:
            raise failure or broken or AssertionError
        self._unheard = ()
        return signals

    def rest(self, ticks: int) -> None:
        """As `Cell.rest`: what moves comes to rest first; then a simulation skips, but for ticks on
        which somebody looks. A stop that the guard makes meanwhile is in the signals of the next
        `step`."""
        end = self._clock.tick + ticks
        while (now := self._clock.tick) < end:
            if not (self._clock.skips and self._at_rest()) or self._seen(now):
                unheard = self.step().trips
                self._unheard = tuple(trip for trip in unheard if trip.action == "stop")
            else:
                self._clock.advance(end - now if self._looks is None else 1)
                self._expected = self._clock.tick
        self._expected = self._clock.tick

    def inspect(self) -> Mapping[Side, Inspection]:
        """As `Station.inspect`."""
        return self._station.inspect()

    def assist(self, action: Assistance) -> None:
        """As `Station.assist`. He may still stand near: until the policy begins anew the arms move
        at reduced speed."""
        self._near.update(self.sides)
        self._station.assist(action)

    def stats(self) -> CellStats:
        """Counts since `present`."""
        return self._tally.stats(self._clock.late)

    def picture(self, cycle: int, what: str, side: Side | None = None) -> str | None:
        """As `Cell.picture`. Raises HaltError where it cannot be written."""
        return self._snapshots.picture(cycle, what, side)

    def keep_black_box(self, cycle: int, reason: str) -> str | None:
        """As `Cell.keep_black_box`."""
        return self._snapshots.black_box(cycle, reason, self._clock.tick)

    def close(self) -> None:
        """Let the policy's thread end. The station is closed by whoever opened it."""
        self._weaving.close()

    def _give(self, sides: tuple[Side, ...], drive: Drive) -> None:
        """Hand `sides` to `drive`; what the policy meant for them is void."""
        self._weaving.forget(sides)
        mode: MotionMode = "homing" if drive == "home" else "automatic"
        for side in sides:
            self._guard.set_mode("reduced" if side in self._near else mode, (side,))
            self._drives[side] = drive
            self._homed[side] = False

    def _driven(self) -> tuple[Side, ...]:
        return tuple(side for side in self.sides if self._drives[side] == "policy")

    def _seen(self, tick: int) -> bool:
        return self._looks is not None and self._looks(tick)

    def _observe(self, tick: int, job: tuple[Side, ...], asks: bool) -> Observation:
        cameras = self._policy.spec.cameras if asks else ()
        if self._seen(tick):
            cameras = tuple(camera.name for camera in self._station.spec.cameras)
        seen = self._station.observe(tick, self._clock.utc_ns(), cameras)
        return msgspec.structs.replace(seen, instruction=INSTRUCTIONS[job], job=job)

    def _act(
        self, tick: int, observation: Observation, driven: tuple[Side, ...]
    ) -> tuple[Signals, CycleError | None]:
        """Play, guard, apply, tell; with what the station could not bear."""
        overdue = self._weaving.overdue(tick, driven)
        wanted = {side: row for side in self.sides if (row := self._wanted(side, tick)) is not None}
        starved = any(side not in wanted for side in driven)
        self._tally.starved_ticks += starved
        self._tally.driven_ticks += bool(driven)
        silent_s = (self._clock.utc_ns() - observation.utc_ns) / 1e9
        command, trips = self._guard.check(tick, wanted, observation.arms, silent_s)
        if overdue is not None:
            trips = (overdue, *trips)
        self._tally.tripped(trips)
        broken = None
        try:
            self._station.apply(command)
        except CycleError as error:
            broken = error
            self.hold()
        self._smoothness.told(command, driven)
        stops = tuple(trip for trip in trips if trip.action == "stop")
        if stops:
            self.stop(self._protective_stop)
        trips = (*self._unheard, *trips)
        self._unheard = (*self._unheard, *stops)
        self._go_on_stopping(tick, observation)
        for side in self.sides:
            self._homed[side] = self._rest_pose.holds(side, observation.arms[side])
        signals = Signals(
            tick=tick,
            arms=observation.arms,
            drives=dict(self._drives),
            homed=dict(self._homed),
            beliefs=dict(self._weaving.beliefs),
            trips=trips,
            starved=starved,
        )
        for observer in self._observers:
            observer.on_tick(tick, observation, wanted, command, signals)
        return signals, broken

    def _wanted(self, side: Side, tick: int) -> Wanted | None:
        """What the side's drive wants of it; None where it is to stand."""
        drive, homing = self._drives[side], self._homing
        if drive == "policy":
            return self._weaving.play(side, tick)
        if self._stopping.phase == "posture":
            homing = self._to_safety
        elif drive == "hold":
            return None
        elif drive == "person":
            last, stride = self._guard.last(side), self._guard.stride(side)
            target = self._jogging.next(side, tick, last, stride)
            if target is not None:
                return Wanted(target, tick)
            self._drives[side] = "hold"
            return None
        return Wanted(homing.next(side, self._guard.last(side), self._guard.stride(side)), tick)

    def _go_on_stopping(self, tick: int, observation: Observation) -> None:
        """The stop's part of a tick."""
        still = self._standstill.see(observation.arms)
        if self._stopping.under_way:
            there = all(self._safe_pose.holds(s, observation.arms[s]) for s in self.sides)
            self._stopping.advance(tick, still, there)
            self._switch_off()

    def _switch_off(self) -> None:
        if not self._stopping.powered:
            self._station.power(False)

    def _at_rest(self) -> bool:
        """True when no arm is the policy's, none is on its way home, no stop is under way and
        nothing moved last."""
        return (
            self._guard.still
            and not self._stopping.under_way
            and all(
                drive == "hold" or (drive == "home" and self._homed[side])
                for side, drive in self._drives.items()
            )
        )
