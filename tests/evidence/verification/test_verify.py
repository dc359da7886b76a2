"""From a page and its events to `reproduced`, or to the first thing that does not follow."""

import shutil
from hashlib import sha256
from pathlib import Path

import pytest
from tests.evidence.shifts import Plan, shift
from tests.evidence.verification.pages import FAILING, SMALL, change_events, edited, events, written

from ontakt.contract import Readiness, Verdict
from ontakt.evidence.report import write_report
from ontakt.evidence.report.basis import versions
from ontakt.evidence.verification import Verification, verify

EMPTY = Plan(cycles=0)
OTHER = Plan(cycles=0, name="another", seed=8)


def test_a_page_follows_from_its_events(tmp_path: Path) -> None:
    page = written(tmp_path, SMALL)
    found = verify(page)
    lines = events(page).read_bytes()
    assert found == Verification(
        reproduced=True,
        figures=found.figures,
        first_difference=None,
        events=lines.count(b"\n"),
        sha256=sha256(lines).hexdigest(),
        warnings=(),
    )
    assert found.figures > 300


def test_one_removed_line_of_the_events_is_found(tmp_path: Path) -> None:
    page = written(tmp_path, EMPTY)
    lines = events(page).read_bytes().split(b"\n")
    found = verify(change_events(page, lines[2] + b"\n", b""))
    assert not found.reproduced
    assert found.first_difference is not None
    assert found.first_difference.events.startswith("Shift 2026-03-02-a: Events 2 to 2 are missing")


def test_swapped_shifts_are_found(tmp_path: Path) -> None:
    page = written(tmp_path, EMPTY, OTHER)
    assert verify(page).reproduced
    text = events(page).read_bytes()
    middle = text.index(b"another")
    middle = text.rindex(b"\n", 0, middle) + 1
    found = verify(change_events(page, text, text[middle:] + text[:middle]))
    assert found.first_difference is not None
    assert found.first_difference.page.startswith("nut-loading shift report · 2026-03-02-a")
    assert found.first_difference.events.startswith("nut-loading shift report · another")


def test_events_that_were_changed_with_their_digest_do_not_give_the_page(tmp_path: Path) -> None:
    page = written(tmp_path, SMALL)
    found = verify(change_events(page, b'"takt_s":76.0', b'"takt_s":75.0'))
    assert found.first_difference is not None
    assert found.first_difference.section == "nut-loading"
    assert found.first_difference.place == "Takt kept by itself"


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_mark_and_line_ends_that_mail_adds_are_no_difference(
    newline: str, tmp_path: Path
) -> None:
    page = written(tmp_path, EMPTY)
    text = page.read_text(encoding="utf-8")
    page.write_text(text, encoding="utf-8-sig", newline=newline)
    assert verify(page).reproduced


def test_signs_that_end_a_line_in_a_note_are_no_difference(tmp_path: Path) -> None:
    notes = ("one\rtwo\r\nthree\n\x85\u2028four\x00\x1c <b> &amp; \ufeff",)
    assert verify(written(tmp_path, Plan(cycles=0, notes=notes))).reproduced


def test_another_spelling_of_the_same_page_is_a_difference(tmp_path: Path) -> None:
    page = edited(written(tmp_path, EMPTY), ("<p class=", "<p   class="))
    found = verify(page).first_difference
    assert found is not None
    assert (found.section, found.place[:5]) == ("Markup", "line ")


def test_page_and_events_may_be_renamed_together(tmp_path: Path) -> None:
    page = written(tmp_path, EMPTY)
    events(page).rename(tmp_path / "march.events.jsonl")
    assert verify(page.rename(tmp_path / "march.html")).reproduced


def test_the_page_alone_may_be_renamed(tmp_path: Path) -> None:
    assert verify(written(tmp_path, EMPTY).rename(tmp_path / "report (1).html")).reproduced


def test_pictures_beside_the_page_are_compared(tmp_path: Path) -> None:
    page = written(tmp_path, FAILING, pictures=True)
    assert verify(page).warnings == ()
    first = min((tmp_path / "pictures").iterdir())
    first.write_bytes(first.read_bytes() + b"\0")
    found = verify(page).first_difference
    assert found is not None
    assert (found.section, found.page) == ("Failures", "another picture")


def test_pictures_that_are_not_at_hand_are_not_figures(tmp_path: Path) -> None:
    page = written(tmp_path, FAILING, pictures=True)
    count = page.read_text(encoding="utf-8").count("<img")
    assert count > 1
    shutil.rmtree(tmp_path / "pictures")
    found = verify(page)
    assert found.reproduced
    assert found.warnings == (
        f"{count} pictures are not figures and were not checked: not at hand beside the page.",
    )


def test_a_page_of_other_versions_is_compared_and_both_are_named(tmp_path: Path) -> None:
    page = written(tmp_path, SMALL)
    own = versions()
    edited(
        page,
        (f'"ontakt":"{own.ontakt}"', '"ontakt":"0.0.7"'),
        (f"Ontakt {own.ontakt} with", "Ontakt 0.0.7 with"),
        (f'"matplotlib":"{own.matplotlib}"', '"matplotlib":"3.9.0"'),
        (f"matplotlib {own.matplotlib},", "matplotlib 3.9.0,"),
        ('<path d="M ', '<path d="M 1'),
    )
    found = verify(page)
    assert found.reproduced
    assert found.warnings == (
        "Written with ontakt 0.0.7, matplotlib 3.9.0, compared with "
        f"{own.told('ontakt', 'matplotlib')}: a difference may come from that.",
        "Of the plots (4) only words and numbers were compared: other versions draw their lines "
        "elsewhere.",
    )
    edited(page, ("cycle time, s", "cycle time, ms"))
    difference = verify(page).first_difference
    assert difference is not None
    assert "plot" in difference.place


def test_a_verdict_stands_as_it_was_given_and_that_is_said(tmp_path: Path) -> None:
    verdict = Verdict(
        readiness=Readiness.NOT_READY,
        requirement="99 % of <b>both</b> sides & more",
        reason="</script>",
        config_hash="c",
        policy_hash="p",
    )
    page = write_report(shift(EMPTY), tmp_path / "report.html", verdict=verdict)
    found = verify(page)
    assert found.reproduced
    assert found.warnings == ("The verdict was given to this page; it was not judged again.",)
    difference = verify(edited(page, ('class="word">NOT READY', 'class="word">READY')))
    assert difference.first_difference is not None
    assert difference.first_difference.place == "Verdict"
