"""Checkpoints of every layout load, give the golden actions, and are refused when wrong."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from tests.policy.checkpoints import (
    expected_actions,
    golden_actions,
    golden_weights,
    refusal,
    released_config,
    write_released,
)
from tests.policy.golden import DATA
from torch import Tensor

from ontakt.contract.errors import SetupError
from ontakt.policy.xr0.checkpoint import load_checkpoint, save_checkpoint, write_tensors
from ontakt.policy.xr0.config import read_config
from ontakt.policy.xr0.layout import EMBEDDING, HEAD

SINGLE = "model.safetensors"
NORM = "vlm.model.language_model.norm.weight"


def _plain(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    return weights


def _with_head(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    return weights | {HEAD: weights[EMBEDDING].clone()}


def _wrapped(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    return {f"module.model.{name}": value for name, value in weights.items()}


def _runner(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    derived = {
        "model.dit.rotary_emb.inv_freq": torch.ones(8),
        "model.saved_causal_mask": torch.ones(4, 4),
    }
    return {f"model.{name}": value for name, value in weights.items()} | derived


@pytest.mark.parametrize("shards", [1, 3])
@pytest.mark.parametrize("layout", [_plain, _with_head, _wrapped, _runner])
def test_every_layout_gives_the_golden_actions(
    layout: Callable[[dict[str, Tensor]], dict[str, Tensor]], shards: int, tmp_path: Path
) -> None:
    model = load_checkpoint(write_released(tmp_path / "x", layout(golden_weights()), shards))
    assert not model.training
    assert all(parameter.requires_grad for parameter in model.parameters())
    assert model.vlm.lm_head.weight is model.vlm.model.language_model.embed_tokens.weight
    assert not any(value.is_meta for value in (*model.parameters(), *model.buffers()))
    torch.testing.assert_close(golden_actions(model), expected_actions(), atol=2e-5, rtol=0)


@pytest.mark.parametrize("most", [10**9, 300_000])
def test_what_is_saved_loads_and_answers_to_the_bit(most: int, tmp_path: Path) -> None:
    first = load_checkpoint(DATA)
    save_checkpoint(first, tmp_path / "x", max_shard_bytes=most)
    second = load_checkpoint(tmp_path / "x")
    for case in ("a", "b"):
        assert torch.equal(golden_actions(first, case), golden_actions(second, case))
    files = {path.suffix for path in (tmp_path / "x").iterdir()}
    assert files == {".safetensors", ".json"}
    stored = [key for file in (tmp_path / "x").glob("*.safetensors") for key in load_file(file)]
    assert sorted(stored) == sorted(golden_weights())
    assert read_config(tmp_path / "x") == first.config


def test_the_same_model_saved_twice_is_the_same_bytes(tmp_path: Path) -> None:
    model = load_checkpoint(DATA)
    for name in ("one", "two"):
        save_checkpoint(model, tmp_path / name)
    one, two = ((tmp_path / name / SINGLE).read_bytes() for name in ("one", "two"))
    assert one == two


def test_files_may_be_read_by_whoever_may_read_new_files(tmp_path: Path) -> None:
    save_checkpoint(load_checkpoint(DATA), tmp_path / "x")
    (tmp_path / "plain").touch()
    assert (tmp_path / "x" / SINGLE).stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_checkpoint_is_replaced_whole_and_its_other_files_stay(tmp_path: Path) -> None:
    folder, model = tmp_path / "x", load_checkpoint(DATA)
    save_checkpoint(model, folder, max_shard_bytes=300_000)
    (folder / "preprocessor_config.json").write_text("{}")
    (folder / ".saving").mkdir()  # left by a process that was killed at its very end
    save_checkpoint(model, folder)
    assert {path.name for path in folder.iterdir()} == {
        "config.json",
        SINGLE,
        "preprocessor_config.json",
    }


@pytest.mark.parametrize("most", [10**9, 300_000])
def test_a_save_that_is_cut_off_leaves_nothing_half(
    most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut at every rename and removal: what is left is the old checkpoint, the new or none."""
    old = load_checkpoint(DATA)
    new = load_checkpoint(DATA)
    with torch.no_grad():
        new.sink.weight.add_(1.0)

    class Killed(Exception):
        pass

    loaded = []
    for fatal in range(1, 40):
        folder = tmp_path / str(fatal)
        save_checkpoint(old, folder, max_shard_bytes=600_000)
        steps = 0

        def step(real: Callable[..., object], fatal: int = fatal) -> Callable[..., object]:
            def cut(*args: object, **options: object) -> object:
                nonlocal steps
                steps += 1
                if steps == fatal:
                    raise Killed
                return real(*args, **options)

            return cut

        with monkeypatch.context() as patch:
            for name in ("replace", "unlink"):
                patch.setattr(Path, name, step(getattr(Path, name)))
            try:
                save_checkpoint(new, folder, max_shard_bytes=most)
                finished = True
            except Killed:
                finished = False
        try:
            found = load_checkpoint(folder)
        except SetupError:
            save_checkpoint(new, folder)  # and the wreck can be written over
            found = load_checkpoint(folder)
            loaded.append("none")
        else:
            loaded.append("new" if torch.equal(found.sink.weight, new.sink.weight) else "old")
        state = (new if loaded[-1] != "old" else old).state_dict()
        assert all(torch.equal(found.state_dict()[name], state[name]) for name in state)
        if finished:
            break
    assert finished
    assert loaded[0] == "old"
    assert loaded[-1] == "new"


