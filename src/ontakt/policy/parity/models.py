"""The models that golden data was made with: the same weights under four configurations."""

import msgspec

from ontakt.policy.parity.folder import GoldenFolder
from ontakt.policy.xr0.checkpoint import load_checkpoint
from ontakt.policy.xr0.config import Rotary, Xr0Config
from ontakt.policy.xr0.model import Xr0Model
from ontakt.policy.xr0.optimizer import freeze


class Models:
    """Released or post-trained, rotary frequencies exact or as trained; each is made when it is
    first asked for. float32, in evaluation mode, embeddings frozen."""

    def __init__(self, folder: GoldenFolder) -> None:
        self.folder = folder
        self._made: dict[tuple[bool, Rotary], Xr0Model] = {}

    def find(self, post: bool, rotary: Rotary) -> Xr0Model:
        """The model of that kind. Raises SetupError for weights that do not fit."""
        key = (post, rotary)
        if key not in self._made:
            config = self.folder.config_of(post)
            self._made[key] = self.make(msgspec.structs.replace(config, rotary=rotary))
        return self._made[key]

    def make(self, config: Xr0Config) -> Xr0Model:
        """A model of its own under `config`. Raises SetupError for weights that do not fit."""
        model = load_checkpoint(self.folder.path, config)
        freeze(model)
        return model
