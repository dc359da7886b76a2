"""The executor: a station, a policy and a clock made into a cell that the line can work with."""

import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import numpy as np

from ontakt.contract import (
    INSTRUCTIONS,
    Assistance,
    BadValue,
    Belief,
    CellStats,
    Clock,
    CycleError,
    Drive,
    HaltError,
    Inspection,
    Observation,
    Policy,
    Side,
    Signals,
    Station,
    UnknownName,
)
from ontakt.runtime.black_box import BlackBox
from ontakt.runtime.guard import Guard
from ontakt.runtime.homing import Homing
from ontakt.runtime.latency import Fixed, Latency
from ontakt.runtime.observers import Observer
from ontakt.runtime.rest_pose import RestPose
from ontakt.runtime.strategies import Strategy, Sync
from ontakt.runtime.tally import Tally
from ontakt.runtime.thinking import Thinking
from ontakt.runtime.timeline import ActionTimeline
from ontakt.runtime.wanted import Wanted

_PICTURE = (640, 360)
"""Width and height [px] of a picture beside the record."""


class Executor:
    """`contract.ports.Cell` over a station, a policy and a clock.

    One `step` is one control tick: deliver what was thought, decide whether to think, observe (with
    images only when an inference starts), play each side's drive, guard, apply, tell the observers,
    advance the clock. The world never waits for the policy.

    `seed` is the shift's; every start of the policy gets one of its own, from the shift's, the
    cycle and the attempt. Files are written beneath `folder`, none without one.
    Raises BadValue when station and clock disagree on the control rate and UnknownName when the
    policy wants a camera that the station lacks.
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
        observers: tuple[Observer, ...] = (),
        folder: Path | None = None,
        safe_height: float | None = None,
        black_box_s: float = 10.0,
        stopwatch: Callable[[], float] = time.perf_counter,
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
        self._station, self._policy, self._clock = station, policy, clock
        self._seed, self._folder = seed, folder
        self._strategy: Strategy = strategy or Sync()
        self._timeline = ActionTimeline(space)
        self._thinking = Thinking(
            policy,
            space.width,
            clock.hz,
            latency or Fixed(0.08, "fixed:80ms"),
            stopwatch,
            beside=not clock.skips,
        )
        self._guard = Guard(space, station.limits)
        self._guard.start(station.observe(clock.tick, clock.utc_ns()).arms)
        self._homing = Homing(space, spec.home, station.limits, safe_height)
        self._rest_pose = RestPose(space, spec.home)
        self._black_box = BlackBox(max(1, round(black_box_s * clock.hz)))
        self._observers = (self._black_box, *observers)
        self._tally = Tally()
        self._drives: dict[Side, Drive] = dict.fromkeys(space.sides, "hold")
        self._homed: dict[Side, bool] = dict.fromkeys(space.sides, False)
        self._beliefs: dict[Side, Belief] = {}
        self._cycle = self._attempt = 0

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
        self._tally.clear()
        return self._station.present(cycle)

    def feed(self, side: Side) -> int | None:
        """As `Station.feed`."""
        return self._station.feed(side)

    def work(self, sides: tuple[Side, ...]) -> None:
        """As `Cell.work`."""
        sequence = np.random.SeedSequence((self._seed, self._cycle, self._attempt))
        self._attempt += 1
        self._thinking.reset(sides, int(sequence.generate_state(1)[0]))
        self._give(sides, "policy")

    def home(self, sides: tuple[Side, ...]) -> None:
        """As `Cell.home`."""
        self._give(sides, "home")

    def hold(self) -> None:
        """As `Cell.hold`."""
        self._give(self.sides, "hold")

    def step(self) -> Signals:
        """As `Cell.step`. Raises CycleError, after the tick was finished with the arms on hold,
        when the policy failed."""
        tick, failure = self._clock.tick, None
        driven = self._driven()
        try:
            self._deliver(tick)
            asks = self._asks(tick, driven)
            observation = self._observe(tick, driven, asks)
            if asks:
                prefix = self._strategy.begin(tick, self._timeline, driven)
                self._tally.inferences += 1
                self._thinking.start(observation, prefix, self._timeline.ticket())
                self._deliver(tick)
        except CycleError as error:
            failure = error
            self.hold()
            driven = ()
            observation = self._observe(tick, driven, asks=False)
        signals = self._act(tick, observation, driven)
        self._clock.advance()
        if failure is not None:
            raise failure
        return signals

    def rest(self, ticks: int) -> None:
        """As `Cell.rest`: what moves comes to rest first; then a simulation skips."""
        while ticks > 0 and not (self._clock.skips and self._at_rest()):
            self.step()
            ticks -= 1
        self._clock.advance(max(0, ticks))

    def inspect(self) -> Mapping[Side, Inspection]:
        """As `Station.inspect`."""
        return self._station.inspect()

    def assist(self, action: Assistance) -> None:
        """As `Station.assist`."""
        self._station.assist(action)

    def stats(self) -> CellStats:
        """Counts since `present`."""
        return self._tally.stats()

    def picture(self, cycle: int, what: str, side: Side | None = None) -> str | None:
        """As `Cell.picture`: a JPEG of the side's own view for people, or of the best one. Raises
        HaltError where it cannot be written."""
        views = self._station.spec.views
        if self._folder is None or not views:
            return None
        from PIL import Image

        path = self._folder / "pictures" / f"{_file_name(cycle, what)}.jpg"
        close = f"{side}_close"
        seen = self._station.picture(close if close in views else views[0], *_PICTURE)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(seen).save(path, quality=88)
        except OSError as error:
            raise HaltError(f"{path}: the picture cannot be written ({error}).") from error
        return path.relative_to(self._folder).as_posix()

    def keep_black_box(self, cycle: int, reason: str) -> str | None:
        """As `Cell.keep_black_box`. The tick is in the name: a side may fail twice in a cycle."""
        if self._folder is None:
            return None
        name = f"{_file_name(cycle, reason)}-tick-{self._clock.tick}.npz"
        path = self._folder / "black_box" / name
        return self._black_box.keep(path).relative_to(self._folder).as_posix()

    def close(self) -> None:
        """Let the policy's thread end. The station is closed by whoever opened it."""
        self._thinking.close()

    def _give(self, sides: tuple[Side, ...], drive: Drive) -> None:
        """Hand `sides` to `drive`; what the policy meant for them is void."""
        self._timeline.invalidate(sides)
        for side in sides:
            self._drives[side] = drive
            self._homed[side] = False
            self._beliefs.pop(side, None)

    def _driven(self) -> tuple[Side, ...]:
        return tuple(side for side in self.sides if self._drives[side] == "policy")

    def _asks(self, tick: int, driven: tuple[Side, ...]) -> bool:
        if not driven or self._thinking.busy:
            return False
        return self._strategy.wants(tick, self._timeline, driven)

    def _observe(self, tick: int, job: tuple[Side, ...], asks: bool) -> Observation:
        cameras = self._policy.spec.cameras if asks else ()
        seen = self._station.observe(tick, self._clock.utc_ns(), cameras)
        return msgspec.structs.replace(seen, instruction=INSTRUCTIONS[job], job=job)

    def _deliver(self, tick: int) -> None:
        """Put an answer that is due on the timeline, and keep what the policy said with it."""
        answer = self._thinking.take(tick)
        if answer is None:
            return
        self._tally.answered(answer.delay_s)
        if not self._strategy.place(answer.chunk, tick, self._timeline, answer.ticket):
            self._tally.discarded_chunks += 1
            return
        for side in self._timeline.fresh(answer.ticket):
            if side in answer.chunk.beliefs and self._drives[side] == "policy":
                self._beliefs[side] = answer.chunk.beliefs[side]

    def _act(self, tick: int, observation: Observation, driven: tuple[Side, ...]) -> Signals:
        """Play, guard, apply, tell."""
        wanted: dict[Side, Wanted] = {}
        for side in self.sides:
            if self._drives[side] == "home":
                target = self._homing.next(side, self._guard.last(side), self._guard.stride(side))
                wanted[side] = Wanted(target, tick)
            elif side in driven and (row := self._timeline.target(side, tick)) is not None:
                wanted[side] = row
        starved = any(side not in wanted for side in driven)
        self._tally.starved_ticks += starved
        silent_s = (self._clock.utc_ns() - observation.utc_ns) / 1e9
        command, trips = self._guard.check(tick, wanted, observation.arms, silent_s)
        self._tally.tripped(trips)
        self._station.apply(command)
        if any(trip.action == "stop" for trip in trips):
            self.hold()  # and so it stays until the line asks anew
        for side in self.sides:
            self._homed[side] = self._rest_pose.holds(side, observation.arms[side])
        signals = Signals(
            tick=tick,
            arms=observation.arms,
            drives=dict(self._drives),
            homed=dict(self._homed),
            beliefs=dict(self._beliefs),
            trips=trips,
            starved=starved,
        )
        for observer in self._observers:
            observer.on_tick(tick, observation, wanted, command, signals)
        return signals

    def _at_rest(self) -> bool:
        """True when no arm is the policy's, none is on its way home, and nothing moved last."""
        return self._guard.still and all(
            drive == "hold" or (drive == "home" and self._homed[side])
            for side, drive in self._drives.items()
        )


def _file_name(cycle: int, what: str) -> str:
    """`cycle-00012-drop-left`: sorts by cycle and is a file name everywhere."""
    return f"cycle-{cycle:05d}-{re.sub(r'[^a-z0-9]+', '-', what.lower()).strip('-') or 'x'}"