def test_nothing_is_written_among_other_files(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(SetupError, match="neither empty nor an XR-0 checkpoint"):
        save_checkpoint(load_checkpoint(DATA), tmp_path)
    with pytest.raises(SetupError, match="is a file"):
        save_checkpoint(load_checkpoint(DATA), tmp_path / "thesis.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_what_is_not_finite_is_not_written(tmp_path: Path) -> None:
    weights = golden_weights()
    weights[NORM][3] = float("nan")
    with pytest.raises(SetupError, match=f"{NORM} is not finite"):
        write_tensors(weights, read_config(DATA), tmp_path / "x")
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("stored", [torch.float32, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_types_are_cast_and_rotary_frequencies_are_not(
    stored: torch.dtype, dtype: torch.dtype, tmp_path: Path
) -> None:
    weights = {name: value.to(stored) for name, value in golden_weights().items()}
    model = load_checkpoint(write_released(tmp_path / "x", weights, 1), dtype=dtype)
    assert {parameter.dtype for parameter in model.parameters()} == {dtype}
    assert {value.dtype for value in model.buffers()} == {torch.float32}
    assert torch.equal(model.sink.weight, weights["sink.weight"].to(dtype))


def test_weights_do_not_follow_the_file(tmp_path: Path) -> None:
    folder = write_released(tmp_path / "x", shards=1)
    model = load_checkpoint(folder)
    before = model.sink.weight.detach().clone()
    with (folder / SINGLE).open("r+b") as file:
        file.truncate(1000)
    assert torch.equal(model.sink.weight, before)


def test_a_head_that_is_not_the_embedding_is_refused(tmp_path: Path) -> None:
    weights = golden_weights()
    weights[HEAD] = weights[EMBEDDING] + 1e-3
    assert "to which XR-0 ties it" in refusal(write_released(tmp_path / "x", weights))
    weights[HEAD] = torch.zeros(3, 4)
    text = refusal(write_released(tmp_path / "y", weights, shards=1))
    assert f"{HEAD} in model.safetensors has shape (3, 4), not (512, 64)" in text


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
def test_weights_that_are_not_finite_are_refused(bad: float, tmp_path: Path) -> None:
    weights = golden_weights()
    weights["model." + NORM] = weights.pop(NORM)
    weights["model." + NORM][5] = bad
    text = refusal(write_released(tmp_path / "x", weights, shards=1))
    assert f"model.{NORM} is 'not finite'" in text


def test_another_architecture_is_refused(tmp_path: Path) -> None:
    folder = write_released(tmp_path / "x", config=released_config(model_type="qwen3_vl"))
    assert "model_type is 'qwen3_vl'; an XR-0 says 'mibot'" in refusal(folder)
    raw = released_config()
    raw["dit_config"] |= {"num_hidden_layers": 3}
    folder = write_released(tmp_path / "y", config=json.loads(json.dumps(raw)))
    assert "13 tensors missing" in refusal(folder)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("rms_norm_eps", None),
        ("hidden_act", 5),
        ("hidden_act", "no such"),
        ("pad_token_id", "x"),
        ("layer_types", ["x"]),
        ("dtype", "no_such"),
        ("rope_theta", 10**30),
    ],
)
def test_a_setting_that_makes_no_model_is_refused(key: str, value: Any, tmp_path: Path) -> None:
    raw = released_config()
    raw["vlm_config"]["text_config"][key] = value
    text = refusal(write_released(tmp_path / "x", config=raw))
    assert "config.json: makes no model" in text
    assert "\n" not in text


def test_no_configuration_chooses_the_attention(tmp_path: Path) -> None:
    """A name with a slash would have transformers fetch a kernel from the hub, and run it."""
    raw = released_config()
    raw["vlm_config"]["_attn_implementation"] = "kernels-community/flash-attn"
    model = load_checkpoint(write_released(tmp_path / "x", config=raw))
    for part in (model.vlm, model.vlm.model.visual, model.vlm.model.language_model):
        assert part.config._attn_implementation == "sdpa"
    assert torch.allclose(golden_actions(model), expected_actions(), atol=2e-5)
