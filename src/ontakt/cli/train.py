"""`ontakt train`: weights from demonstrations."""

from collections.abc import Sequence
from dataclasses import dataclass

from ontakt.cli.training_request import TrainingRequest
from ontakt.contract import MissingExtra


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
      ontakt train --data demos --window none --offset 0 --weighting off --out runs/ablation
      accelerate launch --num_processes 2 -m ontakt.cli train --data demos --config xr0
        --init brains/xr0 --embodiment my-robot --out runs/large
    """

    def run(self, arguments: Sequence[str]) -> int:
        """Train. Returns the exit code: 130 when it was stopped and can go on."""
        try:
            from ontakt.cli.training_run import train
        except ImportError as error:
            raise MissingExtra("Training", "policy") from error
        return train(self, tuple(arguments))
