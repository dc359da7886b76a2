"""Names of XR-0 configurations on the command line, resolved in this one place."""

from pathlib import Path
from typing import Literal

import msgspec

from ontakt.contract import UnknownName
from ontakt.policy.xr0.config import CONFIGS, Xr0Config, read_config

Variant = Literal["released", "post-trained"]


def read_configuration(name: str, variant: Variant | None = None) -> Xr0Config:
    """The configuration called `name`, or that of the folder or config.json of this name; with the
    attention, positions and rotary frequencies of `variant` where one is given. Raises UnknownName,
    and SetupError as `read_config`."""
    path = Path(name)
    if name in CONFIGS:
        config = CONFIGS[name]
    elif path.is_dir():
        config = read_config(path)
    elif path.is_file() and path.name == "config.json":
        config = read_config(path.parent)
    else:
        raise UnknownName("configuration", name, [*CONFIGS, "a folder with a config.json"])
    if variant == "released":
        return msgspec.structs.replace(
            config, action_window=None, action_rope_offset=0, rotary="exact"
        )
    if variant == "post-trained":
        return msgspec.structs.replace(
            config, action_window=4, action_rope_offset=10, rotary="as_trained"
        )
    return config
