"""What a checkpoint's files hold is checked before a weight is read; pickles are never opened."""

import io
import pickle
import struct
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from tests.policy.checkpoints import (
    Touch,
    golden_weights,
    refusal,
    write_config,
    write_released,
)

from ontakt.contract.errors import SetupError
from ontakt.policy.xr0.checkpoint import load_checkpoint
from ontakt.policy.xr0.source import find_checkpoint
from ontakt.policy.xr0.stored_weights import model_name

SINGLE = "model.safetensors"
INDEX = "model.safetensors.index.json"
NORM = "vlm.model.language_model.norm.weight"


def test_names_are_unwrapped_from_the_left_only() -> None:
    assert model_name("module.model.vlm.model.visual.x") == "vlm.model.visual.x"
    assert model_name("vlm.model.module.x") == "vlm.model.module.x"
    assert model_name("model") == "model"


def test_tensors_that_are_missing_extra_or_misshapen_are_named(tmp_path: Path) -> None:
    weights = golden_weights()
    del weights[NORM]
    weights["dit.layers.9.adaln_table"] = torch.zeros(6, 64)
    weights["sink.weight"] = torch.zeros(2, 64)
    text = refusal(write_released(tmp_path / "x", weights, shards=1))
    assert f"1 tensor missing: {NORM}" in text
    assert f"1 tensor extra: dit.layers.9.adaln_table in {SINGLE}" in text
    assert f"sink.weight in {SINGLE} has shape (2, 64), not (1, 64)" in text


def test_of_many_tensors_the_first_are_named_and_the_rest_counted(tmp_path: Path) -> None:
    weights = {name: v for name, v in golden_weights().items() if not name.startswith("dit.")}
    assert "and 23 more" in refusal(write_released(tmp_path / "x", weights, shards=1))


def test_a_strangers_names_stay_on_their_line(tmp_path: Path) -> None:
    weights = golden_weights() | {"\x1b[2Jdit\nsink": torch.zeros(1)}
    text = refusal(write_released(tmp_path / "x", weights, shards=1))
    assert text.isprintable()
    assert "dit\\nsink" in text


def test_a_type_that_weights_do_not_come_in_is_refused(tmp_path: Path) -> None:
    weights = golden_weights()
    weights["sink.weight"] = torch.zeros(1, 64, dtype=torch.int64)
    text = refusal(write_released(tmp_path / "x", weights, shards=1))
    assert f"sink.weight in {SINGLE} is I64, not F32/F16/BF16" in text


def test_a_tensor_under_two_names_is_refused(tmp_path: Path) -> None:
    weights = golden_weights()
    weights[f"module.{NORM}"] = weights[NORM].clone()
    assert f"{NORM} is stored twice" in refusal(write_released(tmp_path / "x", weights, shards=1))


def test_a_file_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    folder = write_released(tmp_path / "x")
    file = folder / "model-00002-of-00003.safetensors"
    whole = file.read_bytes()
    for length in (0, 5, 100, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:length])
        text = refusal(folder)
        assert str(file) in text
        assert "cut off or too long" in text
    file.write_bytes(whole + b"0")
    assert "cut off or too long" in refusal(folder)
    file.write_bytes(struct.pack("<Q", 20) + b"not the JSON it is..")
    assert "no whole safetensors file" in refusal(folder)


@given(st.binary(max_size=60), st.booleans())
def test_whatever_the_bytes_the_refusal_is_one_line(tail: bytes, headed: bool) -> None:
    with TemporaryDirectory() as folder:
        write_config(Path(folder))
        start = struct.pack("<Q", len(tail)) if headed else b""
        (Path(folder) / SINGLE).write_bytes(start + tail)
        assert refusal(Path(folder)).startswith(folder)


def test_a_pickle_under_the_name_of_safetensors_is_refused_and_does_not_run(
    tmp_path: Path,
) -> None:
    folder = write_released(tmp_path / "x", shards=1)
    zipped = io.BytesIO()
    torch.save({"x": Touch(tmp_path / "ran")}, zipped)
    for content in (pickle.dumps(Touch(tmp_path / "ran")), zipped.getvalue()):
        (folder / SINGLE).write_bytes(content)
        assert "a pickle runs code when it is opened" in refusal(folder)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "name",
    [
        "pytorch_model.bin",
        "pytorch_model-00001-of-00002.bin",
        "weights.pt",
        "last.pth",
        "epoch=1.ckpt",
        "checkpoint/mp_rank_00_model_states.pt",
    ],
)
def test_pickled_weights_are_refused_with_the_way_out(name: str, tmp_path: Path) -> None:
    write_config(tmp_path)
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(pickle.dumps(Touch(tmp_path / "ran")))
    text = refusal(tmp_path)
    assert name in text
    assert "a pickle runs code when it is opened" in text
    assert f"ontakt policy convert {tmp_path} DST" in text
    assert "ontakt policy convert" in refusal(tmp_path / name)
    for source in (tmp_path, tmp_path / name):
        with pytest.raises(SetupError, match="ontakt policy convert"):
            find_checkpoint(str(source))
    assert not (tmp_path / "ran").exists()


def test_pickles_beside_safetensors_are_left_alone(tmp_path: Path) -> None:
    folder = write_released(tmp_path / "x")
    (folder / "training_args.bin").write_bytes(pickle.dumps(Touch(tmp_path / "ran")))
    load_checkpoint(folder)
    assert not (tmp_path / "ran").exists()


def test_an_index_and_files_that_disagree_are_refused(tmp_path: Path) -> None:
    folder = write_released(tmp_path / "x")
    first = folder / "model-00001-of-00003.safetensors"
    kept = first.read_bytes()
    first.unlink()
    assert f"{INDEX} names {first.name}: not there" in refusal(folder)
    first.write_bytes(kept)
    stray = folder / "model-00004-of-00003.safetensors"
    stray.write_bytes(kept)
    assert f"{stray.name} in the folder, not in {INDEX}" in refusal(folder)
    stray.unlink()
    part = load_file(first)
    name = next(iter(part))
    save_file({key: value for key, value in part.items() if key != name}, first)
    assert f"not there: {name} in {first.name}" in refusal(folder)
    save_file(part | {"more": torch.zeros(1)}, first)
    assert f"does not name: more in {first.name}" in refusal(folder)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "cannot be read as JSON"),
        ("[]", "is not a JSON object"),
        ('{"weight_map": {}}', "has no 'weight_map'"),
        ('{"weight_map": {"sink.weight": "../model.safetensors"}}', "in the same folder"),
        ('{"weight_map": {"sink.weight": 3}}', "in the same folder"),
    ],
)
def test_a_broken_index_is_refused(content: str, said: str, tmp_path: Path) -> None:
    folder = write_released(tmp_path / "x")
    (folder / INDEX).write_text(content)
    assert said in refusal(folder)


def test_shards_without_an_index_are_refused(tmp_path: Path) -> None:
    folder = write_released(tmp_path / "x")
    (folder / INDEX).unlink()
    assert f"without {INDEX}" in refusal(folder)


def test_no_folder_no_weights_and_a_file_are_refused(tmp_path: Path) -> None:
    assert "no such folder" in refusal(tmp_path / "nowhere")
    assert "holds no weights" in refusal(tmp_path)
    folder = write_released(tmp_path / "x", shards=1)
    assert "is a file" in refusal(folder / SINGLE)
