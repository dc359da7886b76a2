"""The page: whole, self-contained, true to the KPI API, and the same from the same records."""

import hashlib
import random
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.evidence.shifts import Plan, save_pictures, shift

from ontakt.contract import Readiness, RecordError, Verdict
from ontakt.contract.event import PictureTaken, Record, ShiftStarted
from ontakt.evidence.fold import fold
from ontakt.evidence.jsonl import read_events
from ontakt.evidence.kpi import kpis
from ontakt.evidence.report import write_report
from ontakt.evidence.report.chapter import chapter

VOID = {"meta", "img", "br", "hr", "link", "input"}


class Page(HTMLParser):
    """What a browser would see of a page: tags in balance, attributes, text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.words: list[str] = []
        self.rows: list[list[str]] = []
        self._hidden = False
        self.feed(text)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th") and self.rows:
            self.rows[-1].append("")
        if tag in ("small", "span") and self.rows and "td" in self.open:
            self._hidden = True

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag
        if tag in ("small", "span"):
            self._hidden = False

    def handle_data(self, data: str) -> None:
        if {"style", "script"} & set(self.open):
            return
        self.words.append(data)
        if self.rows and {"td", "th"} & set(self.open) and not self._hidden:
            self.rows[-1][-1] += data

    @property
    def text(self) -> str:
        plain = " ".join(" ".join(self.words).split())
        return plain.replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\N{NO-BREAK SPACE}", " ")

    def values(self) -> dict[str, str]:
        """The first value of every row of the table of definitions."""
        names = set(kpis(fold(shift(Plan(cycles=0)))))
        return {row[0]: row[1] for row in self.rows if row and row[0] in names}


def report(tmp_path: Path, *plans: Plan, verdict: Verdict | None = None) -> tuple[str, Page]:
    records = [record for plan in plans for record in shift(plan)]
    out = write_report(records, tmp_path / "report.html", verdict=verdict)
    text = out.read_text(encoding="utf-8")
    return text, Page(text)


KINDS = {
    "plain": Plan(cycles=60),
    "empty": Plan(cycles=0, planned=142),
    "cut": Plan(cycles=12, planned=142, cut=True),
    "only a beginning": Plan(cycles=1, planned=142, cut=True),
    "all fail": Plan(cycles=20, failure=1.0, hopeless=1.0),
    "none fails": Plan(cycles=20, failure=0.0, starved=0.0),
    "all starved": Plan(cycles=5, starved=1.0),
    "no variation": Plan(cycles=20, vary=False),
    "one cycle": Plan(cycles=1),
    "very slow": Plan(cycles=6, pace_s=400.0),
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, Page]]:
    """The page of every kind of shift, written once."""
    return {kind: report(tmp_path_factory.mktemp("page"), plan) for kind, plan in KINDS.items()}


Pages = dict[str, tuple[str, Page]]


@pytest.mark.parametrize("kind", KINDS)
def test_page_is_whole_and_needs_nothing_but_itself(kind: str, pages: Pages) -> None:
    text, page = pages[kind]
    assert text.startswith("<!doctype html>")
    assert not page.tags.keys() & {"link", "iframe", "object", "base"}
    assert page.tags["script"] == 1  # the basis: data, which no browser runs
    assert ("script", "type", "application/json") in page.attributes
    for tag, name, value in page.attributes:
        if name in ("src", "href", "data", "srcset", "poster", "action"):
            local = value.startswith(("#", "data:image/"))
            assert local or (tag == "a" and value.startswith("http")), (tag, name, value)
        assert not name.startswith("on"), (tag, name)
    outside = text.replace('<a href="http', "")
    assert "@import" not in outside
    assert "url(http" not in outside
    ids = Counter(value for _, name, value in page.attributes if name == "id")
    assert not [name for name, n in ids.items() if n > 1]
    used = {v[1:] for _, name, v in page.attributes if name == "href" and v.startswith("#")}
    assert used <= ids.keys()
    assert "None" not in page.text
    assert " nan" not in page.text


@pytest.mark.parametrize("kind", KINDS)
def test_every_kpi_on_the_page_is_the_kpi_api_s(kind: str, pages: Pages) -> None:
    _, page = pages[kind]
    expected = kpis(fold(shift(KINDS[kind])))
    shown = page.values()
    assert shown.keys() == expected.keys()
    for name, kpi in expected.items():
        if kpi.value is None:
            assert shown[name] == "unknown", name
            continue
        number = "".join(c for c in shown[name] if c in "0123456789.-") or "nan"
        if kpi.unit == "1":
            assert float(number) == pytest.approx(100 * kpi.value, abs=0.051), name
        elif kpi.unit == "s" and kpi.value < 100:
            assert float(number) == pytest.approx(kpi.value, abs=0.051), name
        elif kpi.unit != "s":
            assert float(number) == pytest.approx(kpi.value, rel=0.006), name


def test_the_ten_questions_are_all_there(pages: Pages) -> None:
    text, page = pages["plain"]
    asked = [
        "Step-ins", "Uptime", "Hours per shift", "Completed cycles", "Failure breakdown",
        "Misaligned parts", "Variation by axis", "Lines", "Independent validation", "Confidence",
    ]  # fmt: skip
    places = [text.index(f'<span class="topic">{topic}</span>') for topic in asked]
    assert places == sorted(places)
    assert page.text.count("not measured in this shift") == 1  # one line only


def test_what_was_not_measured_is_said_and_not_zero(pages: Pages) -> None:
    _, page = pages["empty"]
    assert "NOT ENOUGH DATA" in page.text
    assert "0 of 142 planned" in page.text
    assert page.text.count("not measured in this shift") == 8
    assert page.values()["both_sides_ok"] == page.values()["uptime"] == "unknown"


@pytest.mark.parametrize("kind", ["plain", "all fail", "none fails"])
def test_where_station_and_inspector_disagree_is_said(kind: str, pages: Pages) -> None:
    _, page = pages[kind]
    figures = kpis(fold(shift(KINDS[kind])))
    for name, said, found in (
        ("escapes", "passed as good", "bad (escaped)"),
        ("false_alarms", "given up as bad", "good (false alarms)"),
    ):
        n = figures[name].n or 0
        wrong = round((figures[name].value or 0.0) * n)
        sentence = f"{said}, the inspector found {wrong} {found}."
        assert (sentence in page.text) == (n > 0)


def test_the_plan_of_a_shift_is_counted_in_decimal_numbers() -> None:
    """30 s at 0.1 s are 300 cycles; 30 // 0.1 is 299."""
    records = shift(Plan(cycles=1))
    first = records[0].event
    assert isinstance(first, ShiftStarted)
    planned = replace(first, planned_cycles=None, planned_s=30.0, takt_s=0.1)
    records[0] = replace(records[0], event=planned)
    assert chapter(fold(records)).planned_cycles == 300


