"""`ontakt policy card`: what is known is told, what is not is called unknown."""

import json
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.policy.training.tiny import ROBOT, config, processor, written
from tests.policy.training.tiny import configuration as write_configuration

from ontakt.cli.evaluation.evaluation import Evaluation
from ontakt.cli.evaluation.messages import Ready
from ontakt.cli.evaluation.plan import EvaluationPlan
from ontakt.cli.evaluation.record import Identity
from ontakt.cli.evaluation.result import EpisodeResult, Fault
from ontakt.cli.main import run
from ontakt.cli.policies import load_xr0, shipped_checkpoint
from ontakt.cli.policy.results import files_hash, keep, read_kept, read_results
from ontakt.contract import SIDES, CellStats, SetupError
from ontakt.policy.fresh_checkpoint import write_fresh

STATS = CellStats(inferences=1, latency_ms=None, starved_ticks=0, discarded_chunks=0, trips={})
RESULTS = [
    EpisodeResult(
        index=k,
        instruction="Load both nuts.",
        job=SIDES,
        faults={} if k else {"left": Fault("drop", "the nut lies elsewhere")},
        time_s=5.0,
        stats=STATS,
    )
    for k in range(4)
]


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny checkpoint that nobody has trained or tested."""
    folder = tmp_path_factory.mktemp("card") / "fresh"
    write_fresh(folder, config(), ROBOT, processor().embodiment, 0)
    return folder


@pytest.fixture
def checkpoint(fresh: Path, tmp_path: Path) -> Path:
    return shutil.copytree(fresh, tmp_path / "checkpoint")


def name(folder: Path) -> str:
    return f"xr0:{folder}?robot_type={ROBOT}&threads=1"


def evaluated(folder: Path, **changes: Any) -> Evaluation:
    """Three of four good, as if it had been worked."""
    plan = EvaluationPlan(policy=name(folder), station="nut-loading", episodes=4, **changes)
    ready = Ready(policy_hash=load_xr0(plan.policy).spec.hash, station_hash="s", strategy="prefix")
    return Evaluation.count(plan, ready, RESULTS, 12.0)


def card(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert run(["policy", "card", *words, "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_what_nobody_wrote_down_is_unknown(fresh: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = card(capsys, str(fresh))
    assert (told["training"], told["evaluations"], told["outdated"]) == (None, [], 0)
    assert told["parameters"] > 100_000
    assert (told["robot_types"], told["horizon"]) == ([ROBOT], config().action_length)
    assert run(["policy", "card", str(fresh)]) == 0
    out = capsys.readouterr().out
    for line in ("data            unknown", "in closed loop  unknown", "failures  unknown"):
        assert " ".join(line.split()) in " ".join(out.split())


def test_an_evaluation_is_kept_and_told(
    checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "plant.json"
    file.write_bytes(msgspec.json.encode(evaluated(checkpoint, variation=("plant",))) + b"\n")
    before = load_xr0(name(checkpoint)).spec.hash
    told = card(capsys, str(checkpoint), "--add", str(file))
    (one,) = told["evaluations"]
    assert (one["both"]["good"], one["both"]["n"]) == (3, 4)
    assert one["policy"] == f"xr0:.?robot_type={ROBOT}&threads=1"
    assert one["command"].startswith("ontakt evaluate 'xr0:.?robot_type=")
    assert "--variation plant" in one["command"]
    assert str(checkpoint) not in (checkpoint / "evaluations.json").read_text()
    assert load_xr0(name(checkpoint)).spec.hash == before, "what is told of it changes no answer"
    again = card(capsys, str(checkpoint), "--add", str(file))
    assert len(again["evaluations"]) == 1, "the same command again gives way"
    assert run(["policy", "card", name(checkpoint)]) == 0
    out = capsys.readouterr().out
    assert "3 of 4" in out
    assert "left: drop" in out
    assert "1 in 4 episodes" in out


def test_a_folder_of_results_is_counted(checkpoint: Path, tmp_path: Path) -> None:
    told = evaluated(checkpoint)
    plan = EvaluationPlan(policy=name(checkpoint), station="nut-loading", episodes=4)
    ready = Ready(policy_hash=told.policy_hash, station_hash="s", strategy="prefix")
    folder = tmp_path / "results"
    folder.mkdir()
    (folder / "plan.json").write_bytes(msgspec.json.encode(Identity(plan, ready, {})))
    lines = [msgspec.json.encode(result) + b"\n" for result in RESULTS]
    (folder / "results.jsonl").write_bytes(b"".join(reversed(lines)))
    assert read_results(folder) == msgspec.structs.replace(told, wall_s=0.0)
    (folder / "results.jsonl").write_bytes(b"".join(lines[:2]))
    with pytest.raises(SetupError, match="has 2 of 4 episodes"):
        read_results(folder)


def test_an_evaluation_of_another_policy_is_refused(
    checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = evaluated(checkpoint)
    file = tmp_path / "told.json"
    for wrong, why in (
        (msgspec.structs.replace(told, policy_hash="0" * 64), "an evaluation of another policy"),
        (msgspec.structs.replace(told, policy="chunk-expert"), "of no checkpoint"),
        ("no evaluation", "is no evaluation's folder"),
    ):
        file.write_bytes(msgspec.json.encode(wrong))
        assert run(["policy", "card", str(checkpoint), "--add", str(file)]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert why in line
    assert not (checkpoint / "evaluations.json").exists()


def test_what_was_said_of_other_weights_is_not_told(
    checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(evaluated(checkpoint), checkpoint)
    (kept,) = read_kept(checkpoint)
    assert kept.checkpoint == files_hash(checkpoint)
    write_fresh(checkpoint, config(), ROBOT, processor().embodiment, 1)
    told = card(capsys, str(checkpoint))
    assert (told["evaluations"], told["outdated"]) == ([], 1)


def test_a_training_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = written(tmp_path / "data")
    tiny = write_configuration(tmp_path / "tiny")
    words = f"--data {data} --config {tiny} --batch 4 --longest-prefix 3 --threads 1 --steps 2"
    assert run(["train", *words.split(), "--out", str(tmp_path / "run")]) == 0
    capsys.readouterr()
    folder = tmp_path / "run" / "checkpoint"
    told = card(capsys, str(folder))
    assert (told["training"]["step"], told["trained_prefix"]) == (2, 3)
    assert run(["policy", "card", str(folder)]) == 0
    out = capsys.readouterr().out
    assert "2 episodes, 12 lessons, share 1" in out
    assert "weights by chance" in out
    assert "steps 2" in " ".join(out.split())


def test_a_file_that_cannot_be_read_is_one_line(
    checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for file in ("evaluations.json", "training.json"):
        (checkpoint / file).write_text("{")
        assert run(["policy", "card", str(checkpoint)]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert file in line
        (checkpoint / file).unlink()


@pytest.mark.skipif(shipped_checkpoint().is_dir(), reason="it is there")
def test_a_copy_without_the_shipped_checkpoint_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "card"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "xr0-compact, the checkpoint that ships, is missing in this copy" in line
