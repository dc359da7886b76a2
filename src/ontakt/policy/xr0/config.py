"""The shape of one XR-0: the VLM's, the DiT's, and the two choices in which the released models
differ from the post-trained ones.

Sources: the released inference model and the post-training code of Xiaomi-Robotics-0 (paper arXiv
2602.12684); the VLM is Qwen3-VL-4B-Instruct, whose configuration is public.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from ontakt.contract.errors import BadValue, SetupError, UnknownName
from ontakt.policy.json_object import read_object
from ontakt.policy.xr0.vlm_config import MOST, check_vlm_config, part, whole

ARCHITECTURE = "mibot"
"""`model_type` of a released config.json."""

Rotary = Literal["exact", "as_trained"]
"""How the rotary frequencies are held: `exact` in float32, as the released models load by their
README; `as_trained` rounded to bfloat16, as post-training and the published evaluations had them
(a model cast as a whole rounds its buffers too)."""


TRAINED_PREFIX = 6
"""Most clean actions that XR-0's post-training code draws; 200 ms at 30 actions a second."""


class DitConfig(Struct, frozen=True, kw_only=True):
    """The diffusion transformer that reads the tail of the VLM's cache."""

    hidden_size: int = 1024
    num_hidden_layers: int = 16
    head_dim: int = 128
    num_key_value_heads: int = 8
    """Heads of the VLM's cache; the DiT's own keys have hidden_size / head_dim heads."""
    rms_norm_eps: float = 1e-6

    @property
    def heads(self) -> int:
        """Query heads, also heads of the DiT's own keys and values."""
        return self.hidden_size // self.head_dim


class Xr0Config(Struct, frozen=True, kw_only=True):
    """One XR-0. The field names are those of a released config.json."""

    vlm_config: Mapping[str, Any]
    """Constructor arguments of transformers' `Qwen3VLConfig`."""
    dit_config: DitConfig = DitConfig()
    state_length: int = 1
    state_dim: int = 32
    action_length: int = 30
    """Stored, and not used in inference: the horizon is that of the robot type's statistics."""
    action_dim: int = 32
    action_window: int | None = None
    """None: an action sees all earlier ones (released). 4: only the 4 before it (post-training)."""
    action_rope_offset: int = 0
    """How far the actions behind the prefix are moved on in position: 0 (released) or 10
    (post-training, with and without a prefix)."""
    rotary: Rotary = "exact"
    trained_prefix: int | None = None
    """Most clean actions with which training began an answer. None, as in every published file:
    6 where a window or an offset says that the model was post-trained, 0 elsewhere."""

    def __post_init__(self) -> None:
        dit = self.dit_config
        for name in ("hidden_size", "num_hidden_layers", "head_dim", "num_key_value_heads"):
            if getattr(dit, name) < 1:
                raise BadValue(f"dit_config.{name}", getattr(dit, name), "it is 1 or greater")
        check_vlm_config(self.vlm_config)
        if dit.hidden_size % dit.head_dim or dit.heads % dit.num_key_value_heads:
            raise BadValue(
                "dit_config.hidden_size",
                dit.hidden_size,
                f"it is a multiple of head_dim {dit.head_dim} x num_key_value_heads "
                f"{dit.num_key_value_heads}",
            )
        for name, own, theirs in (
            ("head_dim", dit.head_dim, self.text_head_dim),
            ("num_key_value_heads", dit.num_key_value_heads, self.text_kv_heads),
        ):
            if own != theirs:
                raise BadValue(f"dit_config.{name}", own, f"the VLM's cache has {theirs}")
        if dit.num_hidden_layers > self.text_layers:
            raise BadValue(
                "dit_config.num_hidden_layers",
                dit.num_hidden_layers,
                f"the VLM's cache has {self.text_layers} layers",
            )
        if self.action_window is not None and not whole(self.action_window, 0, MOST):
            raise BadValue("action_window", self.action_window, f"it is null, or 0 to {MOST}")
        if not whole(self.action_rope_offset, 0, MOST):
            raise BadValue("action_rope_offset", self.action_rope_offset, f"it is 0 to {MOST}")
        if self.trained_prefix is not None and not whole(self.trained_prefix, 0, MOST):
            raise BadValue("trained_prefix", self.trained_prefix, f"it is null, or 0 to {MOST}")

    @property
    def longest_prefix(self) -> int:
        """Most clean actions from which the model was trained to go on; 0 for a model that was
        not."""
        if self.trained_prefix is not None:
            return self.trained_prefix
        post_trained = self.action_window is not None or self.action_rope_offset > 0
        return TRAINED_PREFIX if post_trained else 0

    @property
    def text(self) -> Mapping[str, Any]:
        """The VLM's text configuration."""
        return part(self.vlm_config, "text_config")

    @property
    def vision(self) -> Mapping[str, Any]:
        """The VLM's vision configuration."""
        return part(self.vlm_config, "vision_config")

    @property
    def text_layers(self) -> int:
        """Layers of the VLM's language model, and of its cache."""
        return int(self.text["num_hidden_layers"])

    @property
    def text_head_dim(self) -> int:
        """Width of one head of the VLM's cache."""
        return int(self.text["head_dim"])

    @property
    def text_kv_heads(self) -> int:
        """Heads of the VLM's cache."""
        return int(self.text["num_key_value_heads"])

    @property
    def first_layer(self) -> int:
        """Index of the VLM's layer whose cache the DiT's first layer reads."""
        return self.text_layers - self.dit_config.num_hidden_layers


