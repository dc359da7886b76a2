"""How a version is examined."""

from ontakt.cli.evaluation.evaluate import evaluate
from ontakt.cli.evaluation.evaluation import Evaluation
from ontakt.cli.evaluation.progress import EvaluationProgress
from ontakt.cli.internship.place import Round, policy_at
from ontakt.cli.internship.plan import InternshipPlan
from ontakt.cli.policy.results import files_hash, keep, read_kept


def examined(plan: InternshipPlan, where: Round) -> Evaluation | None:
    """The examination of the version of round `where` on its card; None where there is none."""
    if not where.checkpoint.is_dir():
        return None
    asked = plan.examination("")
    files = files_hash(where.checkpoint)
    for told in read_kept(where.checkpoint):
        same = (told.station, told.variation, told.seed, told.episodes, told.checkpoint)
        if same == (asked.station, asked.variation, asked.seed, asked.episodes, files):
            return told
    return None


def examine(plan: InternshipPlan, where: Round, robot_type: str, jobs: int) -> Evaluation:
    """Examine the version of round `where`, and write that on its card; not again where it stands
    there. Raises as `evaluate`."""
    there = examined(plan, where)
    if there is not None:
        return there
    asked = plan.examination(policy_at(where.checkpoint, robot_type))
    with EvaluationProgress() as progress:
        told = evaluate(asked, jobs, where.evaluation, progress)
    return keep(told, where.checkpoint)
