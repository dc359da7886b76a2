"""The report of an imported log: whole, true to the figures, honest about what is not told."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.evidence.imported.logs import FIRST, GOOD, HEAD, log_of, shifts_of
from tests.evidence.test_report import Page

from ontakt.evidence.imported import CYCLES, read_import, read_manifest
from ontakt.evidence.kpi import kpis
from ontakt.evidence.report import RawFile, write_page
from ontakt.evidence.verification import verify


def page_of(folder: Path, text: str, **terms: Any) -> tuple[str, Page]:
    """The page of a log, from its folder."""
    shifts_of(folder, text, **terms)
    cell = folder / "cell"
    manifest = read_manifest(cell)
    raw = RawFile(CYCLES, manifest.rows, manifest.cycles_sha256, "cycles")
    out = write_page(read_import(cell), raw, cell / "report.html")
    written = out.read_text(encoding="utf-8")
    return written, Page(written)


def many(count: int, shifts: int = 1) -> str:
    """A log of `count` cycles a minute apart, with a stop in every hundredth."""
    lasted = np.random.default_rng(1).normal(50, 3, count).clip(30, 59)
    each = count // shifts
    rows = [
        f"{k},{1_772_438_400 + 60 * k + 20_000 * (k // each)},{seconds:.1f},1,{int(k % 50 > 0)},"
        f"{int(k % 100 == 99)},robot,{1 + k % 3}"
        for k, seconds in enumerate(lasted)
    ]
    return log_of(*rows, head=f"{HEAD},stop_s,stop_by,variation.clutter")


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        "count,ok\n128,true\n14,false\n",
        log_of(f"{FIRST},1,10,robot,jam,0.001",
               head=f"{HEAD},step_ins,stop_s,stop_by,failure,variation.misalignment"),
        "cycle,start,end,believed_ok,outcome\n1,2026-03-02T08:00:00Z,2026-03-02T08:01:00Z,1,\n",
    ],
    ids=["least", "summary", "rich", "no result"],
)  # fmt: skip
@pytest.mark.parametrize("takt", [76.0, None], ids=["takt", "no takt"])
def test_a_page_is_whole_and_says_what_is_unknown(
    text: str, takt: float | None, tmp_path: Path
) -> None:
    written, page = page_of(tmp_path, text, takt_s=takt)
    assert written.startswith("<!doctype html>")
    for word in ("None", " nan", "1970", "0 Hz", "Seed", "virtual"):
        assert word not in page.text, word
    assert "Imported from log.csv, a log that Ontakt did not record." in page.text
    assert "Unknown, as the log does not tell it: which policy was at work" in page.text
    (shift,) = read_import(tmp_path / "cell")
    for name, kpi in kpis(shift).items():
        assert (page.values()[name] == "unknown") == (kpi.value is None), name


def test_what_a_summary_cannot_say_is_not_measured(tmp_path: Path) -> None:
    _, page = page_of(tmp_path, "count,ok\n128,true\n14,false\n")
    assert "128 of 142 judged cycles were good (by the log), whether or not a person helped" in (
        page.text
    )
    for said in (
        "The log does not say when a person acted.",
        "The log does not say when its cycles began and ended.",
        "The log does not say how long its cycles took.",
        "The log does not name failures.",
        "so its time cannot be divided",
        "time unknown",
    ):
        assert said in page.text, said
    assert "Nobody" not in page.text
    assert "never stood" not in page.text


def test_failures_of_which_nobody_knows_whether_the_robot_got_over_them(tmp_path: Path) -> None:
    _, page = page_of(tmp_path, log_of(f"{FIRST},jam", head=f"{HEAD},failure"))
    assert "How many of them the robot got over is not in the log." in page.text
    assert "recovered or not" in page.text
    assert "0 recovered" not in page.text


def test_its_file_and_mapping_stand_on_it(tmp_path: Path) -> None:
    text, page = page_of(tmp_path, GOOD.replace("cycle_s", "Dauer"), columns={"cycle_s": "Dauer"})
    manifest = read_manifest(tmp_path / "cell")
    assert manifest.sha256 in text
    assert manifest.cycles_sha256 in text
    assert "cycle_s from Dauer" in page.text
    assert "2 rows and a header" in page.text


def test_it_can_be_verified(tmp_path: Path) -> None:
    page_of(tmp_path, many(30), takt_s=60.0)
    page = tmp_path / "cell" / "report.html"
    assert verify(page).reproduced
    page.write_text(page.read_text().replace("30 cycles", "31 cycles"))
    assert not verify(page).reproduced


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Page]:
    """More cycles than a figure can show one by one."""
    return page_of(tmp_path_factory.mktemp("large"), many(12_000), takt_s=60.0)


def test_very_many_cycles_make_a_small_page(large: tuple[str, Page]) -> None:
    text, page = large
    assert len(text) < 400_000
    assert "each stretch of cycles by its median, middle 90 % and slowest" in page.text
    assert "on takt (11760)" in page.text
    assert "outcome unknown (240)" in page.text
    assert "PackML states, as shares of each stretch of time." in page.text
    assert page.values()["uptime"] == "100 %" or page.values()["uptime"].startswith("99.")
    assert "clutter" in page.text


@pytest.mark.slow
def test_very_many_shifts_make_a_page_too(tmp_path: Path) -> None:
    text, page = page_of(tmp_path, many(100, shifts=20), takt_s=60.0)
    assert len(read_import(tmp_path / "cell")) == 20
    assert "and 15 earlier shifts, in the table below" in page.text
    assert text.count("Cycle times against takt") == 5
    rows = [row[0] for row in page.rows if row and row[0].startswith("log 2026")]
    assert len(rows) == 2 * len(set(rows)) == 40  # every shift at its rate, and with its figures
    assert "100" in page.values()["cycles"] or page.values()["cycles"] == "5"
