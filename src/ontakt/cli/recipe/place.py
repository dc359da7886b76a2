"""Where the pieces of a recipe lie.

RUN/recipe.json           what was begun
RUN/stage-N/data          demonstrations, or corrections to the weights of the stage before
RUN/stage-N/training      the training on all data so far
RUN/checkpoint            the last weights, with training.json and evaluations.json
RUN/evaluation-VARIATION  their examinations
"""

from pathlib import Path

from msgspec import Struct

from ontakt.policy.dataset.meta import INFO

BEGUN = "recipe.json"


class Place(Struct, frozen=True):
    """The folder of a recipe."""

    run: Path

    def data(self, stage: int) -> Path:
        """The dataset of stage `stage`, counted from 0."""
        return self.run / f"stage-{stage + 1}" / "data"

    def has_data(self, stage: int) -> bool:
        """Whether that is finished."""
        return (self.data(stage) / INFO).is_file()

    def training(self, stage: int) -> Path:
        """The training of stage `stage`."""
        return self.run / f"stage-{stage + 1}" / "training"

    def weights(self, stage: int) -> Path:
        """Its checkpoint, which nothing is written into later: the next stage knows it by its
        hash."""
        return self.training(stage) / "checkpoint"

    @property
    def checkpoint(self) -> Path:
        """What comes of it all."""
        return self.run / "checkpoint"

    def evaluation(self, variation: tuple[str, ...]) -> Path:
        """The examination at `variation`."""
        return self.run / f"evaluation-{'-'.join(variation)}"


def policy_at(checkpoint: Path, robot_type: str) -> str:
    """The policy's name; one thread, because workers share the machine."""
    return f"xr0:{checkpoint.absolute()}?robot_type={robot_type}&threads=1"
