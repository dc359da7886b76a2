"""`ontakt qualify` at the toy station: sealed, judged, gone on with after any cut."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from ontakt.cli.main import run
from ontakt.station.registry import SHIPPED

PLAN = """
gate = "small"
cells = [["nominal"], ["plant"]]
shifts = 1
cycles = 10

[[require]]
kind = "both_sides"
at_least = 0.85

[[require]]
kind = "shifts"
at_least = 2
"""
"""Each shift is a process, and each a drawing on the page: two of them are enough."""
KEYS = {
    "verdict", "gate", "reason", "cycles_needed", "hours_needed", "findings", "cycles", "good",
    "hours", "shifts", "planned", "registered_utc", "seal", "station", "robot", "policy",
    "policy_hash", "config_hash", "folder", "report",
}  # fmt: skip


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """A plan of two short shifts."""
    path = tmp_path / "plan.toml"
    path.write_text(PLAN)
    return path


def words(plan: Path, out: Path, *more: str) -> list[str]:
    return ["qualify", "toy", "--policy", "expert", "--plan", str(plan), "--out", str(out), *more]


def judged(folder: Path) -> Any:
    return json.loads((folder / "verdict.json").read_bytes())


def counted(folder: Path) -> Any:
    """A verdict without what another folder or moment changes."""
    told = judged(folder)
    return {k: v for k, v in told.items() if k not in ("folder", "report", "registered_utc")}


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A qualification that nothing disturbed."""
    folder = tmp_path_factory.mktemp("qualification")
    (folder / "plan.toml").write_text(PLAN)
    assert run(words(folder / "plan.toml", folder / "whole", "--jobs", "2")) == 0
    return folder / "whole"


def test_a_plan_that_is_met_is_ready(done: Path) -> None:
    told = judged(done)
    assert set(told) == KEYS
    assert told["verdict"] == "READY"
    assert (told["cycles"], told["good"], told["shifts"]) == (20, 20, 2)
    assert [one["status"] for one in told["findings"]] == ["met", "met"]
    assert told["planned"]["cells"] == ["nominal", "plant"]
    page = (done / "report.html").read_text()
    assert "READY" in page
    assert f"<code>{told['seal']}</code>" in page
    assert run(["verify", str(done / "report.html")]) == 0
    sealed = json.loads((done / "registration.json").read_bytes())
    assert sealed["seal"] == told["seal"]
    assert len(set(sealed["registered"]["shifts"].values())) == 2, "each shift has its own seed"


def test_what_is_done_is_not_done_again(
    done: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    before = judged(done)
    stamps = {path: path.stat().st_mtime_ns for path in done.rglob("events.db")}
    plan = done.parent / "plan.toml"
    assert run(words(plan, done, "--jobs", "1", "--json")) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == before
    assert {path: path.stat().st_mtime_ns for path in done.rglob("events.db")} == stamps


def begun(command: list[str], out: Path) -> subprocess.Popen[bytes]:
    """A qualification in a process of its own, once its first shift is under way."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ontakt.cli", *command, "--jobs", "1"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 120
    while not list(out.rglob("events.db")):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return process


def test_a_kill_changes_no_verdict(done: Path, plan: Path, tmp_path: Path) -> None:
    out = tmp_path / "killed"
    process = begun(words(plan, out), out)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not (out / "verdict.json").exists()
    assert run(words(plan, out)) == 0
    assert counted(out) == counted(done)


@pytest.mark.slow
def test_who_stops_it_early_is_told_what_is_missing(plan: Path, tmp_path: Path) -> None:
    out = tmp_path / "stopped"
    process = begun(words(plan, out), out)
    process.send_signal(signal.SIGTERM)
    assert process.wait() == 130
    told = judged(out)
    assert told["verdict"] == "NOT ENOUGH DATA"
    left = 20 - told["cycles"]
    assert told["cycles_needed"] == left
    assert told["hours_needed"] == pytest.approx(left * 30 / 3600)


def test_a_changed_station_is_another_plan(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    station = tmp_path / "cell.toml"
    text = SHIPPED["toy"].read_text()
    station.write_text(text)
    out = tmp_path / "q"
    command = words(plan, out)
    command[1] = str(station)
    process = begun(command, out)  # what is sealed is sealed before a shift
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    station.write_text(text.replace('grip_force = "15 N"', 'grip_force = "16 N"'))
    capsys.readouterr()
    assert run(command) == 2
    said = capsys.readouterr().err
    assert "with other values of the station file. A changed plan is another plan" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("more", "words_said"),
    [
        (("--gate", "shceduled"), "Did you mean 'scheduled'?"),
        (("--gate", "demo", "--plan", "x.toml"), "--plan and --gate exclude each other"),
        (("--plan", "none.toml"), "none.toml: cannot be read"),
        (("--gate", "demo", "--method", "peek"), "fixed or anytime"),
        (("--gate", "demo", "--jobs", "0"), "at least 1"),
        (("--gate", "demo", "--latency", "measured"), "--latency measured changes"),
        (("--gate", "demo", "--fleet", "cloud"), "cloud"),
        (("--gate", "scheduled"), "cannot show 4 h between assists"),
        (("--gate", "demo", "--policy", "expret"), "Did you mean 'expert'?"),
    ],
)
def test_what_cannot_be_tried_is_refused_before_anything_moves(
    more: tuple[str, ...], words_said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "q"
    assert run(["qualify", "toy", *more, "--out", str(out)]) == 2
    assert words_said in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.slow
def test_a_robot_that_cannot_hold_a_nut_is_not_ready(plan: Path, tmp_path: Path) -> None:
    """With half of its grip it drops them; the rest of the plan need not be worked."""
    station = tmp_path / "weak.toml"
    text = SHIPPED["toy"].read_text()
    station.write_text(text.replace('grip_force = "15 N"', 'grip_force = "7.5 N"', 1))
    out = tmp_path / "q"
    plan.write_text(PLAN.replace("shifts = 1", "shifts = 2"))
    command = words(plan, out, "--jobs", "1", "--variation", "harsh")
    command[1] = str(station)
    assert run(command) == 1
    told = judged(out)
    assert told["verdict"] == "NOT READY"
    assert told["shifts"] < 2
    assert "not good" in told["reason"]
