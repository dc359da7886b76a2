"""Two rounds of an internship at the real station, as small as they can be."""

import json
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.policy.training import tiny

from ontakt.cli.main import run
from ontakt.cli.teaching.part import HORIZON
from ontakt.policy.xr0.config import write_config

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """All but rounds and folder."""
    folder = tmp_path_factory.mktemp("intern") / "tiny"
    folder.mkdir()
    write_config(msgspec.structs.replace(tiny.config(), action_length=HORIZON), folder)
    few = "--demos 2 --parts 5 --steps 3 --first-steps 3 --episodes 1 --batch 4 --jobs 1"
    return ["intern", "nut-loading", "--config", str(folder), *few.split(), "--json"]


@pytest.fixture(scope="module")
def done(words: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("internship") / "run"
    assert run([*words, "--rounds", "1", "--out", str(folder)]) == 0
    return folder


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return found


def test_every_round_leaves_a_version_with_its_card(
    done: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = json.loads((done / "intern.json").read_bytes())
    first, second = record["versions"]
    assert (first["round"], first["parts"], first["step_ins"]) == (0, 2, None)
    # three steps teach nothing: the teacher had to take over, at the latest when three parts in a
    # row had only been marked
    assert second["parts"] == 5
    assert 1 <= second["step_ins"] <= 5
    assert second["corrections"] > 0
    assert second["both"]["n"] == 1
    assert "<svg" in (done / "report.html").read_text()
    checkpoint = done / "round-1" / "checkpoint"
    capsys.readouterr()
    assert run(["policy", "card", str(checkpoint), "--json"]) == 0
    card = told(capsys)
    assert [source["share"] for source in card["training"]["data"]] == [0.5, 0.5]
    assert card["training"]["step"] == 3
    (evaluation,) = card["evaluations"]
    assert evaluation["both"] == second["both"]


def test_the_same_command_goes_on_at_the_first_unfinished_piece(
    done: Path, words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = json.loads((done / "intern.json").read_bytes())
    weights = done / "round-1" / "checkpoint" / "model.safetensors"
    kept = weights.read_bytes()
    first = (done / "round-0" / "checkpoint" / "model.safetensors").stat().st_mtime_ns
    for piece in ("checkpoint", "training", "evaluation"):
        shutil.rmtree(done / "round-1" / piece)
    arguments = [*words, "--rounds", "1", "--out", str(done)]
    assert run(arguments) == 0
    again = told(capsys)
    assert again["versions"] == before["versions"]
    assert weights.read_bytes() == kept
    assert (done / "round-0" / "checkpoint" / "model.safetensors").stat().st_mtime_ns == first
    arguments[arguments.index("--parts") + 1] = "2"
    assert run(arguments) == 2
    assert "with parts 5, and not 2" in capsys.readouterr().err


def test_an_internship_begins_with_a_checkpoint(
    done: Path, words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start = done / "round-0" / "checkpoint"
    data = done / "round-0" / "data"
    more = ["--start", str(start), "--data", str(data), "--rounds", "1"]
    assert run([*words, *more, "--out", str(tmp_path / "run")]) == 0
    first, second = told(capsys)["versions"]
    assert (first["lessons"], first["step_ins"]) == (None, None)
    assert second["lessons"] > 0
    assert (tmp_path / "run" / "round-1" / "checkpoint" / "evaluations.json").is_file()
