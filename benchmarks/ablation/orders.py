"""What is done for a variant, as commands, and what is kept of it.

OUT/VARIANT/training    as `ontakt train` leaves it
OUT/VARIANT/evaluation  as `ontakt evaluate` does
OUT/VARIANT/done.json   the commands, the data's hashes and the figures, when both are at their end
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
from benchmarks.ablation.variants import Variant
from msgspec import Struct

from ontakt.cli.evaluation.evaluation import Evaluation
from ontakt.cli.recipe.place import policy_at
from ontakt.policy.training.run import CHECKPOINT

TRAINED, PARTS = 0, 1_000
"""Seeds: of the trainings, and of the parts that are examined, of which no demonstration is."""
DONE = "done.json"


class Order(Struct, frozen=True):
    """All that decides the figures of a variant but the source."""

    train: tuple[str, ...]
    evaluate: tuple[str, ...]
    data: tuple[str, ...]
    """Hashes."""


class Done(Struct, frozen=True):
    """A variant at its end."""

    order: Order
    told: Evaluation


@dataclass(frozen=True)
class Orders:
    """The same for every variant."""

    data: Mapping[Path, str]
    """Folders and hashes of the datasets, the first of the teacher's own work."""
    robot_type: str
    config: str
    init: Path | None
    """A checkpoint that all begin with; None: nothing."""
    steps: int
    batch: int | None
    """Lessons a step; None: the recipe's."""
    episodes: int
    variation: tuple[str, ...]
    out: Path

    def folder(self, variant: Variant) -> Path:
        return self.out / variant.name

    def training(self, variant: Variant) -> Path:
        return self.folder(variant) / "training"

    def evaluation(self, variant: Variant) -> Path:
        return self.folder(variant) / "evaluation"

    def order(self, variant: Variant) -> Order:
        """What is done for `variant`: the words behind `ontakt`."""
        data = list(self.data.items())[: variant.datasets]
        seed = () if "--seed" in variant.options else ("--seed", str(TRAINED))
        train = (
            "train",
            *(word for folder, _ in data for word in ("--data", str(folder))),
            *(("--config", self.config) if self.init is None else ("--init", str(self.init))),
            *("--recipe", "small", "--steps", str(self.steps)),
            *(() if self.batch is None else ("--batch", str(self.batch))),
            *("--threads", "1", *seed, *variant.options),
            *("--out", str(self.training(variant))),
        )
        evaluate = (
            "evaluate",
            policy_at(self.training(variant) / CHECKPOINT, self.robot_type),
            *("nut-loading", "--variation", *self.variation),
            *("--episodes", str(self.episodes), "--seed", str(PARTS)),
            *("--strategy", variant.strategy, "--json"),
            *("--out", str(self.evaluation(variant))),
        )
        return Order(train, evaluate, tuple(known for _, known in data))

    def done(self, variant: Variant) -> Done | None:
        """What came of it; None where it is not at its end, or was ordered otherwise."""
        path = self.folder(variant) / DONE
        if not path.is_file():
            return None
        done = msgspec.json.decode(path.read_bytes(), type=Done)
        return done if done.order == self.order(variant) else None
