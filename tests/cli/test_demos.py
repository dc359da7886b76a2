"""`ontakt demos`: refused plainly, the same with any number of workers, whole after a kill."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ontakt.cli.main import run
from ontakt.cli.teaching.course import Course
from ontakt.cli.teaching.teach import teach_part
from ontakt.policy.dataset import DatasetWriter, read_dataset

WORDS = ("demos", "nut-loading", "--episodes", "3", "--seed", "5")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("toy", "Station 'toy' has no cameras but people's views"),
        ("nut-lading", "Unknown station 'nut-lading'. Did you mean 'nut-loading'?"),
        ("nut-loading --variation rough", "Unknown variation 'rough'"),
        ("nut-loading --episodes 0", "--episodes is 0; at least 1"),
        ("nut-loading --jobs 0", "--jobs is 0; at least 1"),
        ("nut-loading --seed -1", "--seed is -1"),
        ("nut-loading --share 0.2", "name one by --learner"),
        ("nut-loading --learner chunk-expert --share 2", "--share is 2.0"),
        ("nut-loading --learner nobody", "Unknown policy 'nobody'"),
    ],
)
def test_what_cannot_be_taught_is_refused_in_one_line_before_anything_is_written(
    words: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run(["demos", *words.split(), "--out", str(out)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line
    assert not out.exists()


def test_a_folder_with_other_things_in_it_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "letter.txt").write_text("Dear")
    assert run([*WORDS, "--out", str(tmp_path)]) == 2
    assert "is not empty and holds no begun dataset" in capsys.readouterr().err


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset that was made without a stop, by two workers."""
    folder = tmp_path_factory.mktemp("demos") / "a"
    assert run([*WORDS, "--jobs", "2", "--out", str(folder)]) == 0
    return folder


@pytest.mark.slow
def test_a_dataset_is_whole_and_tells_who_made_it(
    done: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = read_dataset(done)
    of = [(record.facts["cycle"], record.facts["attempt"]) for record in dataset.episodes]
    assert [cycle for cycle, attempt in of if attempt.startswith("1 of")] == ["0", "1", "2"]
    assert any(attempt == "2 of 2" for _, attempt in of)
    assert dataset.facts["command"].startswith("ontakt demos nut-loading --episodes 3")
    assert set(dataset.cameras) == {"head", "left_wrist", "right_wrist"}
    assert dataset.fps == 10
    assert dataset.robot_type == "sim:g1"
    first = dataset.lessons(0)
    assert first.lessons[0].observation.images["head"].shape == (96, 96, 3)
    assert all(record.length > 20 for record in dataset.episodes)

    before = files(done)
    assert run([*WORDS, "--out", str(done)]) == 0, "what is there is told again"
    told = capsys.readouterr().out
    assert dataset.hash in told.replace("\n", "")
    assert f"ontakt train --data {done}" in told
    assert "of work" in told
    assert files(done) == before
    assert run([*WORDS[:-1], "6", "--out", str(done)]) == 2
    assert "was made by another command (ontakt demos" in capsys.readouterr().err


@pytest.mark.slow
def test_one_worker_makes_the_same_bytes_as_two(done: Path, tmp_path: Path) -> None:
    assert run([*WORDS, "--jobs", "1", "--out", str(tmp_path / "b")]) == 0
    assert files(tmp_path / "b") == files(done)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_set_that_was_cut_goes_on_and_becomes_the_same(
    done: Path, tmp_path: Path, number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "c"
    process = subprocess.Popen(
        [sys.executable, "-m", "ontakt.cli", *WORDS, "--jobs", "2", "--out", str(folder)],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while not (folder / "staging" / "episode-000000").is_dir():
        assert process.poll() is None
        time.sleep(0.02)
    if number == signal.SIGINT:
        os.killpg(process.pid, number)  # a terminal's Ctrl-C, which the workers hear too
    else:
        process.send_signal(number)
    _, said = process.communicate(timeout=60)
    if number == signal.SIGKILL:
        assert process.returncode == -number
        assert said == ""
    else:
        assert process.returncode == 130
        (line,) = said.splitlines()
        assert line.startswith("ontakt: interrupted; whole episodes are kept")
    assert not (folder / "meta").exists()

    assert run([*WORDS[:-1], "6", "--out", str(folder)]) == 2, "another seed is another set"
    (line,) = capsys.readouterr().err.splitlines()
    assert "it was begun with" in line
    assert run([*WORDS, "--jobs", "1", "--out", str(folder)]) == 0
    assert "parts are already there and not worked again" in capsys.readouterr().err
    assert files(folder) == files(done)


@pytest.mark.slow
def test_a_set_that_was_cut_between_two_attempts_goes_on_and_becomes_the_same(
    done: Path, tmp_path: Path
) -> None:
    whole = read_dataset(done)
    folder = tmp_path / "d"
    writer = DatasetWriter(
        folder,
        fps=whole.fps,
        space=whole.space,
        cameras=whole.cameras,
        robot_type=whole.robot_type,
        horizon=whole.horizon,
        facts=whole.facts,
    )
    course = Course(station="nut-loading", seed=5)
    for episode in (*teach_part(course, 0), teach_part(course, 1)[0]):
        writer.add(episode)
    assert writer.last is not None
    assert writer.last["attempt"] == "1 of 2"
    assert run([*WORDS, "--jobs", "1", "--out", str(folder)]) == 0
    assert files(folder) == files(done)
