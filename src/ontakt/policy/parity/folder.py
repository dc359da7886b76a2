"""A folder of golden data: a small model, what it was given, and what a reference made of it.

    config.json              constructor arguments
    model.safetensors        weights, as in a released checkpoint
    [SET_]inputs.safetensors     what the model was given, CASE.NAME by tensor
    [SET_]outputs.safetensors    what came out of it, CASE.NAME by tensor
    params_without_grad.txt  parameters that training does not reach, one a line (may be absent)
    state_dict_keys.txt      NAME <tab> SHAPE of every tensor of the model (may be absent)

Files whose name begins with `post` belong to the model of post-training.
"""

from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from ontakt.contract.errors import SetupError
from ontakt.policy.xr0.config import Xr0Config, read_config

Tensors = Mapping[str, Tensor]

POST_WINDOW = 4
POST_OFFSET = 10
"""What post-training sets, where the folder's configuration does not say otherwise."""


class GoldenSet(Struct, frozen=True, eq=False, kw_only=True):
    """One file of outputs with the inputs that its cases were given."""

    file: str
    post: bool
    """Whether the model of post-training made it."""
    inputs: Tensors
    outputs: Tensors


class GoldenFolder(Struct, frozen=True, eq=False, kw_only=True):
    """What stands in a folder of golden data, beside the weights."""

    path: Path
    """Also a checkpoint, which the weights are loaded from."""
    config: Xr0Config
    sets: tuple[GoldenSet, ...]
    strangers: tuple[str, ...] = ()
    """Other files of tensors, whose names say neither inputs nor outputs."""

    def config_of(self, post: bool) -> Xr0Config:
        """The configuration as it stands, or the one of post-training made of it."""
        config = self.config
        if not post:
            return config
        window = POST_WINDOW if config.action_window is None else config.action_window
        return msgspec.structs.replace(
            config,
            action_window=window,
            action_rope_offset=config.action_rope_offset or POST_OFFSET,
        )

    def lines(self, name: str) -> tuple[str, ...] | None:
        """The lines of a text file of the folder; None where there is none. Raises SetupError."""
        path = self.path / name
        if not path.exists():
            return None
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise SetupError(f"{path}: cannot be read ({error}).") from error
        return tuple(line.strip() for line in text.splitlines() if line.strip())


def read_folder(path: Path) -> GoldenFolder:
    """The golden data in `path`. Raises SetupError for a folder of another layout and for a file
    that cannot be read."""
    if not path.is_dir():
        raise SetupError(f"{path}: is not a folder.")
    for name in ("config.json", "model.safetensors", "inputs.safetensors"):
        if not (path / name).is_file():
            raise SetupError(f"{path}: lacks {name}, which a folder of golden data has.")
    if not list(path.glob("*outputs.safetensors")):
        raise SetupError(f"{path}: lacks outputs.safetensors, so there is nothing to compare.")
    config = read_config(path)
    inputs = {file.name: read_tensors(file) for file in sorted(path.glob("*inputs.safetensors"))}
    return GoldenFolder(
        path=path,
        config=config,
        sets=tuple(
            GoldenSet(
                file=file.name,
                post=file.name.startswith("post"),
                inputs=_merged(inputs, file.name.replace("outputs", "inputs")),
                outputs=read_tensors(file),
            )
            for file in sorted(path.glob("*outputs.safetensors"))
        ),
        strangers=tuple(
            sorted(
                file.name
                for file in path.glob("*.safetensors")
                if file.name != "model.safetensors"
                and not file.name.endswith(("inputs.safetensors", "outputs.safetensors"))
            )
        ),
    )


def read_tensors(path: Path) -> Tensors:
    """All tensors of one safetensors file. Raises SetupError."""
    try:
        tensors: Tensors = load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        raise SetupError(f"{path}: cannot be read as safetensors ({error}).") from error
    return tensors


def _merged(inputs: Mapping[str, Tensors], own: str) -> Tensors:
    """The tensors of all files of inputs; those of the file `own` win."""
    merged: dict[str, Tensor] = {}
    for name in sorted(inputs, key=lambda name: name == own):
        merged |= inputs[name]
    return merged
