"""`ontakt train`: weights from demonstrations."""

from collections.abc import Sequence
from dataclasses import dataclass

from ontakt.cli.recipe.table import RECIPES
from ontakt.cli.training_request import Factor, Number, TrainingRequest
from ontakt.contract import MissingExtra, SetupError


@dataclass(frozen=True)
class TrainCommand(TrainingRequest):
    """Train a policy on demonstrations, from nothing or from a checkpoint.

    DIR/checkpoint is a policy that runs, at any time; DIR/report.html shows how it goes. A training
    that was stopped goes on with the same command and ends in the same weights as one that was not.
    Left-out options are the recipe's.

    Examples:

      ontakt train --data demos --minutes 60 --out runs/first
      ontakt train --data demos --data corrections --shares 1 2 --init runs/first/checkpoint
        --steps 3000 --out runs/second
      ontakt train --recipe nut-loading --out runs/shipped
      ontakt train --data demos --window none --offset 0 --weighting off --out runs/ablation
      accelerate launch --num_processes 2 -m ontakt.cli train --data demos --config xr0
        --init brains/xr0 --embodiment my-robot --shard --out runs/large
    """

    jobs: Number = None
    """With --recipe nut-loading: parts at a time; as many as there are cores when left out."""
    scale: Factor = None
    """With --recipe nut-loading: all its counts times this, for a trial."""

    def run(self, arguments: Sequence[str]) -> int:
        """Train. Returns the exit code: 130 when it was stopped and can go on."""
        whole = self.recipe in RECIPES
        if not whole and (self.jobs, self.scale) != (None, None):
            raise SetupError(f"--jobs and --scale go with --recipe {' or '.join(RECIPES)} alone.")
        try:
            from ontakt.cli.recipe.make import make
            from ontakt.cli.training_run import train
            from ontakt.policy.training.recipe import find_recipe
        except ImportError as error:
            raise MissingExtra("Training", "policy") from error
        if whole:
            return make(self, 1.0 if self.scale is None else self.scale, self.jobs)
        if self.recipe is not None:
            find_recipe(self.recipe, also=RECIPES)
        return train(self, tuple(arguments))
