"""What is worked in a round: demonstrations at first, then shifts under supervision."""

from typing import TYPE_CHECKING

from ontakt.cli.internship.place import Round, policy_at
from ontakt.cli.internship.plan import InternshipPlan
from ontakt.cli.teaching.demonstrations import Demonstrations
from ontakt.policy.dataset import read_dataset

if TYPE_CHECKING:
    from ontakt.policy.dataset import Dataset


def demonstrate(plan: InternshipPlan, where: Round, jobs: int) -> "Dataset":
    """The demonstrations that version 0 learns from; those that are there are not made again.
    Raises as `Demonstrations.work`."""
    if where.has_data:
        return read_dataset(where.data)
    return Demonstrations.new(plan.course(0), plan.demos).work(where.data, jobs)


def work_shift(plan: InternshipPlan, where: Round, robot_type: str, jobs: int) -> "Dataset":
    """A shift by the version of the round before, under the teacher's eyes: in every state that it
    gets into, what the teacher would have done, and where it gets nowhere, what he did. Parts that
    are there are not worked again. Raises as `Demonstrations.work`."""
    if where.has_data:
        return read_dataset(where.data)
    learner = policy_at(where.before.checkpoint, robot_type)
    course = plan.course(where.number, learner)
    return Demonstrations.new(course, plan.parts).work(where.data, jobs)
