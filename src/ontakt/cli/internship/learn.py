"""What is trained in a round."""

import shutil
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path

from ontakt.cli.internship.place import Round
from ontakt.cli.internship.plan import InternshipPlan
from ontakt.cli.training_request import TrainingRequest
from ontakt.contract import SetupError

TABLES = "tables"


def shares(lessons: Sequence[int]) -> tuple[float, ...]:
    """Of a batch, by dataset, oldest first, each with so many `lessons`: half from the newest, and
    half from all earlier ones as they are long. They sum to 1."""
    *earlier, _ = lessons
    if not earlier:
        return (1.0,)
    return (*(0.5 * count / sum(earlier) for count in earlier), 0.5)


def learn(plan: InternshipPlan, where: Round) -> Path:
    """The version of round `where`: trained on all data so far, from the version before; round 0
    from nothing, or a copy of the plan's start. Returns its checkpoint; one that is there is not
    made again. Raises KeyboardInterrupt when the training was stopped, and as `ontakt train`."""
    trained = where.training / "checkpoint"
    if where.checkpoint.is_dir():
        return where.checkpoint
    if where.number == 0 and plan.start is not None:
        _copy(Path(plan.start), trained)
    else:
        _train(_request(plan, where))
    return _copy(trained, where.checkpoint)


def _request(plan: InternshipPlan, where: Round) -> TrainingRequest:
    from ontakt.policy.dataset import read_dataset

    first = where.number == 0
    data = (*(Path(folder) for folder in plan.data), *where.all_data)
    counts = [sum(one.length for one in read_dataset(folder).episodes) for folder in data]
    return TrainingRequest(
        data=data,
        out=where.training,
        config=plan.config if first else None,
        init=None if first else where.before.training / "checkpoint",
        steps=plan.first_steps if first else plan.steps,
        device=plan.device,
        tables=where.run / TABLES,
        shares=shares(counts),
        seed=plan.seed,
        batch=plan.batch,
    )


def _train(asked: TrainingRequest) -> None:
    from ontakt.cli.training_run import train

    with redirect_stdout(sys.stderr):  # what is printed in the end is the internship's
        code = train(asked, _command(asked))
    if code:
        raise KeyboardInterrupt


def _command(asked: TrainingRequest) -> tuple[str, ...]:
    """As it would be typed."""
    words = ["train", *(word for folder in asked.data for word in ("--data", str(folder)))]
    for name in ("out", "config", "init", "steps", "device", "tables", "seed", "batch"):
        value = getattr(asked, name)
        if value is not None:
            words += [f"--{name}", str(value)]
    return (*words, "--shares", *(str(share) for share in asked.shares))


def _copy(source: Path, target: Path) -> Path:
    """Whole or not at all."""
    partial = target.with_name(f"{target.name}.partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, partial)
        if not target.is_dir():
            partial.rename(target)
    except (OSError, shutil.Error) as error:
        raise SetupError(f"{target}: cannot be written ({error}).") from error
    return target
