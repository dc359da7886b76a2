"""A first set of weights: the same for the same seed, on every machine and in every order.

Every tensor is drawn from a generator of its own, seeded by the seed and the tensor's name, so that
neither torch's global generator nor a tensor that is added elsewhere changes it.

Scales keep what flows through the model near 1 at any width:
- Linear maps: normal, deviation 1 / sqrt(inputs). At Qwen's own width of 2560 that is its 0.02.
- What is added to a residual stream (attention's and MLP's last map): divided by
  sqrt(2 * layers) in the towers, whose streams are not normalised, so that they do not grow with
  depth. The DiT normalises its stream and needs none.
- Embeddings of words and the sink: deviation 1, the size of the image tokens beside them. Learned
  positions of patches: 0.02, as Qwen has them; they are a correction.
- Norms 1, biases 0. The DiT's tables 0.02, its gates 1 above that: a block works from the first
  step on (a gate of zero would keep all but the gate from learning).
- The time's rows and the last map to actions: small, as an untrained flow should start near zero
  and alike at all times; not zero, so that a fresh model tells two implementations apart.
"""

import hashlib
import math

import torch
from torch import Tensor

from ontakt.policy.xr0.config import Xr0Config
from ontakt.policy.xr0.layout import EMBEDDING, HEAD
from ontakt.policy.xr0.model import Xr0Model

_GATES = (2, 5)
"""Rows of a DiT layer's table that are gates."""
_SMALL = 0.02
_FIXED = {EMBEDDING: 1.0, "sink.weight": 1.0, "vlm.model.visual.pos_embed.weight": _SMALL}
_ADDED_TO_VISION = (".attn.proj.weight", ".mlp.linear_fc2.weight")
_ADDED_TO_TEXT = (".self_attn.o_proj.weight", ".mlp.down_proj.weight")
_FAINT = {"t_projector.layers.0.weight": 0.1, "action_output_layer.layers.2.weight": 0.1}
"""Share of the ordinary scale."""


def new_model(
    config: Xr0Config,
    seed: int = 0,
    dtype: torch.dtype = torch.float32,
    device: str | torch.device = "cpu",
) -> Xr0Model:
    """An untrained model of `config`, in evaluation mode, its rotary frequencies held."""
    with torch.device("meta"):
        model = Xr0Model(config)
    model = model.to(dtype).to_empty(device=device)
    # Going to memory of its own parts the head from the embedding.
    model.vlm.lm_head.weight = model.vlm.model.language_model.embed_tokens.weight
    initialise(model, seed)
    model.hold_rotary()
    return model.eval()


def initialise(model: Xr0Model, seed: int) -> None:
    """Set every parameter of `model` from `seed`."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name != HEAD:
                parameter.copy_(first_value(name, tuple(parameter.shape), model.config, seed))


def first_value(name: str, shape: tuple[int, ...], config: Xr0Config, seed: int) -> Tensor:
    """The first value of tensor `name`: float32 on the CPU."""
    if name.endswith(".bias"):
        return torch.zeros(shape)
    if len(shape) == 1:
        return torch.ones(shape)
    text = hashlib.sha256(f"{seed}/{name}".encode()).digest()
    generator = torch.Generator().manual_seed(int.from_bytes(text[:8], "little"))
    value = torch.randn(shape, generator=generator) * _deviation(name, shape, config)
    if name.endswith(".adaln_table"):
        value[list(_GATES)] += 1.0
    return value


def _deviation(name: str, shape: tuple[int, ...], config: Xr0Config) -> float:
    if name in _FIXED:
        return _FIXED[name]
    if name.endswith(".adaln_table"):
        return _SMALL
    scale = _FAINT.get(name, 1.0) / math.sqrt(math.prod(shape[1:]))
    if name.startswith("vlm.model.visual.blocks.") and name.endswith(_ADDED_TO_VISION):
        return scale / math.sqrt(2 * int(config.vision["depth"]))
    if name.startswith("vlm.model.language_model.layers.") and name.endswith(_ADDED_TO_TEXT):
        return scale / math.sqrt(2 * config.text_layers)
    return scale
