"""One episode taught: the course, the station, the coach and the executor put together."""

from collections.abc import Callable
from contextlib import closing
from functools import partial

from ontakt.cli.policies import build_policy
from ontakt.cli.teaching.course import Assignment, Course
from ontakt.cli.teaching.episode import Ground, Worked, work_part
from ontakt.contract import CycleError, Episode, Lesson, Policy, Signals, Station
from ontakt.runtime.clock import VirtualClock
from ontakt.runtime.executor import Executor
from ontakt.runtime.latency import parse_latency
from ontakt.runtime.ordered import Ordered
from ontakt.runtime.strategies import parse_strategy
from ontakt.station.axes import AXES
from ontakt.station.registry import StationFile, find_station
from ontakt.station.teaching.coach import Coach
from ontakt.station.teaching.disturbance import Disturbance
from ontakt.station.teaching.film import Film
from ontakt.station.teaching.lessons import lessons_of
from ontakt.station.teaching.teacher import Teacher
from ontakt.station.teaching.truth import tell_truth
from ontakt.station.variation import Variation, stream

HORIZON = 16
"""Rows of an answer [ticks]: as many as the compact model's chunk has."""
LONGEST = 8
"""Most rows that are committed in an answer behind others: 240 ms, and what is asked of a model."""
EVERY = 3
"""Ticks between two lessons: at 10 Hz two images differ, and the file is a third."""
LIMIT_S = 20.0
"""A learner that has not loaded by then is lost in a state that teaches no more."""
TRIES, STRIDE = 3, 1_000_000
"""An episode without a lesson, as when its physics fails at once, is worked as number + STRIDE."""


def teach_episode(course: Course, number: int, learner: Policy | None = None) -> Episode:
    """Episode `number` of `course`, a pure function of both; its `learner` drives where it has one.

    It is worked at a station of its own, so that nothing is left over from another: to build one
    costs no more than to bring the robot home. Raises SetupError as `StationFile.build`, and
    CycleError when there is no lesson in it.
    """
    file = find_station(course.station)
    why: str | None = "the driver gave no answer"
    for cycle in range(number, number + TRIES * STRIDE, STRIDE):
        assignment = Assignment.draw(course.seed, cycle)
        variation = course.variation_at(assignment.level, file)
        with closing(file.build(variation, course.seed)) as station:
            try:
                lessons, worked = _work(course, cycle, assignment, file, station, learner)
            except CycleError as error:  # a part that cannot be presented
                why = str(error)
                continue
        if lessons:
            return Episode(
                lessons=lessons,
                hz=station.spec.action_space.control_hz // EVERY,
                good={side: worked.found[side].ok for side in assignment.job},
                facts=_facts(course, cycle, assignment, variation, worked),
            )
        why = worked.failure or why
    raise CycleError(f"Episode {number} has no lesson in {TRIES} tries: {why}")


def _work(
    course: Course,
    cycle: int,
    assignment: Assignment,
    file: StationFile,
    station: Station,
    learner: Policy | None,
) -> tuple[tuple[Lesson, ...], Worked]:
    spec, seed = station.spec, course.seed
    tell_truth(station)
    film = Film(station, tuple(camera.name for camera in spec.cameras), EVERY)
    teacher = Teacher(file, spec, station.limits, HORIZON)
    coach = Coach(teacher, spec.action_space, learner, course.share, Disturbance())
    driver = Ordered(coach, assignment.instruction, assignment.job)
    # a learner that was trained without a prefix is asked without one
    strategy = "prefix" if driver.spec.longest_prefix else "async"
    cell = Executor(
        film,
        driver,
        VirtualClock(spec.action_space.control_hz, start_utc_ns=0),
        seed=seed,
        strategy=parse_strategy(f"{strategy}?execute={assignment.execute}")(driver.spec),
        latency=parse_latency(f"fixed:{assignment.latency_ms}ms"),
    )
    driven = Driven()
    with closing(cell):
        ground, job = Ground.of(station), assignment.job
        worked = work_part(cell, ground, cycle, job, LIMIT_S, assignment.after, driven)
    film.cut(driven.until)
    rng = stream(seed, cycle, "committed rows")
    return tuple(lessons_of(film, coach.said, teacher, LONGEST, rng)), worked


class Driven:
    """Watches until when the policy drives both arms: after a guard's stop an episode goes on, and
    what the arms are told then is nobody's answer."""

    def __init__(self) -> None:
        self.until = 0
        """The first tick on which it does not."""

    def __call__(self, signals: Signals) -> None:
        if all(drive == "policy" for drive in signals.drives.values()):
            self.until = signals.tick + 1


def _facts(
    course: Course, cycle: int, assignment: Assignment, variation: Variation, worked: Worked
) -> dict[str, str]:
    drawn = variation.draw(course.seed, cycle)
    as_ordered = all(found.ok == (s in assignment.job) for s, found in worked.found.items())
    return {
        "station": course.station,
        "seed": str(course.seed),
        "cycle": str(cycle),
        "driver": course.learner or "teacher",
        "level": variation.level,
        **{name: axis.text(drawn[name]) for name, axis in AXES.items()},
        "job": " ".join(assignment.job) or "wait",
        "as_ordered": "yes" if as_ordered else "no",
        "latency": f"{assignment.latency_ms} ms",
        "execute": str(assignment.execute),
        "ticks": str(worked.ticks),
        "failure": worked.failure or "",
    }


def open_classroom(course: Course) -> Callable[[int], Episode]:
    """Episodes of `course` by their number, with the learner made ready in this process."""
    return partial(teach_episode, course, learner=build_learner(course))


def build_learner(course: Course) -> Policy | None:
    """The learner of `course`. Raises UnknownName, and SetupError for one that does not fit."""
    if course.learner is None:
        return None
    file = find_station(course.station)
    with closing(file.build(course.variation_at("nominal", file), course.seed)) as station:
        return build_policy(course.learner, file, station)
