"""`ontakt policy init`: an untrained checkpoint that runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import Positional, arg

from ontakt.contract import BadValue, MissingExtra


@dataclass(frozen=True)
class InitCommand:
    """Write an untrained XR-0 checkpoint: weights from a seed, placeholder statistics, a tokenizer.

    It runs (--policy xr0:DIR) and moves like noise of a few millimetres; training begins with it.

    Examples:

      ontakt policy init brains/new
      ontakt policy init brains/new --seed 1 --robot-type my-cell
    """

    folder: Annotated[Positional[Path], arg(metavar="DIR")]
    """Where to: a new or empty folder, or a checkpoint that is replaced."""
    config: Annotated[str, arg(metavar="NAME|FOLDER")] = "xr0-compact"
    """xr0-compact, xr0, or a folder with a config.json."""
    seed: Annotated[int, arg(metavar="N")] = 0
    """Seed of the weights."""
    embodiment: Annotated[str, arg(metavar="NAME")] = "ontakt-compact"
    """Views, words, state and actions."""
    robot_type: Annotated[str | None, arg(metavar="NAME", help_behavior_hint="")] = None
    """What the robot type is called; like the embodiment when left out."""
    tokenizer: Annotated[Path | None, arg(metavar="FOLDER", help_behavior_hint="")] = None
    """A folder with a tokenizer; the one learnt from the stations' wordings when left out."""
    dtype: Literal["float32", "bfloat16"] = "float32"
    """Of the stored weights."""

    def run(self, _arguments: Sequence[str]) -> int:
        """Write it and say what it is."""
        if not 0 <= self.seed < 2**63:
            raise BadValue("--seed", self.seed, "it is 0 or greater")
        from ontakt.cli.policy.configuration import read_configuration

        config = read_configuration(self.config)
        try:
            import torch

            from ontakt.policy.fresh_checkpoint import find_body, write_fresh
            from ontakt.policy.processor.vocabulary import read_tokenizer
        except ImportError as error:
            raise MissingExtra("A checkpoint", "policy") from error

        robot_type = self.embodiment if self.robot_type is None else self.robot_type
        words = None if self.tokenizer is None else read_tokenizer(self.tokenizer)
        body = find_body(self.embodiment)
        dtype = {"float32": torch.float32, "bfloat16": torch.bfloat16}[self.dtype]
        write_fresh(self.folder, config, robot_type, body, self.seed, words, dtype)
        print(
            f"{self.folder}: an untrained {self.config}, seed {self.seed}. Its actions are noise "
            f"of a few millimetres, its statistics placeholders.\n"
            f"  ontakt policy inspect {self.folder}\n"
            f"  ontakt shift nut-loading --policy 'xr0:{self.folder}?robot_type={robot_type}'"
        )
        return 0
