"""A folder is one experiment's, and one process's at a time."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ontakt.cli.fleet.claim import PLAN, claimed
from ontakt.contract import SetupError

MINE = {"cells": 3, "seed": 7}


def told(plan: Mapping[str, Any]) -> str:
    return f"seed {plan['seed']}"


def test_the_same_plan_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "x" / "y"
    for _ in range(2):
        with claimed(folder, MINE, "study", told) as mine:
            assert mine == folder
    assert (folder / PLAN).read_bytes() == b'{\n  "cells": 3,\n  "seed": 7\n}\n'
    assert [path.name for path in folder.iterdir()] == [PLAN]


def test_another_plan_is_refused_and_told(tmp_path: Path) -> None:
    with claimed(tmp_path, MINE, "study", told):
        pass
    before = (tmp_path / PLAN).stat().st_mtime_ns
    with (
        pytest.raises(SetupError, match=r"holds another study \(seed 7\); choose another --out\."),
        claimed(tmp_path, {**MINE, "seed": 8}, "study", told),
    ):
        pass
    assert (tmp_path / PLAN).stat().st_mtime_ns == before


def test_what_is_no_experiment_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with (
        pytest.raises(SetupError, match="is not empty and holds no study"),
        claimed(tmp_path, MINE, "study"),
    ):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("content", [b"thesis", b"[]", b'{"kind": 1}', b"\xff\xfe"])
def test_a_plan_of_something_else_is_said(content: bytes, tmp_path: Path) -> None:
    (tmp_path / PLAN).write_bytes(content)
    with (
        pytest.raises(SetupError, match="is no plan of a study"),
        claimed(tmp_path, MINE, "study", told),
    ):
        pass
    assert (tmp_path / PLAN).read_bytes() == content


@pytest.mark.parametrize("length", [0, 1, 20])
def test_a_plan_that_a_kill_has_torn_is_made_whole(length: int, tmp_path: Path) -> None:
    with claimed(tmp_path, MINE, "study"):
        whole = (tmp_path / PLAN).read_bytes()
    (tmp_path / PLAN).write_bytes(whole[:length])
    with claimed(tmp_path, MINE, "study"):
        assert (tmp_path / PLAN).read_bytes() == whole


def test_one_process_at_a_time(tmp_path: Path) -> None:
    with (
        claimed(tmp_path, MINE, "study"),
        pytest.raises(SetupError, match="another process works in it"),
        claimed(tmp_path, MINE, "study"),
    ):
        pass
    with claimed(tmp_path, MINE, "study"):
        pass


def test_a_place_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(SetupError, match=r"cannot be written \(Not a directory\)"),
        claimed(tmp_path / "file", MINE, "study"),
    ):
        pass
