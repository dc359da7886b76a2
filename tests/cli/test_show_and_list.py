"""`ontakt show` and `ontakt list`: pictures of every view, and tables of what there is."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ontakt.cli.main import run
from ontakt.station.axes import AXES


def test_show_writes_a_picture_of_each_view(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["show", "toy", "--at", "3", "--out", str(tmp_path), "--width", "320"]) == 0
    paths = [Path(line) for line in capsys.readouterr().out.splitlines()]
    assert [path.name for path in paths] == ["toy-front.png"]
    picture = np.asarray(Image.open(paths[0]))
    assert picture.shape == (180, 320, 3)
    assert picture.std() > 10


@pytest.mark.slow
def test_show_renders_the_real_station_from_all_sides(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["show", "nut-loading", "--at", "5", "--out", str(tmp_path)]) == 0
    names = {Path(line).stem for line in capsys.readouterr().out.splitlines()}
    cameras = {"head", "left_wrist", "right_wrist"}
    views = {"overview", "front", "left_close", "right_close", "top"}
    assert names == {f"nut-loading-{name}" for name in cameras | views}
    for view in views:
        picture = np.asarray(Image.open(tmp_path / f"nut-loading-{view}.png"))
        assert picture.shape == (720, 1280, 3)
        assert 60 < picture.mean() < 200, f"{view} is neither black nor blown out"
        assert picture.std() > 25, f"{view} shows something"
    for camera in cameras:
        assert np.asarray(Image.open(tmp_path / f"nut-loading-{camera}.png")).shape[2] == 3


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("stations", ["nut-loading", "toy", "sim:g1", "nominal, plant, harsh"]),
        ("robots", ["sim:g1", "fixed base", "sim:toy"]),
        ("policies", ["expert"]),
        ("variations", [*AXES, "plant", "harsh"]),
    ],
)
def test_list_names_what_there_is(
    what: str, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["list", what]) == 0
    printed = capsys.readouterr().out
    for word in words:
        assert word in printed


def test_a_list_that_a_program_reads_has_one_row_a_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    assert run(["list", "stations"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == 3
    assert all(Path(line.split()[-1]).is_file() for line in printed[1:])


def test_help_answers_with_examples() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from ontakt.cli.main import main; main()", "shift", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "ontakt shift nut-loading --cycles 20" in done.stdout
    assert "--variation" in done.stdout
