"""`ontakt verify`: what it prints, and the exit code that a script asks for."""

import json
from pathlib import Path

import pytest
from tests.evidence.verification.pages import FAILING, edited, written

from ontakt.cli.main import run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("shift"), FAILING).parent


def test_it_says_reproduced_and_exits_with_0(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["verify", str(folder)]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("reproduced: ")
    assert "figures of the page follow from" in said.out
    assert said.err == ""


def test_it_names_the_first_difference_and_exits_with_1(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("report.html", "report.events.jsonl"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    page = edited(
        tmp_path / "report.html",
        ("2\N{NO-BREAK SPACE}cycles finished", "3\N{NO-BREAK SPACE}cycles finished"),
    )
    assert run(["verify", str(page)]) == 1
    assert capsys.readouterr().out.splitlines()[:5] == [
        "not reproduced: the page does not follow from its events, first here:",
        "  section  nut-loading",
        "  place    Worked",
        "  page     3 cycles finished of 2 planned",
        "  events   2 cycles finished of 2 planned",
    ]
    assert run(["verify", str(page), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert list(told) == [
        "reproduced", "figures", "first_difference", "events", "sha256", "warnings"
    ]  # fmt: skip
    assert told["reproduced"] is False
    assert told["first_difference"] == {
        "section": "nut-loading",
        "place": "Worked",
        "page": "3 cycles finished of 2 planned",
        "events": "2 cycles finished of 2 planned",
    }


def test_what_cannot_be_verified_is_one_line_and_exits_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "other.html").write_text("<p>\x1b[2Jhello</p>")
    for name in ("other.html", "none.html", ""):
        assert run(["verify", str(tmp_path / name)]) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.count("\n") == 1
        assert said.err.startswith("ontakt: ")
