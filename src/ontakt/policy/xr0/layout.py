"""The tensors that a configuration implies, in closed form: names and shapes, without torch.

The names are those of a released checkpoint: transformers' Qwen3-VL under `vlm.`, the DiT and the
small parts beside it. The language model's head is not among them: it is tied to the embedding and
never evaluated. Source: XR-0's released model; a test compares with the model on the meta device.
"""

from collections.abc import Mapping

from ontakt.contract.errors import BadValue
from ontakt.policy.xr0.config import Xr0Config

Shape = tuple[int, ...]

_TIME_WAVES = 256
"""Cosines and sines of the flow's time; no configuration changes it."""

HEAD = "vlm.lm_head.weight"
"""The language model's head: the embedding under another name. Checkpoints may lack it."""
EMBEDDING = "vlm.model.language_model.embed_tokens.weight"


def tensor_shapes(config: Xr0Config) -> dict[str, Shape]:
    """Shape of every stored tensor of an XR-0 of this configuration, by name. Raises BadValue for
    a configuration that lacks a size."""
    try:
        return {**_vision(config), **_text(config), **_dit(config), **_beside(config)}
    except KeyError as error:
        raise BadValue(f"vlm_config: {error.args[0]}", None, "a size is needed") from error


def part_of(name: str) -> str:
    """The part of the model that tensor `name` belongs to, one of `PARTS`."""
    return next((part for part, start in _STARTS.items() if name.startswith(start)), PARTS[-1])


_STARTS = {
    "vision": "vlm.model.visual.",
    "embeddings": EMBEDDING,
    "text": "vlm.model.language_model.",
    "DiT": "dit.",
}
PARTS = (*_STARTS, "projectors and time")


def _linear(name: str, wide_in: int, wide_out: int, bias: bool = True) -> dict[str, Shape]:
    shapes: dict[str, Shape] = {f"{name}.weight": (wide_out, wide_in)}
    return shapes | ({f"{name}.bias": (wide_out,)} if bias else {})


def _norm(name: str, width: int) -> dict[str, Shape]:
    return {f"{name}.weight": (width,), f"{name}.bias": (width,)}


def _merger(name: str, normed: int, merged: int, out: int) -> dict[str, Shape]:
    return {
        **_norm(f"{name}.norm", normed),
        **_linear(f"{name}.linear_fc1", merged, merged),
        **_linear(f"{name}.linear_fc2", merged, out),
    }


def _vision(config: Xr0Config) -> dict[str, Shape]:
    vision = config.vision
    width, inner = vision["hidden_size"], vision["intermediate_size"]
    patch, out = vision["patch_size"], vision["out_hidden_size"]
    merged = width * vision["spatial_merge_size"] ** 2
    at = "vlm.model.visual"
    cube = (vision["in_channels"], vision["temporal_patch_size"], patch, patch)
    shapes: dict[str, Shape] = {
        f"{at}.patch_embed.proj.weight": (width, *cube),
        f"{at}.patch_embed.proj.bias": (width,),
        f"{at}.pos_embed.weight": (vision["num_position_embeddings"], width),
        **_merger(f"{at}.merger", width, merged, out),
    }
    for k in range(vision["depth"]):
        block = f"{at}.blocks.{k}"
        shapes |= _norm(f"{block}.norm1", width) | _norm(f"{block}.norm2", width)
        shapes |= _linear(f"{block}.attn.qkv", width, 3 * width)
        shapes |= _linear(f"{block}.attn.proj", width, width)
        shapes |= _linear(f"{block}.mlp.linear_fc1", width, inner)
        shapes |= _linear(f"{block}.mlp.linear_fc2", inner, width)
    for k in range(len(vision["deepstack_visual_indexes"])):
        shapes |= _merger(f"{at}.deepstack_merger_list.{k}", merged, merged, out)
    return shapes


def _text(config: Xr0Config) -> dict[str, Shape]:
    text, head = config.text, config.text_head_dim
    width, inner = text["hidden_size"], text["intermediate_size"]
    queries, keys = text["num_attention_heads"] * head, config.text_kv_heads * head
    bias = bool(text.get("attention_bias", False))
    at = "vlm.model.language_model"
    shapes: dict[str, Shape] = {
        EMBEDDING: (text["vocab_size"], width),
        f"{at}.norm.weight": (width,),
    }
    for k in range(config.text_layers):
        layer = f"{at}.layers.{k}"
        shapes |= _linear(f"{layer}.self_attn.q_proj", width, queries, bias)
        shapes |= _linear(f"{layer}.self_attn.k_proj", width, keys, bias)
        shapes |= _linear(f"{layer}.self_attn.v_proj", width, keys, bias)
        shapes |= _linear(f"{layer}.self_attn.o_proj", queries, width, bias)
        shapes |= _linear(f"{layer}.mlp.gate_proj", width, inner, bias=False)
        shapes |= _linear(f"{layer}.mlp.up_proj", width, inner, bias=False)
        shapes |= _linear(f"{layer}.mlp.down_proj", inner, width, bias=False)
        for norm in ("self_attn.q_norm", "self_attn.k_norm"):
            shapes[f"{layer}.{norm}.weight"] = (head,)
        for norm in ("input_layernorm", "post_attention_layernorm"):
            shapes[f"{layer}.{norm}.weight"] = (width,)
    return shapes


def _dit(config: Xr0Config) -> dict[str, Shape]:
    width, head = config.dit_config.hidden_size, config.dit_config.head_dim
    shapes: dict[str, Shape] = {}
    for k in range(config.dit_config.num_hidden_layers):
        layer = f"dit.layers.{k}"
        shapes[f"{layer}.adaln_table"] = (6, width)
        shapes |= _linear(f"{layer}.attn.qkv_proj", width, 3 * width)
        shapes |= _linear(f"{layer}.attn.o_proj", width, width, bias=False)
        shapes |= _linear(f"{layer}.mlp.gate_proj", width, 4 * width, bias=False)
        shapes |= _linear(f"{layer}.mlp.up_proj", width, 4 * width, bias=False)
        shapes |= _linear(f"{layer}.mlp.down_proj", 4 * width, width, bias=False)
        for norm in ("q_norm", "k_norm"):
            shapes[f"{layer}.attn.{norm}.weight"] = (head,)
        for norm in ("input", "middle", "post", "final"):
            shapes[f"{layer}.{norm}_layernorm.weight"] = (width,)
    return shapes


def _beside(config: Xr0Config) -> dict[str, Shape]:
    width, actions = config.dit_config.hidden_size, config.action_dim
    sizes: Mapping[str, tuple[int, int, int]] = {
        "state_projector.layers": (config.state_dim, width, width),
        "action_projector.layers": (actions, width, width),
        "action_output_layer.layers": (width, actions, actions),
        "t_embedder.mlp": (_TIME_WAVES, width, width),
    }
    shapes: dict[str, Shape] = {"sink.weight": (1, width)}
    for name, (wide_in, inner, wide_out) in sizes.items():
        shapes |= _linear(f"{name}.0", wide_in, inner, bias=False)
        shapes |= _linear(f"{name}.2", inner, wide_out, bias=False)
    return shapes | _linear("t_projector.layers.0", width, 6 * width)
