"""Where the pieces of a round lie."""

from pathlib import Path

from msgspec import Struct

from ontakt.policy.dataset.meta import INFO


class Round(Struct, frozen=True):
    """RUN/round-N."""

    run: Path
    number: int

    @property
    def folder(self) -> Path:
        """All of it."""
        return self.run / f"round-{self.number}"

    @property
    def data(self) -> Path:
        """The round's dataset."""
        return self.folder / "data"

    @property
    def has_data(self) -> bool:
        """Whether that is finished."""
        return (self.data / INFO).is_file()

    @property
    def training(self) -> Path:
        """The training's folder; no card is ever written into its checkpoint, so that the next
        training can be gone on with."""
        return self.folder / "training"

    @property
    def checkpoint(self) -> Path:
        """The version, with its card; there when it is trained."""
        return self.folder / "checkpoint"

    @property
    def evaluation(self) -> Path:
        """The examination's folder."""
        return self.folder / "evaluation"

    @property
    def before(self) -> "Round":
        """The round before it."""
        return Round(self.run, self.number - 1)

    @property
    def all_data(self) -> list[Path]:
        """The datasets up to this round's, oldest first."""
        rounds = [Round(self.run, number) for number in range(self.number + 1)]
        return [one.data for one in rounds if one.has_data]


def policy_at(checkpoint: Path, robot_type: str) -> str:
    """The policy's name; one thread, because workers share the machine."""
    return f"xr0:{checkpoint.absolute()}?robot_type={robot_type}&threads=1"
