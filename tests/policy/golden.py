"""The project's golden data, and models with its weights."""

from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from safetensors.torch import load_file
from torch import Tensor

from ontakt.policy.xr0.config import Rotary, Xr0Config, read_config
from ontakt.policy.xr0.model import Context, Prompt, Xr0Model

DATA = Path(__file__).parents[1] / "data" / "xr0"
ATOL = 2e-5
"""Other builds and numbers of threads move these float32 results by up to 4e-6."""
CASES = ("a", "b")
POST: dict[str, Any] = {"action_window": 4, "action_rope_offset": 10}


@cache
def tensors(name: str) -> dict[str, Tensor]:
    """All of `name`.safetensors; not to be changed."""
    found: dict[str, Tensor] = load_file(DATA / f"{name}.safetensors")
    return found


def golden_config(rotary: Rotary = "exact", **changes: Any) -> Xr0Config:
    return msgspec.structs.replace(read_config(DATA), rotary=rotary, **changes)


def fresh_model(rotary: Rotary = "exact", **changes: Any) -> Xr0Model:
    """The golden model, for a test that changes it."""
    model = Xr0Model(golden_config(rotary, **changes))
    model.load_state_dict(tensors("model"), strict=False)
    model.hold_rotary()
    return model.eval()


@cache
def golden_model(post: bool = False, rotary: Rotary = "exact") -> Xr0Model:
    """The released or the post-trained model; not to be changed."""
    return fresh_model(rotary, **(POST if post else {}))


def prompt_of(case: str) -> Prompt:
    names = ("input_ids", "attention_mask", "pixel_values", "image_grid_thw")
    return Prompt(**{name: tensors("inputs")[f"{case}.{name}"] for name in names})


def given(case: str, name: str) -> Tensor:
    return (tensors("inputs") | tensors("post_inputs"))[f"{case}.{name}"]


@cache
def context_of(case: str) -> Context:
    """What the VLM makes of the case; the same for both models."""
    import torch

    with torch.no_grad():
        return golden_model().perceive(prompt_of(case))


def gap(a: Tensor, b: Tensor) -> float:
    """Greatest absolute difference."""
    assert a.shape == b.shape
    return float((a.detach().double() - b.double()).abs().max()) if a.numel() else 0.0
