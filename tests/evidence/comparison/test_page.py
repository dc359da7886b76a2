"""The files: whole, the same again, and safe whatever a shift is called."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import pytest
from markupsafe import escape
from msgspec.structs import replace
from tests.evidence.comparison.arms import arm, one, shift, turned

from ontakt.evidence.comparison import Arm, Comparison, compare, write_comparison
from ontakt.evidence.comparison.figure import Estimate, Figure
from ontakt.evidence.comparison.page import LISTED, render
from ontakt.evidence.comparison.plot import short
from ontakt.evidence.comparison.wording import bounds, difference_bounds, p_value, value, written

WICKED = "<b onload=alert(1)>&"
COMMAND = ("ontakt", "compare", "a b", "c")


def several() -> list[Arm]:
    return [
        one(f"line-{k}", "g" * good + "b" * (60 - good), seed=k, station=f"l{k}", policy="x")
        for k, good in enumerate((58, 57, 40, 59))
    ]


ARMS = {
    "paired": turned(11, 2, 40, 4),
    "empty": (one(WICKED, "ss"), one("b", "s")),
    "four": several(),
}


@pytest.fixture(scope="module")
def pages() -> Mapping[str, tuple[Comparison, str]]:
    found = {name: compare(arms) for name, arms in ARMS.items()}
    return {name: (one, render(one, COMMAND)) for name, one in found.items()}


@pytest.mark.parametrize("name", ARMS)
def test_a_page_needs_nothing_but_itself(
    name: str, pages: Mapping[str, tuple[Comparison, str]]
) -> None:
    found, page = pages[name]
    assert str(escape(found.sentence)).replace(" %", "\N{NARROW NO-BREAK SPACE}%") in page
    assert len(page.encode()) < 300_000
    assert "prefers-color-scheme: dark" in page
    assert not re.search(r"(src|href)=\"(?!#)", page)
    assert "<script" not in page
    assert "'a b' c" in page.replace("&#39;", "'")
    assert "None" not in page
    assert "nan" not in re.sub(r"<svg.*?</svg>|<style>.*?</style>", "", page, flags=re.DOTALL)
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    drawings = re.findall(r'role="img" aria-label="[^"]{20,}"', page)
    assert len(drawings) == (4 if name == "paired" else 2), "wide and narrow"


def test_the_files_are_written_and_the_same_again(
    tmp_path: Path, pages: Mapping[str, tuple[Comparison, str]]
) -> None:
    found, text = pages["paired"]
    page = write_comparison(found, COMMAND, tmp_path / "new" / "folder")
    assert page.name == "compare.html"
    told = json.loads((page.parent / "compare.json").read_bytes())
    assert told["word"] == "better"
    assert len(told["changed"]) == 13
    assert page.read_text() == text, "the same bytes again"


def test_a_name_is_text_and_no_mark_up(pages: Mapping[str, tuple[Comparison, str]]) -> None:
    page = pages["empty"][1]
    assert "<b onload" not in page
    assert str(escape(WICKED)) in page


def test_a_page_lists_so_many_changed_parts_and_says_so() -> None:
    n = LISTED + 7
    found = compare([one("a", "g" * n), one("b", "b" * n)])
    assert len(found.changed) == n
    page = render(found, COMMAND)
    assert page.count('data-label="Good in"') == LISTED
    assert "The first 200 of 207" in page


def test_lines_that_differ_get_no_common_number_and_others_do(
    pages: Mapping[str, tuple[Comparison, str]],
) -> None:
    page = pages["four"][1]
    assert "there is no number of all together" in page
    assert "p after Holm" in page
    alike = compare([one(f"v{k}", "g" * 40 + "b" * 3, seed=k) for k in range(3)])
    assert alike.together is not None
    assert alike.together.value == pytest.approx(40 / 43)
    assert "All versions together: 93.0" in render(alike, COMMAND)


def figure(unit: Literal["1", "1/h", "s"]) -> Figure:
    return Figure(
        name="x",
        label="x",
        unit=unit,
        higher_is_better=None,
        role="descriptive",
        arms=(),
        paired=False,
    )


def test_numbers_are_written_so_that_they_never_say_more() -> None:
    share = Estimate(value=0.98966, low=0.95009, high=0.99991, confidence=0.95, method="wilson")
    assert bounds(figure("1"), share) == "95.0\N{EN DASH}100.0 %"
    over = Estimate(value=0.9, low=0.8, high=0.95, method="korn-graubard over 4 shifts")
    assert bounds(figure("1"), over).endswith("% by 4 shifts")
    assert bounds(figure("s"), Estimate(value=1.0, low=0.95, method="x")) == "at least 0.9 s"
    assert bounds(figure("s"), Estimate(value=1.0, high=1.01, method="x")) == "at most 1.1 s"
    assert bounds(figure("1"), Estimate(value=0.5)) == "no interval"
    assert value(figure("1/h"), Estimate(value=None)) == "unknown"
    ratio = replace(figure("1/h"), scale="ratio", difference=2.0, low=1.004)
    assert difference_bounds(ratio) == "at least 1.00 times"
    assert p_value(0.00001) == "< 0.0001"
    assert p_value(None) == ""
    assert written("cochran-mantel-haenszel, exact") == "Cochran-Mantel-Haenszel, exact"
    assert short("qualifications/nut-loading-scheduled-0a1b2c3d") == "qualificatio…ed-0a1b2c3d"


def test_the_median_of_the_parts_differences() -> None:
    slow = [20.0 + k / 30 for k in range(20)]
    fast = [t - 0.5 for t in slow[:19]] + [slow[19] + 9]
    a = arm("a", shift("g" * 20, policy="a", cycle_s=slow))
    b = arm("b", shift("g" * 20, policy="b", cycle_s=fast))
    found = {one.name: one for one in compare([a, b]).figures}["cycle_time.p50"]
    assert (found.scale, found.pairs, found.test) == ("median difference", 20, "sign test")
    assert found.difference == pytest.approx(0.5)
    assert found.low == pytest.approx(0.5)
    assert found.high == pytest.approx(0.5)
    assert found.p == pytest.approx(2 * 21 / 2**20)


def test_step_ins_are_compared_by_their_ratio() -> None:
    a = one("a", "g" * 120, step_ins=12)
    b = one("b", "g" * 120, seed=2, step_ins=4)
    found = {one.name: one for one in compare([a, b]).figures}["step_ins"]
    assert found.scale == "ratio"
    assert found.difference == pytest.approx(3.0)
    assert found.p == pytest.approx(0.0768, abs=5e-5)
    assert found.arms[0].value == pytest.approx(12.0)
