"""`ontakt latency-study` at the toy station: whole, repeatable, resumable, plain when refused."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from ontakt.cli.latency_plan import split_latencies, split_strategies
from ontakt.cli.latency_study import LatencyStudyCommand
from ontakt.cli.main import run
from ontakt.contract import BadValue
from ontakt.evidence.fold import fold
from ontakt.evidence.store import open_store
from ontakt.runtime.strategies import STRATEGIES

CELLS = ["async-0ms", "async-80ms", "sync-0ms", "sync-80ms"]
WORDS = (
    "latency-study", "toy", "--cycles", "3", "--strategy", "sync,async", "prefix",
    "--latency", "80,0",
)  # fmt: skip


def work(capsys: pytest.CaptureFixture[str], folder: Path, *words: str) -> tuple[Any, str]:
    """Work a study; its JSON and what it said on stderr."""
    assert run([*(words or WORDS), "--out", str(folder), "--json"]) == 0
    captured = capsys.readouterr()
    return json.loads(captured.out.splitlines()[-1]), captured.err


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One study that was worked from the beginning."""
    folder = tmp_path_factory.mktemp("study") / "a"
    assert run([*WORDS, "--out", str(folder)]) == 0
    return folder


def test_a_study_is_whole(done: Path) -> None:
    told = json.loads((done / "study.json").read_bytes())
    cells = [row["cell"] for row in told["cells"]]
    assert [(c["strategy"], c["latency_ms"]) for c in cells] == [
        ("sync", 0.0), ("sync", 80.0), ("async", 0.0), ("async", 80.0),
    ]  # fmt: skip
    assert {c["success"]["value"] for c in cells} == {1.0}
    assert {c["success"]["n"] for c in cells} == {3}
    sync, slow, switch, _ = cells
    assert sync["starvation"]["value"] == 0.0, "without latency nobody waits"
    assert slow["starvation"]["value"] > 0.1
    assert slow["cycle_p50_s"]["value"] > sync["cycle_p50_s"]["value"]
    assert sync["seams"] == 0
    assert sync["seam_jump_mean_mm"]["value"] is None
    assert switch["seams"] > 0
    assert switch["seam_jump_max_mm"] > 0
    assert switch["jerk_rms"]["value"] > sync["jerk_rms"]["value"]
    (refused,) = told["not_applicable"]
    assert refused["strategy"] == "prefix"
    assert "prefix" in refused["reason"]
    assert "3 cycles" in told["finding"].replace("\N{NO-BREAK SPACE}", " ")
    assert told["warnings"] == []
    assert (done / "study.html").read_text().count("not applicable") == 1
    assert (done / "study.png").stat().st_size > 10_000


