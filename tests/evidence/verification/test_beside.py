"""What cannot be verified is refused in one line that says why."""

import random
import re
from contextlib import suppress
from pathlib import Path

import pytest
from tests.evidence.shifts import Plan
from tests.evidence.verification.pages import FAILING, edited, written

from ontakt.contract import SetupError
from ontakt.evidence.verification import verify

EMPTY = Plan(cycles=0)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("original"), EMPTY)


@pytest.fixture
def page(original: Path, tmp_path: Path) -> Path:
    for name in ("report.html", "report.events.jsonl"):
        (tmp_path / name).write_bytes((original.parent / name).read_bytes())
    return tmp_path / "report.html"


def refused(page: Path) -> str:
    with pytest.raises(SetupError) as found:
        verify(page)
    assert "\n" not in str(found.value)
    return str(found.value)


def test_no_page(tmp_path: Path) -> None:
    assert "cannot be read (No such file or directory)" in refused(tmp_path / "report.html")


def test_no_text(page: Path) -> None:
    page.write_bytes(b"\x89PNG\r\n\xff\xfe")
    assert "is not text in UTF-8" in refused(page)


@pytest.mark.parametrize("text", ["", "<p>hello", "{}", "<html><body>Report</body></html>"])
def test_no_report(text: str, page: Path) -> None:
    page.write_text(text)
    assert "is not a report that can be verified" in refused(page)


def test_no_events(page: Path) -> None:
    page.with_name("report.events.jsonl").unlink()
    assert "report.events.jsonl: no such file; report.html can be verified only" in refused(page)


@pytest.mark.parametrize("at", [0, 1000, -5])
def test_events_of_another_digest(at: int, page: Path) -> None:
    beside = page.with_name("report.events.jsonl")
    data = bytearray(beside.read_bytes())
    data[at] ^= 1
    beside.write_bytes(data)
    assert "it is not the file that the page was counted from" in refused(page)


def test_events_with_a_line_less_or_more(page: Path) -> None:
    beside = page.with_name("report.events.jsonl")
    lines = beside.read_bytes().splitlines(keepends=True)
    for other in (lines[:-1], lines + lines[-1:], lines[::-1]):
        beside.write_bytes(b"".join(other))
        assert "is not the file" in refused(page)


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.9, 0.999, 1.0])
def test_a_truncated_page(share: float, page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    page.write_text(text[: int(share * len(text)) - 1], encoding="utf-8")
    assert any(why in refused(page) for why in ("is not a whole page", "is not a report"))


def test_a_page_that_is_not_whole_in_the_middle(page: Path) -> None:
    edited(page, ("</dl>", ""))
    assert "</header> stands where <dl> is open" in refused(page)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('"kind":"events"', '"kind":"dreams"', "Unknown kind of report 'dreams'"),
        ('"file":"report.events.jsonl"', '"file":"../../secret"', "not a file beside it"),
        ('"file":"report.events.jsonl"', '"file":""', "not a file beside it"),
        ('"file":"report.events.jsonl"', '"file":5', "unreadable (Expected `str`, got `int`"),
        ('{"kind"', '{{"kind"', "unreadable (JSON is malformed"),
        ('"ontakt":"', '"ontakt":"99 % good, version ', "unreadable (Expected `str` matching"),
    ],
)
def test_a_basis_that_makes_no_sense(old: str, new: str, why: str, page: Path) -> None:
    assert why in refused(edited(page, (old, new)))


def damage(page: Path, chance: random.Random) -> None:
    """Change, lose, double or move some of the page's bytes."""
    data = page.read_bytes()
    start = chance.randrange(len(data))
    end = min(len(data), start + chance.choice([1, 1, 5, 300]))
    part = data[start:end]
    other = chance.choice([b"", part * 2, part[::-1], bytes(len(part)), b"<", b"</p>", b"7"])
    page.write_bytes(data[:start] + other + data[end:])


def found_or_refused(page: Path, seed: int) -> None:
    before = page.read_text(encoding="utf-8")
    damage(page, random.Random(seed))
    with suppress(SetupError):
        found = verify(page)
        assert found.reproduced == (page.read_text(encoding="utf-8") == before)


@pytest.mark.parametrize("seed", range(12))
def test_any_damage_is_found_or_refused(seed: int, page: Path) -> None:
    found_or_refused(page, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 300))
def test_much_damage_is_found_or_refused(seed: int, page: Path) -> None:
    found_or_refused(page, seed)


def test_pictures_with_names_that_no_file_can_have(tmp_path: Path) -> None:
    page = written(tmp_path, FAILING, pictures=True)
    text = page.read_text(encoding="utf-8")
    for name in ("\0", "a" * 400, "/etc/passwd", "../../secret.png"):
        page.write_text(
            re.sub(r'data-picture="[^"]*"', f'data-picture="{name}"', text), encoding="utf-8"
        )
        assert not verify(page).reproduced


@pytest.mark.parametrize("name", ["a" * 400, "\\u0000", ".."])
def test_events_with_a_name_that_no_file_can_have(name: str, page: Path) -> None:
    named = edited(page, ('"file":"report.events.jsonl"', f'"file":"{name}"'))
    assert not verify(named).reproduced
    assert "no such file" in refused(named.rename(page.with_name("other.html")))