def test_a_cut_shift_is_said_loudly(pages: Pages) -> None:
    text, page = pages["cut"]
    assert 'class="warning"' in text
    assert "was cut: it has no end. 11 of 142 planned cycles were finished" in page.text
    assert "was cut" not in pages["plain"][1].text


def test_a_lost_event_is_said(tmp_path: Path) -> None:
    records = shift(Plan(cycles=3))
    del records[10]
    page = Page(write_report(records, tmp_path / "r.html").read_text())
    assert "Events 10 to 10 are missing" in page.text
    assert "with gaps" in page.text


def test_headline_states_what_the_cycles_support(pages: Pages, tmp_path: Path) -> None:
    _, page = report(tmp_path, Plan(cycles=59, failure=0.0, starved=0.0, vary=False))
    assert "59 of 59 judged cycles were good (left and right) without a person: 100 %" in page.text
    assert "at least 95.0 %" in page.text  # .950492, the oracle of 59/59
    assert "at least 299 cycles without one failure" in page.text
    _, page = pages["all fail"]
    assert "the true share is at most 13.9 %" in page.text  # 1 - .05 ** (1 / 20)


def test_a_verdict_stands_on_top(tmp_path: Path) -> None:
    verdict = Verdict(
        readiness=Readiness.NOT_ENOUGH_DATA,
        requirement="both sides at least 99 %",
        reason="142 cycles support 97.9 %.",
        config_hash="c",
        policy_hash="p",
        cycles_needed=157,
        hours_needed=3.3,
    )
    _, page = report(tmp_path, Plan(cycles=3), verdict=verdict)
    assert "both sides at least 99 %: 142 cycles support 97.9 %." in page.text
    assert "157 further cycles (3.3 h) could decide it." in page.text


def test_same_records_same_bytes_in_any_order(tmp_path: Path) -> None:
    records = shift(Plan(cycles=12))
    shuffled = list(records)
    random.Random(3).shuffle(shuffled)
    written = []
    for number, heap in enumerate((records, records, shuffled)):
        folder = tmp_path / str(number)
        folder.mkdir()
        out = write_report(heap, folder / "report.html")
        written.append((out.read_bytes(), (folder / "report.events.jsonl").read_bytes()))
    assert written[0] == written[1] == written[2]