def test_every_cell_is_a_shift_that_anybody_can_derive_again(
    done: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sorted(p.name for p in (done / "cells").iterdir()) == CELLS
    told = json.loads((done / "study.json").read_bytes())
    for row in told["cells"]:
        cell = row["cell"]
        assert run(["report", str(done / cell["folder"]), "--json"]) == 0
        again = json.loads(capsys.readouterr().out.splitlines()[-1])
        assert again["shift_id"] == cell["shift"]
        assert again["both_sides_ok"] == cell["good"]
        assert again["cycle_s"]["p95"] == cell["cycle_p95_s"]["value"]


def test_all_cells_work_the_same_parts(done: Path) -> None:
    drawn = []
    for name in CELLS:
        with open_store(done / "cells" / name / "events.db") as store:
            shift = fold(store.records(store.find().shift))
        drawn.append([cycle.variation for cycle in shift.cycles])
    assert len(drawn[0]) == 3
    assert drawn == [drawn[0]] * len(CELLS)


def test_the_same_command_goes_on_where_a_cell_is_missing(
    done: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (done / "study.json").read_bytes()
    stamps = {name: (done / "cells" / name).stat().st_mtime_ns for name in CELLS}
    (done / "cells" / "async-80ms" / "events.db").unlink()  # as a kill would leave it
    (done / "cells" / ".sync-0ms.1.partial").mkdir()
    _, said = work(capsys, done)
    assert "3 of 4 cells are already there and not worked again" in said
    assert "cell 4/4: async-80ms, 3 of 3 good" in said
    assert (done / "study.json").read_bytes() == before
    assert sorted(p.name for p in (done / "cells").iterdir()) == CELLS
    worked = [n for n in CELLS if (done / "cells" / n).stat().st_mtime_ns != stamps[n]]
    assert worked == ["async-80ms"]


def test_a_folder_with_another_study_is_left_alone(
    done: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {p: p.stat().st_mtime_ns for p in done.rglob("*")}
    assert run([*WORDS, "--seed", "4", "--out", str(done)]) == 2
    said = capsys.readouterr().err
    assert "holds another study (toy --policy expert --cycles 3 --seed 0" in said
    assert said.count("\n") == 1
    assert {p: p.stat().st_mtime_ns for p in done.rglob("*")} == before


def test_a_folder_that_is_no_study_is_left_alone(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    assert run([*WORDS, "--out", str(tmp_path)]) == 2
    assert "is not empty and holds no study" in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.slow
def test_the_same_study_is_the_same_bytes(
    done: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    work(capsys, tmp_path / "b", *WORDS, "--jobs", "1")
    for name in ("study.json", "study.html", "study.png", "plan.json"):
        assert (tmp_path / "b" / name).read_bytes() == (done / name).read_bytes(), name


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_killed_study_goes_on(
    number: signal.Signals, done: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = tmp_path / "c"
    program = "from ontakt.cli.main import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", program, *WORDS, "--out", str(folder), "--jobs", "1"],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert "cell 1/4" in process.stderr.readline()
    time.sleep(0.5)  # the next one is under way
    process.send_signal(number)
    process.communicate(timeout=120)
    assert process.returncode == (-number if number == signal.SIGKILL else 130)
    _, said = work(capsys, folder)
    assert "1 of 4 cells are already there" in said
    assert (folder / "study.json").read_bytes() == (done / "study.json").read_bytes()
    assert sorted(p.name for p in (folder / "cells").iterdir()) == CELLS


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("toi", "Unknown station 'toi'. Did you mean 'toy'?"),
        ("toy --policy expart", "Unknown policy 'expart'. Did you mean 'expert'?"),
        ("toy --strategy sync,lurp", "Unknown strategy 'lurp'. Did you mean 'lerp'?"),
        ("toy --strategy lerp?blnd=3", "Unknown option of strategy 'lerp' 'blnd'"),
        ("toy --strategy sync,async,sync", "--strategy is 'sync'; each stands there once"),
        ("toy --latency 0,-80", "latency is 'fixed:-80'; a time of 0 or more"),
        ("toy --latency 0,slow", "latency is 'slow'"),
        ("toy --latency 0 80 0", "--latency is 'fixed:0'; each stands there once"),
        ("toy --latency 80,80ms", "each stands there once"),
        ("toy --latency normal:80", "write measured, fixed:MS, normal:MS,SD"),
        ("toy --cycles 0", "--cycles is 0; a shift has at least 1 cycle"),
        ("toy --seed -1", "--seed is -1"),
        ("toy --margin 0", "--margin is 0.0; percentage points, between 0 and 100"),
        ("toy --jobs 0", "--jobs is 0; at least 1 cell at a time"),
        ("toy --fleet cloud", "Unknown fleet 'cloud'. Available: local, ray."),
        ("toy --variation harhs", "Unknown variation 'harhs'. Did you mean 'harsh'?"),
        ("toy --strategy rtc,prefix", "No strategy applies to policy 'expert'."),
    ],
)
def test_it_is_refused_in_one_line_before_anything_runs(
    words: str,
    message: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["latency-study", *words.split()]) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""
    assert list(tmp_path.iterdir()) == []


def test_lists_are_written_with_commas_or_spaces() -> None:
    assert split_latencies(["0,80", "160", "measured", "normal:80,15", "2s"]) == [
        "fixed:0", "fixed:80", "fixed:160", "measured", "normal:80,15", "fixed:2s",
    ]  # fmt: skip
    assert split_strategies(["sync,async", "rtc?jacobian=identity"]) == [
        "sync", "async", "rtc?jacobian=identity",
    ]  # fmt: skip


def test_all_strategies_are_tried_when_none_is_named() -> None:
    assert split_strategies(LatencyStudyCommand("toy").strategy) == list(STRATEGIES)
    with pytest.raises(BadValue):
        LatencyStudyCommand("toy", jobs=0).run(())
