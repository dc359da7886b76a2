"""Parts taught in shifts of the line: supervised, tried again, and finished by the teacher, who is
the person that is called.

What a learner gets into there it gets into nowhere else: one hand at home while the other works, a
second nut for a pin that has one, a part that a person has just left.
"""

import math
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress

from ontakt.cli.teaching.course import Assignment, Course
from ontakt.cli.teaching.part import EVERY, HORIZON, LONGEST
from ontakt.cli.teaching.stand_in import StandIn
from ontakt.cli.teaching.teach import Taught, facts_of
from ontakt.contract import (
    Command,
    Episode,
    HaltError,
    Lesson,
    Observation,
    Policy,
    Side,
    Signals,
    Station,
)
from ontakt.contract.event import (
    CycleEnded,
    Event,
    FailureDetected,
    PartInspected,
    ShiftStarted,
)
from ontakt.line.attendant import ModelAttendant
from ontakt.line.line_config import LineConfig
from ontakt.line.operator import ModelOperator, OperatorConfig
from ontakt.line.shift import Shift
from ontakt.line.supervisor import Supervisor
from ontakt.line.supervisor_config import SupervisorConfig
from ontakt.runtime.clock import VirtualClock
from ontakt.runtime.latency import parse_latency
from ontakt.runtime.strategies import parse_strategy
from ontakt.runtime.wanted import Wanted
from ontakt.station.registry import StationFile, find_station
from ontakt.station.teaching.coach import Coach
from ontakt.station.teaching.disturbance import Disturbance
from ontakt.station.teaching.film import Film
from ontakt.station.teaching.lessons import lessons_of
from ontakt.station.teaching.teacher import Teacher
from ontakt.station.teaching.truth import tell_truth
from ontakt.station.variation import Variation, stream


def teach_shift(course: Course, number: int, learner: Policy | None = None) -> Taught:
    """Shift `number` of `course`, a pure function of both: an episode for every time that the robot
    was left to its driver, which is once in a cycle and once more for every other try.
    Level, latency and rows to execute are those that chance assigns to its number; jobs are the
    line's own. A shift that halts ends early. Raises SetupError as `StationFile.build`."""
    file = find_station(course.station)
    assignment = Assignment.draw(course.seed, number)
    variation = course.variation_at(assignment.level, file)
    with closing(file.build(variation, course.seed)) as station:
        tell_truth(station)
        scribe = Scribe(course, number, assignment, variation, file, station, learner)
        _work(course, number, assignment, variation, file, scribe)
        return scribe.taught()


def _work(
    course: Course,
    number: int,
    assignment: Assignment,
    variation: Variation,
    file: StationFile,
    scribe: "Scribe",
) -> None:
    """The shift itself, as `ontakt shift` puts it together."""
    assert course.shift is not None
    film, coach, section = scribe.film, scribe.coach, file.config.section
    hz, line = film.spec.action_space.control_hz, section("line", LineConfig)
    strategy = "prefix" if coach.spec.longest_prefix else "async"
    strategy = f"{strategy}?execute={assignment.execute}"
    clock, latency = VirtualClock(hz, 0), f"fixed:{assignment.latency_ms}ms"
    cell = StandIn(
        film,
        coach,
        clock,
        seed=course.seed,
        strategy=parse_strategy(strategy)(coach.spec),
        latency=parse_latency(latency),
        observers=(scribe,),
        protective_stop=line.protective_stop,
    )
    scribe.took_over = cell.took_over
    first = number * course.shift
    plan = ShiftStarted(
        seed=course.seed,
        takt_s=line.takt,
        control_hz=hz,
        policy=coach.spec.name,
        sides=cell.sides,
        planned_cycles=first + course.shift,
        planned_s=None,
        variation=variation.describe(),
        latency=latency,
        strategy=strategy,
        minor_stop_s=line.minor_stop,
        software={},
        command=(),
    )
    supervisor = Supervisor(section("supervisor", SupervisorConfig), film.spec.places, hz)
    people = ModelAttendant(ModelOperator(section("operator", OperatorConfig), course.seed), clock)
    with closing(cell), suppress(HaltError):  # whatever was learnt until then is kept
        shift = Shift(
            cell, scribe, plan, line, supervisor, people, first_cycle=first, pictures=False
        )
        shift.run()


