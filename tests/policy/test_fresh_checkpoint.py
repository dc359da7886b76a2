"""`ontakt policy init` writes a checkpoint that runs on a bare machine."""

from pathlib import Path

import numpy as np
import pytest
import torch

from ontakt.cli.policy.init import InitCommand
from ontakt.contract.errors import BadValue, SetupError, UnknownName
from ontakt.policy.fresh_checkpoint import (
    TRANSLATION,
    find_body,
    geometry_of,
    placeholder_statistics,
)
from ontakt.policy.inspection import inspect
from ontakt.policy.processor import Processor, compact_tokenizer
from ontakt.policy.xr0.checkpoint import load_checkpoint
from ontakt.policy.xr0.config import XR0_COMPACT, read_config


def test_what_is_written_loads_and_is_complete(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "x"
    assert InitCommand(folder, robot_type="my-cell").run([]) == 0
    assert "?robot_type=my-cell" in capsys.readouterr().out
    assert read_config(folder) == XR0_COMPACT
    load_checkpoint(folder)
    told = inspect(str(folder))
    assert told.complete
    assert told.tokenizer == "tokenizer.json"
    (kind,) = told.robot_types
    assert (kind.name, kind.horizon, kind.problem) == ("my-cell", 16, None)
    assert kind.active == (*range(7), *range(14, 21))
    processor = Processor.load(
        folder,
        "my-cell",
        geometry_of(XR0_COMPACT),
        width=XR0_COMPACT.action_dim,
        state_width=XR0_COMPACT.state_dim,
    )
    known = processor.tokenizer.get_vocab()
    assert known == compact_tokenizer().get_vocab()
    assert max(known.values()) < XR0_COMPACT.text["vocab_size"]


def test_the_seed_decides_the_bytes(tmp_path: Path) -> None:
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        torch.manual_seed(len(list(tmp_path.iterdir())))
        InitCommand(tmp_path / name, seed=seed).run([])
    a, b, c = ((tmp_path / name / "model.safetensors").read_bytes() for name in "abc")
    assert a == b
    assert a != c


def test_placeholder_actions_are_millimetres() -> None:
    found = placeholder_statistics("x", find_body("ontakt-compact"), XR0_COMPACT)
    assert found.mean.shape == (XR0_COMPACT.action_length, XR0_COMPACT.action_dim)
    squash = find_body("ontakt-compact").action.squash
    told = found.decode(np.full((16, 32), 4.0))[:, :3]
    assert np.allclose(squash * np.sinh(told), 4 * TRANSLATION)


def test_what_cannot_be_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="configuration 'xr2'"):
        InitCommand(tmp_path / "x", config="xr2").run([])
    with pytest.raises(UnknownName, match="embodiment 'octopus'"):
        InitCommand(tmp_path / "x", embodiment="octopus").run([])
    with pytest.raises(BadValue, match="this configuration has 151655: give its tokenizer"):
        InitCommand(tmp_path / "x", config="xr0").run([])
    with pytest.raises(SetupError, match="has no tokenizer"):
        InitCommand(tmp_path / "x", tokenizer=tmp_path).run([])
    with pytest.raises(BadValue, match="--seed"):
        InitCommand(tmp_path / "x", seed=-1).run([])
    assert list(tmp_path.iterdir()) == []
