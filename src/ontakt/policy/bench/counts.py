"""Operations and bytes of one inference, by stage, in closed form.

Operations are those of matrix products, two (multiply, add) for each pair of numbers; attention is
counted over the whole square, as torch's FlopCounterMode does. Bytes are the least that must move
if nothing but weights, pixels and the cache leaves the chip between two uses: weights once a stage
(the DiT's once a step), the cache once where it is written and once wherever it is read.
"""

import math
from collections.abc import Mapping

from msgspec import Struct

from ontakt.policy.xr0.config import Xr0Config
from ontakt.policy.xr0.layout import part_of, tensor_shapes

Grid = tuple[int, int, int]
STAGES = ("vision", "text", "DiT")


class Shape(Struct, frozen=True, kw_only=True):
    """The sizes that decide what an inference costs; the batch is 1."""

    grids: tuple[Grid, ...]
    """Of each image, patches by time, height and width."""
    prompt: int
    """S: tokens of the prompt, those of images included."""
    horizon: int
    """T."""
    steps: int
    """Of the flow."""

    @property
    def patches(self) -> int:
        """Of all images."""
        return sum(map(math.prod, self.grids))


class Work(Struct, frozen=True):
    """What one stage has to do."""

    flop: int
    bytes: int


def count(
    config: Xr0Config, shape: Shape, element: int = 2, eager: bool = False
) -> dict[str, Work]:
    """The work of each of `STAGES` with numbers of `element` bytes: what has to be done, or with
    `eager` what the eager model does, which computes the whole last text layer, keeps all of the
    cache, and makes the time's rows anew at every step."""
    weights = _weights(config)
    return {
        "vision": _vision(config, shape, element, eager, weights),
        "text": _text(config, shape, element, eager, weights),
        "DiT": _dit(config, shape, element, eager, weights),
    }


def _weights(config: Xr0Config) -> Mapping[str, int]:
    """Numbers by name of tensor."""
    return {name: math.prod(shape) for name, shape in tensor_shapes(config).items()}


def _vision(
    config: Xr0Config, shape: Shape, element: int, eager: bool, weights: Mapping[str, int]
) -> Work:
    vision, n = config.vision, shape.patches
    width, inner = vision["hidden_size"], vision["intermediate_size"]
    pixels = n * vision["in_channels"] * vision["temporal_patch_size"] * vision["patch_size"] ** 2
    block = 2 * n * width * (4 * width + 2 * inner)
    block += sum(t * _attention(h * w, h * w, width) for t, h, w in shape.grids)
    merge = vision["spatial_merge_size"] ** 2
    merged = merge * width
    merger = 2 * (n // merge) * merged * (merged + vision["out_hidden_size"])
    mergers = 1 + len(vision["deepstack_visual_indexes"])
    flop = 2 * pixels * width + vision["depth"] * block + mergers * merger
    read = sum(size for name, size in weights.items() if part_of(name) == "vision")
    if not eager:  # the learned positions of these sizes are drawn out once
        read += n * width - weights["vlm.model.visual.pos_embed.weight"]
    return Work(flop, element * (read + pixels))


def _text(
    config: Xr0Config, shape: Shape, element: int, eager: bool, weights: Mapping[str, int]
) -> Work:
    s, layers = shape.prompt, config.text_layers
    at = "vlm.model.language_model.layers."
    last, spared = f"{at}{layers - 1}.", (".k_proj.", ".v_proj.", ".k_norm.", ".input_layernorm.")
    read = flop = 0
    for name, size in weights.items():
        if part_of(name) != "text":
            continue
        needed = name.startswith(at) and (
            not name.startswith(last) or any(part in name for part in spared)
        )
        if eager or needed:
            read += size
            flop += 2 * s * size if name.endswith("_proj.weight") else 0
    queries = int(config.text["num_attention_heads"]) * config.text_head_dim
    flop += (layers if eager else layers - 1) * _attention(s, s, queries)
    # The eager model writes every layer's cache and reads it; only what the DiT reads must stay.
    kept = 2 * layers if eager else config.dit_config.num_hidden_layers
    return Work(flop, element * (read + kept * _cache(config, s)))


def _dit(
    config: Xr0Config, shape: Shape, element: int, eager: bool, weights: Mapping[str, int]
) -> Work:
    dit, t = config.dit_config, shape.horizon
    width, layers, own = dit.hidden_size, dit.num_hidden_layers, 1 + config.state_length + t
    layer = 2 * own * width * (4 * width + 12 * width)
    layer += _attention(own, shape.prompt + own, width)
    actions = _products(weights, "action_projector") + _products(weights, "action_output_layer")
    step = layers * layer + 2 * t * actions
    moved: tuple[str, ...] = ("dit.", "action_projector", "action_output_layer")
    if eager:
        step += 2 * (_products(weights, "t_embedder") + _products(weights, "t_projector"))
        moved += ("t_embedder", "t_projector")
    read = sum(size for name, size in weights.items() if name.startswith(moved))
    read += layers * _cache(config, shape.prompt)
    once = _products(weights, "state_projector")
    flop = shape.steps * step + 2 * config.state_length * once
    return Work(flop, element * (shape.steps * read + once))


def _attention(queries: int, keys: int, width: int) -> int:
    """Both products of an attention whose heads are `width` together."""
    return 4 * queries * keys * width


def _cache(config: Xr0Config, tokens: int) -> int:
    """Numbers in one layer of the cache: keys and values."""
    return 2 * tokens * config.text_kv_heads * config.text_head_dim


def _products(weights: Mapping[str, int], part: str) -> int:
    """Numbers in the matrices of one of the small parts."""
    return sum(
        size for name, size in weights.items() if name.startswith(part) and name.endswith(".weight")
    )
