"""The token that a shift makes for its own board: private, kept, and never printed."""

import re
import stat
from pathlib import Path

import pytest

from ontakt.board.roles import Holder, Role, Tokens
from ontakt.cli.board_tokens import how_to_log_in, own_tokens
from ontakt.contract import SetupError


def token(path: Path) -> str:
    found = re.search(r'token = "(.+)"', path.read_text())
    assert found is not None
    return found[1]


def test_it_lets_one_operator_in_and_nobody_else_reads_it(tmp_path: Path) -> None:
    path = own_tokens(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Tokens(path).holder(token(path)) == Holder("operator", Role.OPERATOR)
    assert len(token(path)) >= 32
    assert token(path) not in how_to_log_in(path)
    assert str(path) in how_to_log_in(path)


def test_a_shift_that_goes_on_keeps_it_and_another_has_another(tmp_path: Path) -> None:
    first = token(own_tokens(tmp_path))
    assert token(own_tokens(tmp_path)) == first
    (tmp_path / "other").mkdir()
    assert token(own_tokens(tmp_path / "other")) != first


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="cannot be written"):
        own_tokens(tmp_path / "nothing")
