"""Recordings about a cut: whatever a kill left of them, they can be read afterwards."""

from pathlib import Path

import pytest
from mcap.reader import make_reader

from ontakt.cli.main import run
from ontakt.cli.watchers import mend


def messages_of(tape: Path) -> int:
    with tape.open("rb") as stream:
        return sum(1 for _ in make_reader(stream).iter_messages())


@pytest.fixture
def tapes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> list[Path]:
    words = ("shift", "toy", "--cycles", "3", "--record", "--out", str(tmp_path))
    assert run(words) == 0
    capsys.readouterr()
    return sorted((tmp_path / "cycles").glob("*.mcap"))


def test_a_kill_between_two_recordings_is_mended(tmp_path: Path, tapes: list[Path]) -> None:
    first, second, third = tapes
    whole = messages_of(first)
    first.write_bytes(first.read_bytes()[:-2000])  # not closed yet when cycle 1 was on record
    second.write_bytes(b"")  # opened and not written
    untouched = third.read_bytes()
    mend(tmp_path, 1)
    assert 0 < messages_of(first) <= whole
    assert not second.exists()
    assert third.read_bytes() == untouched


def test_a_recording_of_nothing_goes(tmp_path: Path, tapes: list[Path]) -> None:
    first = tapes[0]
    first.write_bytes(first.read_bytes()[:100])  # the header alone
    mend(tmp_path, 0)
    assert not first.exists()
    assert messages_of(tapes[1]) > 0


def test_there_may_be_none(tmp_path: Path) -> None:
    mend(tmp_path, 0)
