"""One part of a course taught: a station built for it, its attempts as episodes."""

from contextlib import closing

from ontakt.cli.teaching.course import Assignment, Course
from ontakt.cli.teaching.part import EVERY, Part
from ontakt.contract import CycleError, Episode, Policy
from ontakt.station.axes import AXES
from ontakt.station.registry import find_station
from ontakt.station.variation import Variation

LIMIT_S = 20.0
"""A learner that has not loaded by then is lost in a state that teaches no more."""
TRIES, STRIDE = 3, 1_000_000
"""A part without a lesson, as when its physics fails at once, is worked as number + STRIDE."""


Taught = tuple[Episode, ...]
"""What comes of one part: an episode for every attempt at it that has lessons, in their order. The
fact `attempt` says `1 of 2`."""


def teach_part(course: Course, number: int, learner: Policy | None = None) -> Taught:
    """Part `number` of `course`, a pure function of both; its `learner` drives where it has one.

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
                attempts = Part(course, cycle, assignment, file, station, learner).attempts(LIMIT_S)
            except CycleError as error:  # a part that cannot be presented
                why = str(error)
                continue
        if attempts[0].lessons:
            facts = facts_of(course, cycle, assignment, variation)
            kept = [one for one in attempts if one.lessons]
            return tuple(
                Episode(
                    lessons=one.lessons,
                    hz=station.spec.action_space.control_hz // EVERY,
                    good={side: one.worked.found[side].ok for side in one.job},
                    facts={**facts, **one.facts(), "attempt": f"{k} of {len(kept)}"},
                )
                for k, one in enumerate(kept, start=1)
            )
        why = attempts[0].worked.failure or why
    raise CycleError(f"Part {number} has no lesson in {TRIES} tries: {why}")


def facts_of(
    course: Course, cycle: int, assignment: Assignment, variation: Variation
) -> dict[str, str]:
    """What was decided of the part in `cycle`, in words."""
    drawn = variation.draw(course.seed, cycle)
    return {
        "station": course.station,
        "seed": str(course.seed),
        "cycle": str(cycle),
        "driver": course.learner or "teacher",
        "level": variation.level,
        **{name: axis.text(drawn[name]) for name, axis in AXES.items()},
        "latency": f"{assignment.latency_ms} ms",
        "execute": str(assignment.execute),
    }
