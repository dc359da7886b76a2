"""The folder of an import: the same bytes from the same log, all of it or nothing."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.evidence.imported.logs import GOOD, log_of

from ontakt.contract import RecordError, SetupError
from ontakt.evidence.imported import Terms, import_log, read_import, read_manifest


def imported(folder: Path, text: str = GOOD, name: str = "cell") -> Path:
    (folder / "log.csv").write_text(text)
    import_log(folder / "log.csv", folder / name, Terms(takt_s=76.0))
    return folder / name


def test_the_same_log_gives_the_same_bytes(tmp_path: Path) -> None:
    one, other = (imported(tmp_path, name=name) for name in ("a", "b"))
    for name in ("cycles.csv", "import.json"):
        assert (one / name).read_bytes() == (other / name).read_bytes()
    assert read_import(one) == read_import(other)


def test_what_is_written_is_plain(tmp_path: Path) -> None:
    folder = imported(tmp_path)
    assert (folder / "cycles.csv").read_text() == (
        "shift,cycle,start,cycle_s,left_ok,right_ok\n"
        "log,1,2026-03-02T08:00:00.000Z,60.0,true,true\n"
        "log,2,2026-03-02T08:01:16.000Z,61.5,true,false\n"
    )
    told = json.loads((folder / "import.json").read_text())
    assert (told["file"], told["rows"], told["shifts"], told["kind"]) == ("log.csv", 2, 1, "csv")
    assert told["known"] == {"station": "unknown", "robot": "unknown", "policy": "unknown"}


@pytest.mark.parametrize(
    ("n", "results", "caveats"),
    [
        (30, "1,1", ("left_ok' are good", "right_ok' are good")),
        (30, "0,1", ("left_ok' are bad", "right_ok' are good")),
        (29, "1,1", ()),
    ],
)
def test_many_results_that_are_all_the_same_are_minded(
    n: int, results: str, caveats: tuple[str, ...], tmp_path: Path
) -> None:
    """Not refused: a good cell writes them too."""
    rows = (f"{k},2026-03-02T08:{k:02d}:00Z,50,{results}" for k in range(n))
    folder = imported(tmp_path, log_of(*rows))
    told = read_manifest(folder).caveats
    assert len(told) == len(caveats)
    for said, words in zip(told, caveats, strict=True):
        assert said.startswith("All 30 results in '")
        assert words in said
    assert set(told) <= set(read_import(folder)[0].problems)


def test_an_import_of_its_own_cycles_is_the_same_again(tmp_path: Path) -> None:
    folder = imported(tmp_path)
    import_log(folder / "cycles.csv", tmp_path / "again", Terms(takt_s=76.0))
    assert (tmp_path / "again" / "cycles.csv").read_bytes() == (folder / "cycles.csv").read_bytes()


def test_changed_cycles_are_refused(tmp_path: Path) -> None:
    folder = imported(tmp_path)
    cycles = folder / "cycles.csv"
    cycles.write_text(cycles.read_text().replace("false", "true"))
    with pytest.raises(
        RecordError, match=r"is not the file that import.json names.*import the log"
    ):
        read_import(folder)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "is not what an import writes"),
        ("no json", "is not what an import writes"),
        (None, "cannot be read"),
    ],
)
def test_a_manifest_that_is_none(text: str | None, message: str, tmp_path: Path) -> None:
    folder = imported(tmp_path)
    manifest = folder / "import.json"
    if text is None:
        manifest.unlink()
    else:
        manifest.write_text(text)
    with pytest.raises(RecordError, match=message):
        read_import(folder)


def test_a_manifest_of_a_newer_ontakt(tmp_path: Path) -> None:
    manifest = imported(tmp_path) / "import.json"
    manifest.write_text(manifest.read_text().replace('"version": 1', '"version": 2'))
    with pytest.raises(RecordError, match="has version 2 of a newer Ontakt"):
        read_manifest(manifest.parent)


def test_a_folder_that_holds_anything_is_left_alone(tmp_path: Path) -> None:
    folder = imported(tmp_path)
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    with pytest.raises(SetupError, match="is there already and not empty"):
        imported(tmp_path)
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    (tmp_path / "empty").mkdir()
    imported(tmp_path, name="empty")


def test_a_place_where_nobody_can_write(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(GOOD)
    with pytest.raises(SetupError, match="cannot be written"):
        import_log(tmp_path / "log.csv", Path("/proc/ontakt/a"), Terms())


@pytest.mark.slow
def test_an_import_that_was_killed_leaves_nothing_half_written(tmp_path: Path) -> None:
    rows = "".join(f"{k},{1_772_438_400 + 60 * k},50,1,1\n" for k in range(200_000))
    (tmp_path / "log.csv").write_text("cycle,start,cycle_s,left_ok,right_ok\n" + rows)
    code = (
        "import sys; from pathlib import Path;"
        "from ontakt.evidence.imported import Terms, import_log;"
        "import_log(Path('log.csv'), Path('cell'), Terms())"
    )
    work = subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path)
    partial = tmp_path / ".cell.partial" / "cycles.csv"
    deadline = time.monotonic() + 120
    while work.poll() is None and time.monotonic() < deadline:
        if partial.exists() and partial.stat().st_size:
            os.kill(work.pid, signal.SIGKILL)
            break
        time.sleep(0.002)
    assert work.wait() == -signal.SIGKILL, "it was done before it could be killed"
    assert not (tmp_path / "cell").exists()
    import_log(tmp_path / "log.csv", tmp_path / "cell", Terms())  # what it left is no hindrance
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cell", "log.csv"]
    assert sum(len(shift.cycles) for shift in read_import(tmp_path / "cell")) == 200_000


@pytest.mark.slow
def test_a_million_rows_of_one_kind_share_what_is_equal(tmp_path: Path) -> None:
    folder = imported(tmp_path, "count,ok\n1000000,true\n")
    (shift,) = read_import(folder)
    assert len(shift.cycles) == 1_000_000
    assert shift.cycles[0].part is shift.cycles[-1].part
    assert shift.cycles[-1].cycle == 999_999
