"""Pickled weights become safetensors on request, and what is more than weights never runs."""

import json
import pickle
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tests.policy.checkpoints import (
    Touch,
    expected_actions,
    golden_actions,
    golden_weights,
    write_config,
)
from tests.policy.golden import DATA
from torch import Tensor

from ontakt.cli.policy.configuration import Variant
from ontakt.cli.policy.convert import ConvertCommand
from ontakt.contract.errors import SetupError
from ontakt.policy.xr0.checkpoint import load_checkpoint
from ontakt.policy.xr0.config import read_config
from ontakt.policy.xr0.conversion import convert
from ontakt.policy.xr0.layout import EMBEDDING, HEAD


def _wrapped(**more: object) -> dict[str, object]:
    """What DeepSpeed's file of a post-training run holds."""
    weights = {f"model.{name}": value for name, value in golden_weights().items()}
    weights["model.vlm.lm_head.weight"] = weights[f"model.{EMBEDDING}"]
    weights["model.saved_causal_mask"] = torch.ones(4, 4, dtype=torch.bool)
    return {"module": weights, "global_steps": 30000, "ds_config": {"lr": 1e-4}} | more


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("checkpoint/mp_rank_00_model_states.pt", _wrapped),
        ("last.ckpt", lambda: {"state_dict": golden_weights(), "epoch": 3}),
        ("pytorch_model.bin", golden_weights),
    ],
)
def test_a_pickle_becomes_a_checkpoint_with_the_golden_actions(
    name: str, content: Callable[[], object], zipped: bool, tmp_path: Path
) -> None:
    source = tmp_path / "run"
    write_config(source)
    (source / name).parent.mkdir(exist_ok=True)
    torch.save(content(), source / name, _use_new_zipfile_serialization=zipped)
    (source / "zero_pp_rank_0_mp_rank_00_optim_states.pt").write_bytes(b"not asked for")
    assert ConvertCommand(source, tmp_path / "out").run([]) == 0
    model = load_checkpoint(tmp_path / "out")
    torch.testing.assert_close(golden_actions(model), expected_actions(), atol=2e-5, rtol=0)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "config.json",
        "model.safetensors",
        "preprocessor_config.json",
    ]


def test_shards_of_a_pickle_are_read_together(tmp_path: Path) -> None:
    weights = list(golden_weights().items())
    for k in range(2):
        torch.save(dict(weights[k::2]), tmp_path / f"pytorch_model-0000{k + 1}-of-00002.bin")
    torch.save({"lr": 1.0}, tmp_path / "training_args.bin")
    done = convert(tmp_path, tmp_path / "out", read_config(DATA))
    assert (len(done.files), done.tensors) == (2, 140)
    load_checkpoint(tmp_path / "out")


def test_stored_types_stay(tmp_path: Path) -> None:
    weights = {name: value.bfloat16() for name, value in golden_weights().items()}
    torch.save(weights, tmp_path / "x.pt")
    convert(tmp_path / "x.pt", tmp_path / "out", read_config(DATA))
    model = load_checkpoint(tmp_path / "out", dtype=torch.bfloat16)
    assert torch.equal(model.sink.weight, weights["sink.weight"])


def test_the_variant_is_written(tmp_path: Path) -> None:
    torch.save(golden_weights(), tmp_path / "x.pt")
    variants: tuple[tuple[Variant, object], ...] = (
        ("post-trained", (4, 10, "as_trained")),
        ("released", (None, 0, "exact")),
    )
    for variant, told in variants:
        command = ConvertCommand(
            tmp_path / "x.pt", tmp_path / variant, config=str(DATA), variant=variant
        )
        assert command.run([]) == 0
        config = read_config(tmp_path / variant)
        assert (config.action_window, config.action_rope_offset, config.rotary) == told


