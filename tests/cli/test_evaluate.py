"""`ontakt evaluate` at the toy station: repeatable, resumable, honest about orders, plain when
refused."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ontakt.cli.evaluation.evaluate import evaluate
from ontakt.cli.evaluation.evaluation import Share
from ontakt.cli.evaluation.order import Order, find_order
from ontakt.cli.evaluation.plan import EvaluationPlan
from ontakt.cli.evaluation.result import EpisodeResult
from ontakt.cli.main import run
from ontakt.contract import UnknownName
from ontakt.contract.job import HELD_OUT, WORDINGS

KEYS = """
policy policy_hash station station_hash variation strategy latency instruction cameras seed limit_s
episodes obeyed both left right jobs failures side_failures failed time_s seam_jump_mm jerk_rms
wall_s
"""


def work(capsys: pytest.CaptureFixture[str], folder: Path, *words: str) -> tuple[Any, str]:
    """Evaluate at the toy; its JSON and what it said on stderr."""
    assert run(["evaluate", *words, "--out", str(folder), "--json"]) == 0
    captured = capsys.readouterr()
    return json.loads(captured.out.splitlines()[-1]), captured.err


def lines(folder: Path) -> list[str]:
    return sorted((folder / "results.jsonl").read_text().splitlines())


def test_jobs_change_nothing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    words = ("chunk-expert", "toy", "--episodes", "6", "--instruction", "all")
    one, _ = work(capsys, tmp_path / "one", *words)
    two, _ = work(capsys, tmp_path / "two", *words, "--jobs", "2")
    assert lines(tmp_path / "one") == lines(tmp_path / "two")
    assert {**one, "wall_s": 0} == {**two, "wall_s": 0}
    assert sorted(one) == sorted(KEYS.split())
    assert one["strategy"] == "prefix"
    assert one["both"] == {"good": 2, "n": 2, "share": 1.0, "low": one["both"]["low"], "high": 1.0}
    # nobody failed in 2: the lower end solves p^2 = 0.025
    assert one["both"]["low"] == pytest.approx(0.025**0.5)
    assert {words: share["n"] for words, share in one["jobs"].items()} == {
        "Load both nuts.": 2,
        "Load the left nut only.": 2,
        "Load the right nut only.": 1,
        "Wait.": 1,
    }
    assert one["left"]["n"] == 4
    assert one["obeyed"]["good"] == 6


def test_an_order_for_the_left_loads_only_the_left() -> None:
    plan = EvaluationPlan(
        policy="chunk-expert", station="toy", episodes=2, instruction="Left nut only."
    )
    told = evaluate(plan)
    assert (told.obeyed.good, told.left.good, told.left.n) == (2, 2, 2)
    assert told.right == told.both == Share(0, 0, None, None, None)
    assert told.jobs is None
    assert told.failures == {}


def test_what_fails_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    # harsh fixtures stand where the toy's expert does not look for a pin: it waits for one
    told, _ = work(
        capsys, tmp_path, "chunk-expert", "toy", "--episodes", "3", "--variation",
        "misalignment=8mm", "--limit", "2",
    )  # fmt: skip
    assert told["both"]["good"] == 0
    assert told["both"]["high"] == pytest.approx(1 - 0.025 ** (1 / 3))
    assert told["failures"] == {"no_grasp": 6}
    assert told["side_failures"] == {"left": {"no_grasp": 3}, "right": {"no_grasp": 3}}
    assert told["failed"][0] == {
        "episode": 0,
        "side": "left",
        "mode": "no_grasp",
        "reason": "the nut still lies in the feeder",
    }
    assert told["time_s"] == {"p50": None, "p95": None}, "unknown is not 0"


def test_one_that_is_cut_goes_on(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    words = ("chunk-expert", "toy", "--episodes", "5")
    whole, _ = work(capsys, tmp_path / "whole", *words)
    kept = (tmp_path / "whole" / "results.jsonl").read_bytes().splitlines(keepends=True)
    cut = tmp_path / "cut"
    cut.mkdir()
    (cut / "plan.json").write_bytes((tmp_path / "whole" / "plan.json").read_bytes())
    (cut / "results.jsonl").write_bytes(b"".join(kept[:2]) + kept[2][:40])
    again, said = work(capsys, cut, *words)
    assert "2 of 5 episodes are already there" in said
    assert {**again, "wall_s": 0} == {**whole, "wall_s": 0}
    assert lines(cut) == lines(tmp_path / "whole")
    more, said = work(capsys, cut, *words[:3], "6")
    assert "5 of 6 episodes are already there" in said
    assert more["episodes"] == 6
    fewer, _ = work(capsys, cut, *words[:3], "3")
    assert fewer["episodes"] == 3


def test_a_kill_loses_no_episode_that_has_ended(tmp_path: Path) -> None:
    words = ["evaluate", "chunk-expert", "toy", "--episodes", "400", "--out", str(tmp_path / "k")]
    command = [sys.executable, "-m", "ontakt.cli", *words]
    results = tmp_path / "k" / "results.jsonl"
    with subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True) as process:
        deadline = time.monotonic() + 60
        while not (results.is_file() and results.read_bytes().count(b"\n") >= 3):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGKILL)
    kept = results.read_bytes().count(b"\n")
    command += ["--episodes", str(kept + 2), "--json"]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert f"{kept} of {kept + 2} episodes are already there" in told.stderr
    assert json.loads(told.stdout)["both"]["n"] == kept + 2
    assert len({json.loads(line)["index"] for line in lines(tmp_path / "k")}) == kept + 2


def test_a_stop_says_how_to_go_on(tmp_path: Path) -> None:
    words = ["evaluate", "chunk-expert", "toy", "--episodes", "400", "--out", str(tmp_path / "k")]
    command = [sys.executable, "-m", "ontakt.cli", *words]
    results = tmp_path / "k" / "results.jsonl"
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 60
        while not (results.is_file() and results.read_bytes().count(b"\n") >= 2):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.terminate()
        _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert f"of 400 episodes are kept; the same command with --out {tmp_path / 'k'}" in said
    assert "Traceback" not in said


def test_a_table_for_people(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    words = ["evaluate", "chunk-expert", "toy", "--episodes", "4", "--instruction", "held-out"]
    assert run([*words, "--out", str(tmp_path / "e")]) == 0
    shown = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert shown[0] == "chunk-expert at toy, nominal: 4 episodes"
    assert "all orders 4 of 4 100 % 39.8-100.0" in shown
    assert "Wait. 1 of 1 100 % 2.5-100.0" in shown
    assert "failures none" in shown
    assert any(line.startswith("time until done p50 ") for line in shown)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("chunk-exper toy", "Unknown policy 'chunk-exper'. Did you mean 'chunk-expert'?"),
        ("chunk-expert toi", "Unknown station 'toi'. Did you mean 'toy'?"),
        ("chunk-expert toy --episodes 0", "--episodes is 0; it lies between 1 and"),
        ("chunk-expert toy --jobs 0", "--jobs is 0; at least 1 worker"),
        ("chunk-expert toy --seed -1", "--seed is -1"),
        ("chunk-expert toy --limit 0", "--limit is 0.0"),
        ("chunk-expert toy --limit nan", "--limit is nan"),
        ("chunk-expert toy --latency slow", "latency is 'slow'"),
        ("chunk-expert toy --latency measured --jobs 2", "a measured latency"),
        ("chunk-expert toy --variation harhs", "Did you mean 'harsh'?"),
        ("chunk-expert toy --variation lighting=0.5", "variation lighting of the toy"),
        ("chunk-expert toy --strategy prefx", "Did you mean 'prefix'?"),
        ("expert toy --strategy prefix", "needs a policy that was trained with a prefix"),
        ("chunk-expert toy --instruction wait", "Unknown instruction 'wait'. Did you mean 'Wait.'"),
        ("chunk-expert toy --cameras blak", "cameras is 'blak'; choose from: none, black"),
        ("chunk-expert toy --cameras shifted:5", "a length is a number with one of"),
        ("chunk-expert toy --cameras shifted:5cm", "at most 40 mm"),
        ("chunk-expert toy --cameras black", "'chunk-expert' looks through no camera"),
        ("openpi://127.0.0.1:1 toy", "cannot be reached"),
    ],
)
def test_it_is_refused_in_one_line(
    words: str, message: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = tmp_path / "e"
    assert run(["evaluate", *words.split(), "--out", str(folder)]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1
    assert not folder.exists()


def test_a_folder_is_one_evaluations(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    words = ["evaluate", "chunk-expert", "toy", "--episodes", "1", "--out", str(tmp_path / "e")]
    assert run(words) == 0
    capsys.readouterr()
    assert run([*words, "--seed", "1"]) == 2
    assert "holds another evaluation (other seed)" in capsys.readouterr().err
    assert run([*words[:-1], str(tmp_path)]) == 2
    assert "is not empty and holds no evaluation" in capsys.readouterr().err
    with (tmp_path / "e" / "results.jsonl").open("ab") as file:
        file.write(b"{}\n")
    assert run(words) == 2
    assert "results.jsonl, line 2: is no result" in capsys.readouterr().err


def test_orders_take_turns() -> None:
    for text, table in (("all", WORDINGS), ("held-out", HELD_OUT)):
        n = sum(len(wordings) for wordings in table.values())
        orders = [find_order(text, index) for index in range(4 * n)]
        assert {order.job for order in orders[:4]} == set(table)
        assert {(o.instruction, o.job) for o in orders} == {
            (words, job) for job, wordings in table.items() for words in wordings
        }
    assert find_order("Hold still, please.", 7) == Order("Hold still, please.", ())
    with pytest.raises(UnknownName):
        find_order("Dance.", 0)


def test_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(["evaluate", "--help"])
    assert ended.value.code == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "ontakt evaluate chunk-expert toy" in shown
    for option in ("episodes", "variation", "jobs", "seed", "strategy", "latency", "limit",
                   "instruction", "cameras", "picture", "out", "json"):  # fmt: skip
        assert f"--{option}" in shown
    assert "Episodes at a time, each on one core" in shown


def test_results_can_be_read_by_anyone(tmp_path: Path) -> None:
    plan = EvaluationPlan(policy="expert", station="toy", episodes=1)
    told = evaluate(plan, folder=tmp_path / "e")
    (line,) = lines(tmp_path / "e")
    result = msgspec.json.decode(line, type=EpisodeResult)
    assert result.good
    assert told.strategy == "sync"
    assert result.time_s == told.time_s["p50"]


@pytest.mark.slow
def test_at_the_nut_loading_station(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    words = ("chunk-expert", "nut-loading", "--episodes", "4", "--instruction", "held-out")
    told, _ = work(capsys, tmp_path / "one", *words, "--variation", "plant")
    assert told["obeyed"]["good"] == 4
    again, _ = work(capsys, tmp_path / "two", *words, "--variation", "plant", "--jobs", "2")
    assert lines(tmp_path / "one") == lines(tmp_path / "two")
    assert {**told, "wall_s": 0} == {**again, "wall_s": 0}


@pytest.mark.slow
def test_each_kind_of_failure_has_a_picture(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    told, _ = work(
        capsys, tmp_path / "e", "expert", "nut-loading", "--episodes", "2", "--limit", "2",
        "--picture",
    )  # fmt: skip
    assert told["both"]["good"] == 0
    pictures = [path.name for path in (tmp_path / "e" / "pictures").iterdir()]
    kinds = {f"{one['mode']}-{one['side']}".replace("_", "-") for one in told["failed"]}
    assert sorted(name.split("-", 2)[2] for name in pictures) == sorted(f"{k}.jpg" for k in kinds)
