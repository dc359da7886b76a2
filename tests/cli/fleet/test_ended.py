"""What the end of a process means for its shift."""

from pathlib import Path

import pytest
from tests.cli.fleet.orders import order, write_shift

from ontakt.cli.fleet.ended import Ended, Lost, judge
from ontakt.cli.fleet.kept import KeptShift


@pytest.mark.parametrize(
    ("ended", "why"),
    [
        (Ended(-9, "cycle 10: 9 good, 0 step-ins"), "was killed by SIGKILL"),
        (Ended(-11, ""), "was killed by SIGSEGV"),
        (Ended(-99, ""), "was killed by signal 99"),
        (Ended(None, "its node is gone"), "its node is gone"),
        (Ended(1, "MemoryError"), "MemoryError"),
        (Ended(137, ""), "ended with exit code 137"),
        (Ended(0, ""), "was stopped by somebody"),
    ],
)
def test_why_a_process_was_lost(ended: Ended, why: str, tmp_path: Path) -> None:
    assert judge(order(1), tmp_path, ended) == Lost(why)


def test_a_whole_record_of_a_process_that_failed_after_it_does_not_count(tmp_path: Path) -> None:
    """Its report or its pictures are torn."""
    write_shift(tmp_path / "a", order(1))
    assert judge(order(1), tmp_path / "a", Ended(1, "OSError")) == Lost("OSError")
    assert isinstance(judge(order(1), tmp_path / "a", Ended(0, "")), KeptShift)


def test_a_node_with_other_software_is_found_out(tmp_path: Path) -> None:
    write_shift(tmp_path / "a", order(1), made_with={"python": "3.99"})
    found = judge(order(1), tmp_path / "a", Ended(0, ""))
    assert isinstance(found, Lost)
    assert "other software" in found.why
