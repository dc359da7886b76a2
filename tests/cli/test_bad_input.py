"""Bad input: one clear line, exit code 2, and nothing written."""

import os
import subprocess
from pathlib import Path

import pytest

from ontakt.cli.main import run
from ontakt.station.registry import SHIPPED


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("shift nut-laoding", "Unknown station 'nut-laoding'. Did you mean 'nut-loading'?"),
        ("shift toy --robot sim:g2", "Unknown robot 'sim:g2'. Did you mean 'sim:g1'?"),
        ("shift toy --robot sim:g1", "laid out for the robot 'sim:toy', not 'sim:g1'"),
        ("shift toy --policy expart", "Unknown policy 'expart'. Did you mean 'expert'?"),
        ("shift toy --variation harhs", "Unknown variation 'harhs'. Did you mean 'harsh'?"),
        (
            "shift toy --variation misalignmnt=2mm",
            "Unknown variation axis 'misalignmnt'. Did you mean 'misalignment'?",
        ),
        ("shift toy --variation misalignment=50mm", "misalignment is '50 mm'; it lies between"),
        ("shift toy --variation misalignment=2N", "misalignment is '2N'; a length is"),
        ("shift toy --variation lighting=0.5", "variation lighting of the toy"),
        ("shift toy --takt 0", "--takt is 0.0; takt is longer than 0 seconds"),
        ("shift toy --takt -5", "--takt is -5.0"),
        ("shift toy --takt nan", "--takt is nan"),
        ("shift toy --takt 0.001", "a takt lasts at least one control tick"),
        ("shift toy --takt 1e300", "--takt is 1e+300"),
        ("shift toy --hours 1e300", "--hours is 1e+300"),
        ("shift toy --cycles 0", "--cycles is 0; a shift has at least 1 cycle"),
        ("shift toy --hours -1", "--hours is -1.0; a shift lasts longer than 0 hours"),
        ("shift toy --cycles 1 --hours 1", "--cycles and --hours exclude each other"),
        ("shift toy --seed -1", "--seed is -1"),
        ("shift toy --latency slow", "latency"),
        ("shift toy --latency fixed:80mm", "latency"),
        ("shift", "Which station?"),
        ("shift --resume nowhere", "nowhere: no shift there"),
        ("shift --resume nowhere --cycles 5", "as it was begun; leave --cycles out"),
        ("shift toy --resume nowhere", "as it was begun; leave STATION out"),
        ("report nowhere", "nowhere: no shift there"),
        ("cycles nowhere", "nowhere: no shift there"),
        ("show toy --at -1", "--at is -1.0"),
        ("show toy --seed -1", "--seed is -1"),
        ("show toy --cycle -1", "--cycle is -1"),
        ("show nut-laoding", "Unknown station"),
    ],
)
def test_it_is_refused_in_one_line(
    words: str,
    message: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(words.split()) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""
    assert list(tmp_path.iterdir()) == []


def test_an_option_that_is_no_number_ends_with_2(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as caught:
        run(["shift", "toy", "--cycles", "many", "--out", str(tmp_path / "a")])
    assert caught.value.code == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('takt = "30 s"', "takt = 30", "takt is 30; write a time with its unit in quotes"),
        ('takt = "30 s"', 'takt = "30 N"', "takt is '30 N'; a time is a number with one of"),
        ('takt = "30 s"\n', "\n", "[line] lacks the key 'takt'"),
        ('speed = "0.5 m/s"', 'sped = "0.5 m/s"', "unknown key 'sped' in [limits]"),
        ("magazine = 400", 'magazine = "many"', "Expected `int`, got `str`"),
        ("[vision]", "[vison]", "section [vision] is missing"),
        ("[vision]", "[vision", "is not TOML"),
    ],
)
def test_a_station_file_that_says_nonsense_names_key_and_line(
    old: str, new: str, message: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    text = SHIPPED["toy"].read_text()
    assert old in text
    mine = tmp_path / "mine.toml"
    changed = text.replace(old, new, 1)
    mine.write_text(changed)
    assert run(["shift", str(mine), "--out", str(tmp_path / "a")]) == 2
    said = capsys.readouterr().err
    assert str(mine) in said
    assert message in said
    assert said.count("\n") == 1
    if "is missing" not in message and "TOML" not in message:
        line = int(said.split(f"{mine}:")[1].split(":")[0])
        assert 1 <= line <= len(text.splitlines())
    assert not (tmp_path / "a").exists()


def test_a_folder_that_holds_a_shift_is_left_alone(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    words = ["shift", "toy", "--cycles", "1", "--out", str(tmp_path / "a")]
    assert run(words) == 0
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "a").rglob("*")}
    capsys.readouterr()
    assert run(words) == 2
    assert "holds a shift already" in capsys.readouterr().err
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "a").rglob("*")} == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes where it likes; see the next test")
def test_a_folder_that_cannot_be_written(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    shut = tmp_path / "shut"
    shut.mkdir(mode=0o500)
    assert run(["shift", "toy", "--cycles", "1", "--out", str(shut / "a")]) == 2
    assert "cannot be written" in capsys.readouterr().err
    assert list(shut.iterdir()) == []


@pytest.mark.parametrize("where", ["/proc/ontakt", "/dev/null/a"])
def test_a_place_where_nobody_can_write(where: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["shift", "toy", "--cycles", "1", "--out", where]) == 2
    said = capsys.readouterr().err
    assert "cannot be written" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    "content", [b"", b"not a database at all", b"SQLite format 3\x00" + b"\x00" * 200]
)
def test_a_report_on_a_file_that_is_no_record(
    content: bytes, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    foreign = tmp_path / "events.db"
    foreign.write_bytes(content)
    for command in ("report", "cycles"):
        assert run([command, str(foreign)]) == 2
        said = capsys.readouterr().err
        assert str(foreign) in said
        assert said.count("\n") == 1
    assert foreign.read_bytes() == content
    assert [p.name for p in tmp_path.iterdir()] == ["events.db"]


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk takes root")
def test_a_full_disk(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(disk)]
    if subprocess.run(words, check=False, capture_output=True).returncode != 0:
        pytest.skip("this machine lets nobody mount")
    try:
        assert run(["shift", "toy", "--cycles", "1", "--out", str(disk / "a")]) == 2
        said = capsys.readouterr().err
        assert "a shift wants 64 MiB" in said
        assert said.count("\n") == 1
        assert list(disk.iterdir()) == []
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_no_way_to_draw(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUJOCO_GL", "glfw")
    for command in ("shift", "show"):
        assert run([command, "nut-loading", "--out", str(tmp_path / "a")]) == 2
        said = capsys.readouterr().err
        assert "MUJOCO_GL is 'glfw'; without a screen it is egl or osmesa" in said
        assert said.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
