"""`ontakt shift`, end to end on the toy station: what it prints, what it keeps, what it repeats."""

import io
import json
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ontakt.cli.main import run
from ontakt.contract.event import Record
from ontakt.evidence.fold import fold
from ontakt.evidence.store import open_store

KEYS = [
    "shift_id", "station", "robot", "policy", "policy_hash", "config_hash", "seed", "takt_s",
    "cycles", "outcomes", "both_sides_ok", "left_ok", "right_ok", "step_ins", "recoveries",
    "hours", "uptime", "oee", "cycle_s", "failures", "events", "report", "wall_s", "speedup",
]  # fmt: skip
OUTCOMES = [
    "on_takt", "late", "nok_detected", "nok_escaped", "assisted", "aborted", "starved", "blocked",
]  # fmt: skip


def work(capsys: pytest.CaptureFixture[str], folder: Path, *words: str) -> dict[str, Any]:
    """Work a shift at the toy station; its JSON."""
    assert run(["shift", "toy", *words, "--out", str(folder), "--json"]) == 0
    printed = capsys.readouterr().out
    told = json.loads(printed.splitlines()[-1])
    assert isinstance(told, dict)
    return told


def events(folder: Path, shift: str) -> list[Record]:
    """What the shift wrote, with the wall-clock stamps taken out."""
    with open_store(folder / "events.db") as store:
        return [msgspec.structs.replace(r, utc_ns=0) for r in store.records(shift)]


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The folder of a shift of four cycles, and its JSON."""
    folder, printed = tmp_path_factory.mktemp("four") / "a", io.StringIO()
    with redirect_stdout(printed):
        words = ["--cycles", "4", "--seed", "3", "--out", str(folder), "--json"]
        assert run(["shift", "toy", *words]) == 0
    return folder, json.loads(printed.getvalue().splitlines()[-1])


def test_the_summary_has_the_keys_that_others_script_against(
    four: tuple[Path, dict[str, Any]],
) -> None:
    folder, told = four
    assert list(told) == KEYS
    assert list(told["outcomes"]) == OUTCOMES
    assert list(told["cycle_s"]) == ["p50", "p95", "max"]
    assert told["cycles"] == sum(told["outcomes"].values()) == 4
    assert told["station"] == "toy"
    assert told["robot"] == "sim:toy"
    assert told["policy"] == "expert"
    assert told["seed"] == 3
    assert told["takt_s"] == 30.0
    assert told["both_sides_ok"] == told["left_ok"] == told["right_ok"] == 4
    assert told["events"] == len(events(folder, told["shift_id"]))
    assert Path(told["report"]).is_file()
    # four pitches of 30 s, and the seconds in which the robot starts up
    assert 120.0 <= told["hours"] * 3600 <= 122.0
    assert told["speedup"] == pytest.approx(told["hours"] * 3600 / told["wall_s"])


@pytest.mark.slow  # by default in test_strategies, of shifts that are shorter
def test_the_same_shift_is_the_same_bytes(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    words = ("--cycles", "12", "--variation", "harsh", "--seed")
    told = work(capsys, tmp_path / "a", *words, "5")
    again = work(capsys, tmp_path / "b", *words, "5", "--record")
    other = work(capsys, tmp_path / "c", *words, "6")
    assert told["step_ins"] > 0, "the comparison is worth more when something happened"
    assert again["shift_id"] == told["shift_id"] != other["shift_id"]

    first = [_bytes(r) for r in events(tmp_path / "a", told["shift_id"])]
    second = [_bytes(r) for r in events(tmp_path / "b", told["shift_id"])]
    third = [_bytes(r) for r in events(tmp_path / "c", other["shift_id"])]
    assert first == second
    assert first[1:] != third[1:]


def _bytes(record: Record) -> bytes:
    return msgspec.json.encode(record)


def test_both_sides_of_what_was_recorded_open(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from mcap.reader import make_reader

    told = work(capsys, tmp_path / "a", "--cycles", "2", "--record", "--video")
    for cycle in range(2):
        tape = next((tmp_path / "a" / "cycles").glob(f"*{cycle}.mcap"))
        with tape.open("rb") as stream:
            topics = {channel.topic for _, channel, _ in make_reader(stream).iter_messages()}
        assert any("event" in topic for topic in topics)
        film = next((tmp_path / "a" / "cycles").glob(f"*{cycle}.mp4"))
        assert b"ftyp" in film.read_bytes()[:64]
    assert told["cycles"] == 2


def test_hours_are_filled_with_whole_pitches(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    told = work(capsys, tmp_path / "a", "--hours", "0.05", "--takt", "25")
    assert told["cycles"] == 7  # 180 s / 25 s = 7.2
    assert told["takt_s"] == 25.0
    assert told["hours"] == pytest.approx(0.05, abs=1e-3)


def test_report_and_cycles_read_the_folder_again(
    four: tuple[Path, dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, told = four
    first = (folder / "report.html").read_bytes()
    assert run(["report", str(folder), "--json"]) == 0
    again = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (folder / "report.html").read_bytes() == first
    same = set(KEYS) - {"report", "wall_s", "speedup"}
    assert {k: again[k] for k in same} == {k: told[k] for k in same}

    assert run(["cycles", str(folder), "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["cycle"] for row in rows] == [0, 1, 2, 3]
    assert run(["cycles", str(folder), "--format", "csv"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5
    assert lines[0].split(",")[0] in ("shift", "cycle")


def test_a_shift_too_short_for_a_part_is_told_without_one(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    told = work(capsys, tmp_path / "a", "--hours", "0.001")
    assert told["cycles"] == 0
    assert set(told["cycle_s"].values()) == {None}
    said = {}
    for kind in ("table", "csv", "json"):
        assert run(["cycles", str(tmp_path / "a"), "--format", kind]) == 0
        said[kind] = capsys.readouterr().out
    assert said == {"table": "No cycle was finished in this shift.\n", "csv": "", "json": "[]\n"}


def test_the_figures_agree_with_the_events(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    told = work(capsys, tmp_path / "a", "--cycles", "20", "--variation", "harsh", "--seed", "2")
    shift = fold(events(tmp_path / "a", told["shift_id"]))
    held = sum(s.end - s.start for s in shift.segments if s.attribution != "none")
    assert held > 0
    assert told["uptime"] <= 1.0 - held / shift.ticks + 0.05
    good = told["outcomes"]["on_takt"] + told["outcomes"]["late"]
    assert told["both_sides_ok"] == good
    # OEE is ideal time of good parts over the time of the shift: PRU * GQ / PBT
    assert told["oee"] == pytest.approx(good * 30.0 / (told["hours"] * 3600), abs=0.02)
