"""Checkpoints at the size of the golden data, in every layout that comes in."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from tests.policy.golden import DATA, given, prompt_of, tensors
from torch import Tensor

from ontakt.contract.errors import SetupError
from ontakt.policy.xr0.checkpoint import load_checkpoint
from ontakt.policy.xr0.flow import sample
from ontakt.policy.xr0.model import Xr0Model

HORIZON, WIDTH = 10, 32
ACTIVE = 7


def golden_weights() -> dict[str, Tensor]:
    """The golden weights, flat names, head absent; a copy that a test may change."""
    return {name: value.clone() for name, value in tensors("model").items()}


def released_config(**changes: object) -> dict[str, Any]:
    """The golden config.json with what a released one has besides, and `changes`."""
    raw = json.loads((DATA / "config.json").read_text())
    raw |= {
        "model_type": "mibot",
        "architectures": ["MiBoTForActionGeneration"],
        "auto_map": {"AutoConfig": "configuration_mibot.MiBoTConfig"},
        "dtype": "bfloat16",
        "transformers_version": "4.57.1",
    }
    raw["vlm_config"] |= {"model_type": "qwen3_vl", "architectures": None, "dtype": "bfloat16"}
    raw["vlm_config"]["text_config"] |= {"model_type": "qwen3_vl_text", "use_cache": True}
    raw["vlm_config"]["vision_config"] |= {"model_type": "qwen3_vl"}
    raw["dit_config"] |= {"model_type": "dit", "dropout": 0.0}
    return raw | changes


def statistics(active: int = ACTIVE, horizon: int = HORIZON) -> dict[str, Any]:
    """Mean and deviation of a robot type whose first `active` dimensions carry something."""
    std = [0.5 if k < active else 0.0 for k in range(WIDTH)]
    return {"mean": [[0.0] * WIDTH] * horizon, "std": [list(std) for _ in range(horizon)]}


def write_config(folder: Path, config: Mapping[str, Any] | None = None) -> None:
    """config.json and preprocessor_config.json as released."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config or released_config()))
    processor = {
        "image_processor_type": "Qwen2VLImageProcessor",
        "processor_class": "MiBoTProcessor",
        "auto_map": {"AutoProcessor": "processing_mibot.MiBoTProcessor"},
        "patch_size": 16,
        "merge_size": 2,
        "temporal_patch_size": 2,
        "do_resize": True,
        "action_config": {"libero_all": statistics(), "droid_pt": statistics(21, 15)},
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(processor))


def write_released(
    folder: Path,
    weights: Mapping[str, Tensor] | None = None,
    shards: int = 3,
    config: Mapping[str, Any] | None = None,
) -> Path:
    """A checkpoint in the released layout: `shards` files and their index, or one file."""
    weights = golden_weights() if weights is None else weights
    write_config(folder, config)
    if shards == 1:
        save_file(dict(weights), folder / "model.safetensors", metadata={"format": "pt"})
        return folder
    listed: dict[str, str] = {}
    names = list(weights)
    for k in range(shards):
        file = f"model-{k + 1:05}-of-{shards:05}.safetensors"
        part = {name: weights[name] for name in names[k::shards]}
        save_file(part, folder / file, metadata={"format": "pt"})
        listed |= dict.fromkeys(part, file)
    total = sum(tensor.nbytes for tensor in weights.values())
    index = {"metadata": {"total_size": total}, "weight_map": listed}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    return folder


def golden_actions(model: Xr0Model, case: str = "a") -> Tensor:
    """What `model` answers to a golden case."""
    state, mask, noise = (given(case, name) for name in ("state", "action_mask", "noise"))
    with torch.no_grad():
        return sample(model, model.perceive(prompt_of(case)), state, mask, noise)


def expected_actions(case: str = "a") -> Tensor:
    """What the released model answers."""
    return tensors("outputs")[f"{case}.actions_5"]


def refusal(folder: Path) -> str:
    """Why the checkpoint in `folder` does not load: one line."""
    with pytest.raises(SetupError) as caught:
        load_checkpoint(folder)
    text = str(caught.value)
    assert "\n" not in text
    return text


class Touch:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return Path.touch, (self.path,)
