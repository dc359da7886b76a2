"""The attempts at one part: station, teacher, coach and executor put together."""

from collections.abc import Mapping
from contextlib import closing

from msgspec import Struct

from ontakt.cli.teaching.course import Assignment, Course
from ontakt.cli.teaching.episode import Ground, Worked, drive_part, go_home, work_part
from ontakt.contract import CycleError, Lesson, Policy, Side, Signals, Station
from ontakt.contract.job import Job
from ontakt.runtime.clock import VirtualClock
from ontakt.runtime.executor import Executor
from ontakt.runtime.latency import parse_latency
from ontakt.runtime.ordered import Ordered
from ontakt.runtime.strategies import parse_strategy
from ontakt.station.registry import StationFile
from ontakt.station.teaching.coach import Coach
from ontakt.station.teaching.disturbance import Disturbance
from ontakt.station.teaching.film import Film
from ontakt.station.teaching.lessons import lessons_of
from ontakt.station.teaching.teacher import Teacher
from ontakt.station.teaching.truth import tell_truth
from ontakt.station.variation import stream

HORIZON = 16
"""Rows of an answer [ticks]: as many as the compact model's chunk has."""
LONGEST = 8
"""Most rows that are committed in an answer behind others: 240 ms, and what is asked of a model."""
EVERY = 3
"""Ticks between two lessons: at 10 Hz two images differ, and the file is a third."""
AGAIN_S, LEAST_S = 14.0, 2.0
"""Longest and shortest second attempt: a side that is good before it must be seen left alone."""


class Told(Struct, frozen=True, kw_only=True):
    """What came of an attempt."""

    job: Job
    lessons: tuple[Lesson, ...]
    worked: Worked
    before: Mapping[Side, bool]
    """Sides that were good before it."""
    cut_s: float | None = None
    """When it was to be cut."""

    def facts(self) -> dict[str, str]:
        """How it went."""
        found = self.worked.found.items()
        as_ordered = all(
            one.ok if side in self.job else self.before[side] or not one.ok for side, one in found
        )
        cut = self.cut_s is not None and not self.worked.done and self.worked.failure is None
        return {
            "job": " ".join(self.job) or "wait",
            "as_ordered": "yes" if as_ordered else "no",
            "cut": f"{self.cut_s:.1f} s" if cut else "",
            "ticks": str(self.worked.ticks),
            "failure": self.worked.failure or "",
        }


class Part:
    """One part with all that works on it."""

    def __init__(
        self,
        course: Course,
        cycle: int,
        assignment: Assignment,
        file: StationFile,
        station: Station,
        learner: Policy | None,
    ) -> None:
        spec, seed = station.spec, course.seed
        tell_truth(station)
        self._course, self._cycle, self._assignment = course, cycle, assignment
        self._hz = spec.action_space.control_hz
        self._ground = Ground.of(station)
        self._film = Film(station, tuple(camera.name for camera in spec.cameras), EVERY)
        self._teacher = Teacher(file, spec, station.limits, HORIZON)
        self._coach = Coach(self._teacher, spec.action_space, learner, course.share, Disturbance())
        self._driver = Ordered(self._coach, assignment.instruction, assignment.job)
        # a learner that was trained without a prefix is asked without one
        strategy = "prefix" if self._driver.spec.longest_prefix else "async"
        self._cell = Executor(
            self._film,
            self._driver,
            VirtualClock(self._hz, start_utc_ns=0),
            seed=seed,
            strategy=parse_strategy(f"{strategy}?execute={assignment.execute}")(self._driver.spec),
            latency=parse_latency(f"fixed:{assignment.latency_ms}ms"),
        )
        self._rng = stream(seed, cycle, "committed rows")

    def attempts(self, limit_s: float) -> list[Told]:
        """Work it, the first time for at most `limit_s`, and a second time where that is assigned.
        Raises CycleError where it cannot be presented."""
        with closing(self._cell):
            first = self._first(limit_s)
            if self._assignment.again is None or first.worked.failure is not None:
                return [first]
            try:
                return [first, self._second(self._assignment.again, first)]
            except CycleError:  # a hand that does not come home, a nut that cannot be fed
                return [first]

    def _first(self, limit_s: float) -> Told:
        assignment = self._assignment
        driven = Driven(self._cell.sides)
        worked = work_part(
            self._cell,
            self._ground,
            self._cycle,
            assignment.job,
            limit_s if assignment.cut_s is None else assignment.cut_s,
            assignment.after,
            driven,
        )
        return Told(
            job=assignment.job,
            lessons=self._lessons(driven),
            worked=worked,
            before=dict.fromkeys(self._cell.sides, False),
            cut_s=assignment.cut_s,
        )

    def _second(self, job: Job, first: Told) -> Told:
        """Both hands home and both sides fed, as the line does it, whatever lies on the part."""
        go_home(self._cell, self._ground)
        self._film.clear()
        self._coach.said.clear()
        self._driver.job, self._driver.instruction = job, self._assignment.again_instruction
        driven, after = Driven(job), self._assignment.after
        worked = drive_part(
            self._cell, self._ground, job, job, AGAIN_S, after, driven, least_s=LEAST_S
        )
        before = {side: found.ok for side, found in first.worked.found.items()}
        return Told(job=job, lessons=self._lessons(driven), worked=worked, before=before)

    def _lessons(self, driven: "Driven") -> tuple[Lesson, ...]:
        self._film.cut(driven.until)
        said, teacher = self._coach.said, self._teacher
        return tuple(lessons_of(self._film, said, teacher, LONGEST, self._rng))


class Driven:
    """Watches until when the policy drives all of `sides`: after a guard's stop an attempt goes on,
    and what the arms are told then is nobody's answer."""

    def __init__(self, sides: tuple[Side, ...]) -> None:
        self._sides = sides
        self.until = 0
        """The first tick on which it does not."""

    def __call__(self, signals: Signals) -> None:
        if all(signals.drives[side] == "policy" for side in self._sides):
            self.until = signals.tick + 1
