"""`ontakt policy convert`: pickled weights as safetensors."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from ontakt.cli.policy.configuration import Variant, read_configuration
from ontakt.contract import MissingExtra, SetupError


@dataclass(frozen=True)
class ConvertCommand:
    """Write pickled XR-0 weights (.bin, .pt, .ckpt, DeepSpeed) as a checkpoint of safetensors.

    Nothing of the pickle runs: torch reads it with weights_only, and what needs more is refused.
    Statistics and tokenizer that lie beside it are taken along.

    Examples:

      ontakt policy convert runs/last/checkpoint brains/mine --config xr0 --variant post-trained
      ontakt policy convert mp_rank_00_model_states.pt brains/mine --config brains/base
    """

    source: Annotated[Positional[Path], arg(metavar="SRC")]
    """A pickled file, or a folder with one or with its shards."""
    folder: Annotated[Positional[Path], arg(metavar="DST")]
    """Where to: a new or empty folder, or a checkpoint that is replaced."""
    config: Annotated[str | None, arg(metavar="NAME|FOLDER", help_behavior_hint="")] = None
    """xr0, xr0-compact, or a folder with a config.json; that beside SRC when left out."""
    variant: Annotated[
        Variant | None, arg(metavar="released|post-trained", help_behavior_hint="")
    ] = None
    """How actions attend and where they stand, if not as the configuration says: XR-0's
    post-training code differs from its released models."""

    def run(self, _arguments: Sequence[str]) -> int:
        """Convert, and say what came out."""
        if not self.source.exists():
            raise SetupError(f"{self.source}: no such file or folder.")
        beside = self.source if self.source.is_dir() else self.source.parent
        if self.config is None and not (beside / "config.json").is_file():
            raise SetupError(
                f"{beside}: has no config.json, and a pickle says nothing of its model; name one "
                f"with --config (xr0, xr0-compact, or a folder)."
            )
        config = read_configuration(self.config or str(beside), self.variant)
        try:
            from ontakt.policy.xr0.conversion import convert
        except ImportError as error:
            raise MissingExtra("A checkpoint", "policy") from error

        done = convert(self.source, self.folder, config)
        window = "all earlier actions" if config.action_window is None else config.action_window
        print(
            f"{self.folder}: {done.tensors} tensors, {done.parameters:,} parameters, from "
            f"{', '.join(path.name for path in done.files)}; taken along: "
            f"{', '.join(done.beside) or 'nothing'}.\n"
            f"An action sees {window}; offset {config.action_rope_offset}; rotary "
            f"{config.rotary}.\n"
            f"  ontakt policy inspect {self.folder}"
        )
        return 0
