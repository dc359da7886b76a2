"""Where a course is taught: its learner made ready, and parts or shifts by their number."""

from collections.abc import Callable
from contextlib import closing
from functools import partial

from ontakt.cli.policies import build_policy
from ontakt.cli.teaching.course import Course
from ontakt.cli.teaching.line_shift import teach_shift
from ontakt.cli.teaching.teach import Taught, teach_part
from ontakt.contract import Policy
from ontakt.station.registry import find_station


def open_classroom(course: Course) -> Callable[[int], Taught]:
    """Parts of `course` by their number, or its shifts, with the learner made ready in this
    process."""
    teach = teach_part if course.shift is None else teach_shift
    return partial(teach, course, learner=build_learner(course))


def build_learner(course: Course) -> Policy | None:
    """The learner of `course`. Raises UnknownName, and SetupError for one that does not fit."""
    if course.learner is None:
        return None
    file = find_station(course.station)
    with closing(file.build(course.variation_at("nominal", file), course.seed)) as station:
        return build_policy(course.learner, file, station)
