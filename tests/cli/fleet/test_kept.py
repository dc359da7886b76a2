"""What counts as a shift that need not be worked again."""

from pathlib import Path

import pytest
from tests.cli.fleet.orders import order, write_shift

from ontakt.cli.fleet.kept import KeptShift, read_kept, was_cut
from ontakt.contract import RecordError, SetupError
from ontakt.contract.event import ShiftEnded
from ontakt.evidence.store import open_store


def test_a_shift_that_ended_as_planned_or_halted_is_kept(tmp_path: Path) -> None:
    write_shift(tmp_path / "a", order(1, cycles=3))
    write_shift(tmp_path / "b", order(2), ShiftEnded(reason="halted"))
    assert read_kept(tmp_path / "a", order(1, cycles=3)) == KeptShift(tmp_path / "a", "planned", 3)
    assert read_kept(tmp_path / "b", order(2)) == KeptShift(tmp_path / "b", "halted", 2)


def test_a_shift_that_was_cut_or_stopped_is_not(tmp_path: Path) -> None:
    write_shift(tmp_path / "cut", order(1), end=None)
    write_shift(tmp_path / "stopped", order(1), ShiftEnded(reason="stopped"))
    (tmp_path / "empty").mkdir()
    open_store(tmp_path / "empty" / "events.db", write=True).close()
    found = {
        name: read_kept(tmp_path / name, order(1)) for name in ("cut", "stopped", "empty", "-")
    }
    assert set(found.values()) == {None}
    assert [name for name in found if was_cut(tmp_path / name)] == ["cut"]


def test_another_shift_is_refused_cut_or_not(tmp_path: Path) -> None:
    write_shift(tmp_path / "a", order(1), end=None)
    with pytest.raises(SetupError, match=r"a holds another shift; choose another --out\."):
        read_kept(tmp_path / "a", order(2))


def test_other_software_and_another_policy_are_refused(tmp_path: Path) -> None:
    write_shift(tmp_path / "a", order(1), made_with={"python": "2.7"})
    with pytest.raises(SetupError, match="was worked with other software than this"):
        read_kept(tmp_path / "a", order(1))
    write_shift(tmp_path / "b", order(1, policy_hash="mine"))
    assert read_kept(tmp_path / "b", order(1, policy_hash="mine")) is not None
    with pytest.raises(SetupError, match="by another policy of the name 'expert'"):
        read_kept(tmp_path / "b", order(1, policy_hash="retrained"))


def test_what_is_no_record_is_said(tmp_path: Path) -> None:
    (tmp_path / "events.db").write_bytes(b"mine")
    with pytest.raises(RecordError, match="is not an SQLite file"):
        read_kept(tmp_path, order(1))