def read_config(folder: Path) -> Xr0Config:
    """The configuration in `folder`/config.json, released, post-trained or ours.

    Raises SetupError for a file that cannot be read, BadValue for another architecture or for
    values that fit no XR-0.
    """
    path = folder / "config.json"
    raw = read_object(path)
    kind = raw.get("model_type", ARCHITECTURE)
    if kind != ARCHITECTURE:
        raise BadValue(f"{path}: model_type", kind, f"an XR-0 says {ARCHITECTURE!r}")
    for key in ("vlm_config", "dit_config"):
        if not isinstance(raw.get(key), dict):
            raise BadValue(f"{path}: {key}", raw.get(key), "an XR-0 has a table of settings there")
    try:
        return msgspec.convert(raw, Xr0Config)
    except msgspec.ValidationError as error:
        raise SetupError(f"{path}: {error}.") from error
    except BadValue as error:
        raise SetupError(f"{path}: {error}") from error


def write_config(config: Xr0Config, folder: Path) -> None:
    """Write `folder`/config.json so that `read_config` gives `config` back."""
    raw = {"model_type": ARCHITECTURE, "architectures": ["MiBoTForActionGeneration"]}
    raw |= msgspec.to_builtins(config)
    (folder / "config.json").write_text(json.dumps(raw, indent=1) + "\n", encoding="utf-8")


def find_config(name: str) -> Xr0Config:
    """The configuration called `name`. Raises UnknownName."""
    if name not in CONFIGS:
        raise UnknownName("configuration", name, CONFIGS)
    return CONFIGS[name]


XR0 = Xr0Config(
    vlm_config={
        "text_config": {
            "vocab_size": 151936,
            "hidden_size": 2560,
            "intermediate_size": 9728,
            "num_hidden_layers": 36,
            "num_attention_heads": 32,
            "num_key_value_heads": 8,
            "head_dim": 128,
            "hidden_act": "silu",
            "max_position_embeddings": 262144,
            "rms_norm_eps": 1e-6,
            "rope_theta": 5e6,
            "rope_scaling": {
                "rope_type": "default",
                "mrope_interleaved": True,
                "mrope_section": [24, 20, 20],
            },
            "tie_word_embeddings": True,
            "attention_bias": False,
        },
        "vision_config": {
            "depth": 24,
            "hidden_size": 1024,
            "hidden_act": "gelu_pytorch_tanh",
            "intermediate_size": 4096,
            "num_heads": 16,
            "in_channels": 3,
            "patch_size": 16,
            "spatial_merge_size": 2,
            "temporal_patch_size": 2,
            "out_hidden_size": 2560,
            "num_position_embeddings": 2304,
            "deepstack_visual_indexes": [5, 11, 17],
        },
        "image_token_id": 151655,
        "video_token_id": 151656,
        "vision_start_token_id": 151652,
        "vision_end_token_id": 151653,
        "tie_word_embeddings": True,
    },
)
"""The released architecture: 4,716,274,176 parameters, 932 stored tensors. Its real config.json was
not at hand; these values give the published counts and sizes."""

XR0_COMPACT = Xr0Config(
    vlm_config={
        "text_config": {
            "vocab_size": 512,
            "hidden_size": 192,
            "intermediate_size": 512,
            "num_hidden_layers": 3,
            "num_attention_heads": 6,
            "num_key_value_heads": 6,
            "head_dim": 32,
            "hidden_act": "silu",
            "max_position_embeddings": 512,
            "rms_norm_eps": 1e-6,
            "rope_theta": 1000.0,
            "rope_scaling": {
                "rope_type": "default",
                "mrope_interleaved": True,
                "mrope_section": [6, 5, 5],
            },
            "tie_word_embeddings": True,
            "attention_bias": False,
        },
        "vision_config": {
            "depth": 3,
            "hidden_size": 128,
            "hidden_act": "gelu_pytorch_tanh",
            "intermediate_size": 512,
            "num_heads": 4,
            "in_channels": 3,
            "patch_size": 16,
            "spatial_merge_size": 2,
            "temporal_patch_size": 1,
            "out_hidden_size": 192,
            "num_position_embeddings": 36,
            "deepstack_visual_indexes": [1],
        },
        "image_token_id": 3,
        "video_token_id": 4,
        "vision_start_token_id": 1,
        "vision_end_token_id": 2,
        "tie_word_embeddings": True,
    },
    dit_config=DitConfig(hidden_size=192, num_hidden_layers=3, head_dim=32, num_key_value_heads=6),
    action_length=16,
    action_window=4,
    action_rope_offset=10,
)
"""The same model for two CPU cores: wrist images of 96x96, a head image of 96x32, 16 actions."""

CONFIGS: Mapping[str, Xr0Config] = {"xr0": XR0, "xr0-compact": XR0_COMPACT}
