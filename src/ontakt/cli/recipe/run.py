"""A recipe worked: begun or gone on with, piece by piece."""

import shutil
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace as changed

from ontakt.cli.evaluation.evaluate import evaluate
from ontakt.cli.evaluation.plan import EvaluationPlan
from ontakt.cli.evaluation.progress import EvaluationProgress
from ontakt.cli.policy.results import files_hash, keep, read_kept
from ontakt.cli.recipe.pieces import Demonstrate, Examine, Piece, Train
from ontakt.cli.recipe.place import Place, policy_at
from ontakt.cli.recipe.table import Recipe
from ontakt.cli.teaching.course import Course
from ontakt.cli.teaching.demonstrations import Demonstrations
from ontakt.cli.training_request import TrainingRequest
from ontakt.cli.training_run import train
from ontakt.contract import SetupError
from ontakt.policy.dataset import read_dataset
from ontakt.policy.training.card import read_card
from ontakt.policy.training.run import LOCALISER

SEEDS = 100
"""Seed s of a recipe is 100 s for the examinations and 100 s + 1, ... for the data of its stages:
no lesson comes from a part that is examined."""


class Order(Struct, frozen=True, kw_only=True):
    """What decides all that comes of it."""

    recipe: Recipe
    seed: int
    config: str | None
    """Of the model; None: as in `ontakt train`."""
    device: str


@dataclass(frozen=True)
class RecipeRun:
    """`order` in `place`. What is there of a piece is not worked again."""

    order: Order
    place: Place
    jobs: int
    save_every: str
    tables: Path | None

    def done(self, piece: Piece) -> bool:
        """Whether all of it is there. Raises SetupError for what cannot be read."""
        if isinstance(piece, Demonstrate):
            return self.place.has_data(piece.stage)
        if isinstance(piece, Train):
            card = read_card(self.place.weights(piece.stage))
            return card is not None and card.step >= piece.first_step + piece.steps
        if not self.place.checkpoint.is_dir():
            return False
        files = files_hash(self.place.checkpoint)
        return any(
            (told.checkpoint, told.variation, told.episodes)
            == (files, piece.variation, piece.episodes)
            for told in read_kept(self.place.checkpoint)
        )

    def work(self, piece: Piece) -> None:
        """Go on with it, to its end. Raises KeyboardInterrupt where it was stopped, and as
        `Demonstrations.work`, `train` and `evaluate`."""
        if isinstance(piece, Demonstrate):
            self._demonstrate(piece)
        elif isinstance(piece, Train):
            self._train(piece)
        else:
            self._examine(piece)

    def _demonstrate(self, piece: Demonstrate) -> None:
        course = Course(
            station=self.order.recipe.station,
            seed=self._seed(piece.stage + 1),
            shift=piece.shift,
        )
        if piece.share is not None:
            learner = policy_at(self.place.weights(piece.stage - 1), self._robot_type())
            course = changed(course, learner=learner, share=piece.share)
        Demonstrations.new(course, piece.episodes).work(self.place.data(piece.stage), self.jobs)

    def _train(self, piece: Train) -> None:
        asked = self.request(piece)
        with redirect_stdout(sys.stderr):  # what is printed in the end is the recipe's
            code = train(asked, command_of(asked))
        if code:
            raise KeyboardInterrupt

    def _examine(self, piece: Examine) -> None:
        ship(self.place.weights(len(self.order.recipe.stages) - 1), self.place.checkpoint)
        plan = EvaluationPlan(
            policy=policy_at(self.place.checkpoint, self._robot_type()),
            station=self.order.recipe.station,
            episodes=piece.episodes,
            variation=piece.variation,
            seed=self._seed(0),
        )
        with EvaluationProgress() as progress:
            told = evaluate(plan, self.jobs, self.place.evaluation(piece.variation), progress)
        keep(told, self.place.checkpoint)

    def request(self, piece: Train) -> TrainingRequest:
        """What `ontakt train` is asked for."""
        order, first = self.order, piece.stage == 0
        return TrainingRequest(
            data=tuple(self.place.data(stage) for stage in range(piece.stage + 1)),
            out=self.place.training(piece.stage),
            config=order.config if first else None,
            init=None if first else self.place.weights(piece.stage - 1),
            recipe=order.recipe.training,
            steps=piece.steps,
            first_step=piece.first_step,
            schedule_steps=piece.schedule_steps,
            device=order.device,
            threads=order.recipe.threads,
            save_every=self.save_every,
            tables=self.tables,
            shares=piece.shares,
            seed=order.seed,
        )

    def _seed(self, number: int) -> int:
        return SEEDS * self.order.seed + number

    def _robot_type(self) -> str:
        return read_dataset(self.place.data(0)).robot_type


def command_of(asked: TrainingRequest) -> Sequence[str]:
    """As it would be typed."""
    words = ["train", *(word for folder in asked.data for word in ("--data", str(folder)))]
    for name in (
        "out", "config", "init", "recipe", "steps", "first_step", "schedule_steps", "device",
        "threads", "save_every", "tables", "seed",
    ):  # fmt: skip
        value = getattr(asked, name)
        if value is not None:
            words += [f"--{name.replace('_', '-')}", str(value)]
    return (*words, "--shares", *(f"{share:g}" for share in asked.shares))


def ship(weights: Path, checkpoint: Path) -> None:
    """Copy `weights` to `checkpoint`, whole or not at all, where that is not there yet; without the
    localiser, which only a training needs. Raises SetupError."""
    if checkpoint.is_dir():
        return
    partial = checkpoint.with_name(f"{checkpoint.name}.partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(weights, partial, ignore=shutil.ignore_patterns(LOCALISER))
        partial.rename(checkpoint)
    except (OSError, shutil.Error) as error:
        raise SetupError(f"{checkpoint}: cannot be written ({error}).") from error