class Scribe:
    """Writes a shift's lessons down: sees every tick as an observer of its cell, and hears every
    event as the sink of its record. The film rolls while a policy drives."""

    def __init__(
        self,
        course: Course,
        number: int,
        assignment: Assignment,
        variation: Variation,
        file: StationFile,
        station: Station,
        learner: Policy | None,
    ) -> None:
        spec = station.spec
        self._course, self._assignment, self._variation = course, assignment, variation
        self._hz = spec.action_space.control_hz
        self._rng = stream(course.seed, number, "committed rows")
        self._teacher = Teacher(file, spec, station.limits, HORIZON)
        self.coach = Coach(self._teacher, spec.action_space, learner, course.share, Disturbance())
        cameras = tuple(camera.name for camera in spec.cameras)
        self.film = Film(station, cameras, EVERY, rolls=lambda _: self._driven)
        self._driven = False
        """Whether a policy drove on the last tick."""
        self._ticks = 0
        self.took_over: list[int] = []
        """Ticks of this cycle on which the teacher took over."""
        self._good: dict[str, bool] = {}
        self._modes: list[str] = []
        self._episodes: list[tuple[tuple[Lesson, ...], dict[str, bool], dict[str, str]]] = []

    def on_tick(
        self,
        tick: int,
        observation: Observation,
        wanted: Mapping[Side, Wanted],
        command: Command,
        signals: Signals,
    ) -> None:
        """As `Observer.on_tick`."""
        del observation, wanted, command
        self._driven = "policy" in signals.drives.values()
        self._ticks += self._driven
        if not self._driven:  # what the arms were told now is nobody's answer
            self.film.drop(tick)

    def append(self, event: Event) -> None:
        """As `RecordSink.append`."""
        if isinstance(event, FailureDetected):
            self._modes.append(event.mode)
        elif isinstance(event, PartInspected):
            self._good[event.side] = event.ok
        elif isinstance(event, CycleEnded):
            self._write(event.cycle)

    def taught(self) -> Taught:
        """The episodes so far, each with its place among them."""
        count = len(self._episodes)
        return tuple(
            Episode(
                lessons=lessons,
                hz=self._hz // EVERY,
                good=good,
                facts={**facts, "attempt": f"{k} of {count}"},
            )
            for k, (lessons, good, facts) in enumerate(self._episodes, start=1)
        )

    def _write(self, cycle: int) -> None:
        lessons = lessons_of(self.film, self.coach.said, self._teacher, LONGEST, self._rng)
        runs = unbroken(lessons)
        begun = min(self.took_over, default=math.inf)
        own = sum(run[0].observation.tick < begun for run in runs)
        for k, run in enumerate(runs, start=1):
            how = "" if k == own else "tried again" if k < own else "taken over"
            self._episodes.append((run, self._good, self._facts(cycle, run, how)))
        self.film.clear()
        self.coach.said.clear()
        self.took_over.clear()
        self._ticks, self._good, self._modes = 0, {}, []

    def _facts(self, cycle: int, run: Sequence[Lesson], how: str) -> dict[str, str]:
        """Of a run of lessons; `how` it ended, but for a learner's last."""
        sides = self.film.spec.action_space.sides
        taken_over = how == "taken over"
        corrections = sum(one.driver == "teacher" for one in run) if taken_over else 0
        return {
            **facts_of(self._course, cycle, self._assignment, self._variation),
            "job": " ".join(sides),
            "as_ordered": "yes" if all(self._good.get(side) for side in sides) else "no",
            "cut": how,
            "ticks": str(self._ticks),
            "failure": " ".join(self._modes),
            "step_in": str(self.took_over[0]) if taken_over else "",
            "corrections": str(corrections),
        }


def unbroken(lessons: Sequence[Lesson]) -> list[tuple[Lesson, ...]]:
    """Runs of `lessons` that are `EVERY` ticks from each other: the robot's own time between two
    attempts is in none of them."""
    runs: list[list[Lesson]] = []
    for one in lessons:
        if not runs or one.observation.tick - runs[-1][-1].observation.tick != EVERY:
            runs.append([])
        runs[-1].append(one)
    return [tuple(run) for run in runs]