@pytest.mark.parametrize("zipped", [True, False])
def test_a_pickle_that_would_run_something_is_refused(zipped: bool, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    path = tmp_path / "x.pt"
    torch.save(_wrapped(hook=Touch(ran)), path, _use_new_zipfile_serialization=zipped)
    _refused(path, tmp_path / "out", "refused, as it is more than tensors and plain containers")
    path.write_bytes(pickle.dumps(Touch(ran)))
    _refused(path, tmp_path / "out", "refused, as it is more than tensors and plain containers")
    assert not ran.exists()
    assert not (tmp_path / "out").exists()
    pickle.loads(path.read_bytes())  # it would have
    assert ran.exists()


def _refused(source: Path, folder: Path, said: str) -> None:
    with pytest.raises(SetupError) as caught:
        convert(source, folder, read_config(DATA))
    assert said in str(caught.value), str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_refusal_names_what_the_pickle_asked_for(tmp_path: Path) -> None:
    torch.save(_wrapped(args=Namespace(lr=1.0)), tmp_path / "x.pt")
    _refused(tmp_path / "x.pt", tmp_path / "out", "argparse.Namespace")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([1, 2], "holds no table of tensors"),
        ({}, "holds no table of tensors"),
        ({"sink.weight": 3}, "'sink.weight' is a int, not a named tensor"),
        ({"module": {"model": {"state_dict": {"sink.weight": 3}}}}, "'sink.weight' is a int"),
        ({"sink.weight": torch.zeros(1, 64)}, "139 tensors missing"),
    ],
)
def test_a_pickle_of_something_else_is_refused(content: object, said: str, tmp_path: Path) -> None:
    torch.save(content, tmp_path / "x.pt")
    _refused(tmp_path / "x.pt", tmp_path / "out", said)


def test_a_pickled_table_that_holds_itself_is_refused(tmp_path: Path) -> None:
    table: dict[str, object] = {}
    table["model"] = table
    torch.save(table, tmp_path / "x.pt")
    _refused(tmp_path / "x.pt", tmp_path / "out", "'model' is a dict, not a named tensor")


def _changed(name: str, value: Tensor) -> dict[str, Tensor]:
    return golden_weights() | {name: value}


def test_weights_that_are_wrong_are_refused(tmp_path: Path) -> None:
    bad = torch.zeros(1, 64)
    bad[0, 3] = float("nan")
    for content, said in (
        (_changed("sink.weight", bad), "sink.weight is not finite"),
        (_changed("sink.weight", bad.long()), "sink.weight in x.pt is torch.int64"),
        (_changed(HEAD, torch.zeros(512, 64)), "to which XR-0 ties it"),
        (_changed("more", bad), "1 tensor extra: more in x.pt"),
    ):
        torch.save(content, tmp_path / "x.pt")
        _refused(tmp_path / "x.pt", tmp_path / "out", said)
        assert not (tmp_path / "out").exists()


def test_what_is_no_pickle_is_refused(tmp_path: Path) -> None:
    whole = tmp_path / "x.pt"
    torch.save(golden_weights(), whole)
    content = whole.read_bytes()
    for cut in (b"", b"PK", b"text of no use", content[: len(content) // 2]):
        whole.write_bytes(cut)
        _refused(whole, tmp_path / "out", f"{whole}: ")
    _refused(tmp_path / "none.pt", tmp_path / "out", "no such file or folder")
    (tmp_path / "empty").mkdir()
    _refused(tmp_path / "empty", tmp_path / "out", "holds no pickled weights")


@given(st.binary(max_size=60), st.sampled_from([b"", b"\x80\x02", b"PK\x03\x04"]))
def test_whatever_the_bytes_the_refusal_is_one_line(tail: bytes, start: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.pt"
        path.write_bytes(start + tail)
        _refused(path, Path(folder) / "out", f"{path}: ")


def test_of_several_pickles_one_must_be_named(tmp_path: Path) -> None:
    for name in ("a.pt", "b.pt"):
        torch.save(golden_weights(), tmp_path / name)
    _refused(tmp_path, tmp_path / "out", "holds several pickles; name one of them: a.pt, b.pt")


def test_a_configuration_must_come_from_somewhere(tmp_path: Path) -> None:
    torch.save(golden_weights(), tmp_path / "x.pt")
    with pytest.raises(SetupError, match="name one with --config"):
        ConvertCommand(tmp_path / "x.pt", tmp_path / "out").run([])
    with pytest.raises(SetupError, match=r"Unknown configuration 'xr1'. Did you mean 'xr0'\?"):
        ConvertCommand(tmp_path / "x.pt", tmp_path / "out", config="xr1").run([])


def test_nothing_is_written_among_other_files(tmp_path: Path) -> None:
    torch.save(golden_weights(), tmp_path / "x.pt")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.json").write_text(json.dumps("mine"))
    _refused(tmp_path / "x.pt", tmp_path / "out", "neither empty nor an XR-0 checkpoint")