def test_events_beside_the_page_carry_its_digest_and_fold_to_it(tmp_path: Path) -> None:
    text, _ = report(tmp_path, Plan(cycles=8))
    beside = tmp_path / "report.events.jsonl"
    assert hashlib.sha256(beside.read_bytes()).hexdigest() in text
    (tmp_path / "again").mkdir()
    again = write_report(read_events(beside), tmp_path / "again" / "report.html")
    assert again.read_text() == text


def test_pictures_travel_inside_the_page(tmp_path: Path) -> None:
    records = shift(Plan(cycles=60, escape=0.5))
    save_pictures(records, tmp_path)
    page = Page(write_report(records, tmp_path / "r.html", tmp_path).read_text())
    failures = fold(records).failures
    modes = {failure.mode for failure in failures}
    escaped = sum(failure.signal == "inspection" for failure in failures)
    assert page.tags["img"] == len(modes) + 1 >= 5  # and one that escaped
    assert escaped > 0
    assert f"escaped the station {escaped}." in page.text
    bare = Page(write_report(records, tmp_path / "r.html").read_text())
    assert bare.tags["img"] == 0
    assert bare.text.count("No picture was kept") == len(modes) + 1


def test_a_picture_outside_the_shift_s_folder_is_not_read(tmp_path: Path) -> None:
    records = shift(Plan(cycles=5, failure=0.5))
    folder = tmp_path / "shift"
    save_pictures(records, folder)
    secret = next((folder / "pictures").iterdir()).rename(tmp_path / "secret.png")
    for place in ("../secret.png", str(secret)):
        moved = [_with_path(record, place) for record in records]
        page = Page(write_report(moved, tmp_path / "r.html", folder).read_text())
        assert page.tags["img"] == 0


def _with_path(record: Record, path: str) -> Record:
    if not isinstance(record.event, PictureTaken):
        return record
    return replace(record, event=replace(record.event, path=path))


def test_what_a_record_says_is_text_and_never_markup(tmp_path: Path) -> None:
    evil = '<script>alert("1")</script>'
    plan = Plan(cycles=6, name=evil, notes=(evil,), failure=0.6, hopeless=1.0)
    records = [
        replace(r, event=replace(r.event, command=("ontakt", evil), policy=evil))
        if isinstance(r.event, ShiftStarted)
        else r
        for r in shift(plan)
    ]
    text = write_report(records, tmp_path / "r.html").read_text()
    assert Page(text).tags["script"] == 1
    assert "&lt;script&gt;" in text


def test_several_shifts_are_pooled_and_stand_beside_each_other(tmp_path: Path) -> None:
    plans = [Plan(cycles=20), Plan(cycles=15, seed=8, name="b"), Plan(cycles=10, seed=9, name="c")]
    text, page = report(tmp_path, *plans)
    assert "45 of 45 planned" in page.text
    assert "are pooled" in page.text
    for plan in plans:
        assert f"{plan.name}: Cycle times against takt" in page.text
    assert text.count('<div class="wide">') == 6


def test_shifts_that_differ_are_not_pooled(tmp_path: Path) -> None:
    good = Plan(cycles=60, failure=0.0, starved=0.0, vary=False)
    bad = Plan(cycles=60, failure=0.5, hopeless=0.9, starved=0.0, vary=False, name="b")
    _, page = report(tmp_path, good, bad)
    assert "The shifts differ by more than chance" in page.text
    assert "With 95 % confidence that supports" not in page.text
    _, page = report(tmp_path, good, Plan(cycles=60, name="b", policy_hash="another"))
    assert "of different policies or configurations" in page.text
    assert "With 95 % confidence that supports" not in page.text


def test_no_shift_and_no_place_to_write_are_one_line_each(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="no shift to report on"):
        write_report([], tmp_path / "r.html")
    with pytest.raises(RecordError, match="cannot be written"):
        write_report(shift(Plan(cycles=0)), tmp_path / "missing" / "r.html")
    with pytest.raises(RecordError, match="ShiftStarted"):
        write_report(shift(Plan(cycles=1))[3:], tmp_path / "r.html")
    assert not list(tmp_path.iterdir())


def test_published_figures_name_their_sources(pages: Pages) -> None:
    text, page = pages["plain"]
    for figure in ("90.2 %", "91.7 %", "96.7 %", "76 s", "3.00 h"):
        assert figure in page.text
    assert "not comparable one to one" in page.text
    assert "a simulation, worked here by a scripted expert" in page.text
    assert 'href="https://www.humanoidsdaily.com' in text
