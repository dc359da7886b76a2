"""`ontakt plan-test`: the known plans, the golden text, the page."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from ontakt.cli.main import run

EXAMPLE = "plan-test --reliability 0.99 --confidence 0.95 --takt 76s --true 0.998"
GOLDEN = """\
773 cycles with at most 3 failures show 99 % with 95 % confidence.
At a takt of 76 s that takes 16.3 h: 2.04 shifts of 8 h, so 3 are to be booked.
A robot that is only good 99 times in 100 passes in 5 of 100 tries.
A robot that is good 998 times in 1,000 fails this test in 7 of 100 tries.
No shorter test lets it pass in at least 90 of 100 tries.
A test that is read after every cycle (Wald's SPRT) and fails that robot in 10 of 100 tries takes \
about 494 cycles on average, and 245 cycles for one of 99 %; but it has no end that could be booked.

 failures allowed  cycles  hours  shifts  99.8 % robot fails  cycles if read any time
 ────────────────────────────────────────────────────────────────────────────────────
 0                    299   6.31   0.789                45 %                      449
 1                    473   9.99    1.25                24 %                      683
 2                    628   13.3    1.66                13 %                      882
 3 (this test)        773   16.3    2.04                 7 %                    1,065
 4                    913   19.3    2.41                 4 %                    1,238
 5                  1,049   22.1    2.77                 2 %                    1,404

"""


def plain(text: str) -> str:
    """Every space a blank, and none at the end of a line."""
    return re.sub(r" +$", "", re.sub(r"[\u00a0\u202f]", " ", text), flags=re.MULTILINE)


def said(capsys: pytest.CaptureFixture[str], words: str) -> str:
    assert run(words.split()) == 0
    return plain(capsys.readouterr().out)


def answer(capsys: pytest.CaptureFixture[str], words: str) -> dict[str, Any]:
    assert run([*words.split(), "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return found


def test_the_example_reads_as_it_did(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert said(capsys, EXAMPLE) == GOLDEN
    assert list(tmp_path.iterdir()) == []


def test_the_keys_are_a_contract(capsys: pytest.CaptureFixture[str]) -> None:
    told = answer(capsys, EXAMPLE)
    assert set(told) >= {
        "cycles", "hours", "shifts", "failures", "reliability", "confidence", "producers_risk",
        "consumers_risk", "oc", "anytime", "alternatives", "sprt", "mtba",
    }  # fmt: skip
    assert (told["cycles"], told["failures"]) == (773, 3)
    assert (told["reliability"], told["confidence"], told["true"]) == (0.99, 0.95, 0.998)
    assert told["hours"] == pytest.approx(773 * 76 / 3600)
    assert told["shifts"] == pytest.approx(told["hours"] / 8)
    assert told["whole_shifts"] == 3
    assert told["anytime"] == [449, 683, 882, 1065]
    assert told["mtba"] is None
    assert told["fair"]["cycles"] == 773


def test_the_known_plans_and_whom_they_fail(capsys: pytest.CaptureFixture[str]) -> None:
    rows = answer(capsys, EXAMPLE)["alternatives"]
    assert [row["failures"] for row in rows] == [0, 1, 2, 3, 4, 5]
    assert [row["cycles"] for row in rows] == [299, 473, 628, 773, 913, 1049]
    assert [round(100 * row["producers_risk"]) for row in rows] == [45, 24, 13, 7, 4, 2]
    assert [round(row["hours"], 1) for row in rows[:4]] == [6.3, 10.0, 13.3, 16.3]
    assert all(row["consumers_risk"] <= 0.05 for row in rows)


def test_a_long_test_takes_its_eight_and_its_eighty_shifts(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for reliability, cycles, hours, shifts in ((0.999, 2995, 63, 8), (0.9999, 29_956, 632, 79)):
        told = answer(capsys, f"plan-test --reliability {reliability} --failures 0")
        assert told["cycles"] == cycles
        assert round(told["hours"]) == hours
        assert round(told["shifts"]) == shifts


def test_the_curve_goes_through_both_robots(capsys: pytest.CaptureFixture[str]) -> None:
    told = answer(capsys, EXAMPLE)
    curve = dict(map(tuple, told["oc"]))
    assert curve[0.99] == told["consumers_risk"] <= 0.05
    assert curve[0.998] == pytest.approx(1 - told["producers_risk"])
    assert sorted(curve) == list(curve)
    assert sorted(curve.values()) == list(curve.values())


def test_without_a_true_success_nobody_is_told_to_fail(capsys: pytest.CaptureFixture[str]) -> None:
    told = answer(capsys, "plan-test --reliability 0.99")
    assert (told["producers_risk"], told["sprt"], told["fair"]) == (None, None, None)
    assert "Say with --true" in said(capsys, "plan-test --reliability 0.99")


def test_the_sprt_ends_sooner_on_average(capsys: pytest.CaptureFixture[str]) -> None:
    told = answer(capsys, "plan-test --reliability 0.95 --true 0.99")["sprt"]
    assert (told["consumers_risk"], told["producers_risk"]) == (pytest.approx(0.05), 0.1)
    # ln(0.9 / 0.05) / ln(0.99 / 0.95), and Wald's mean at a good robot
    assert told["clean_run"] == 71
    assert told["cycles_at_true"] == pytest.approx(
        (0.9 * 2.890372 - 0.1 * 2.251292) / 0.024736, 1e-3
    )


@pytest.mark.parametrize("takt", ["72s", "72", "1.2min", "0.02h"])
def test_takt_has_units(takt: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = answer(capsys, f"plan-test --reliability 0.99 --takt {takt}")
    assert told["takt_s"] == pytest.approx(72)
    assert told["hours"] == pytest.approx(773 * 72 / 3600)


def test_hours_between_assists(capsys: pytest.CaptureFixture[str]) -> None:
    words = "plan-test --reliability 0.99 --mtba 8h --true-mtba 2400min"
    told = answer(capsys, words)["mtba"]
    assert (told["hours"], told["true_hours"], told["allowed"]) == (8, 40, -1)
    hours = [row["hours"] for row in told["choices"]]
    assert [round(h, 2) for h in hours] == [23.97, 37.95, 50.37, 62.03]
    assert [row["shifts"] for row in told["choices"]] == pytest.approx([h / 8 for h in hours])
    assert [round(100 * row["producers_risk"]) for row in told["choices"]] == [45, 25, 13, 7]
    text = said(capsys, words)
    assert "16.3 h are too short to show 8 h between assists: that takes 24.0 h" in text
    assert " 3                 62.0    7.75               7 %\n" in text
    easy = said(capsys, "plan-test --reliability 0.99 --mtba 2")
    assert "16.3 h with at most 3 assists also show 2 h between assists." in easy


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("--true 0.9999", "in at least 90 of 100 tries has 299 cycles (6.31 h) without a failure"),
        ("--true 0.9975", "in at least 90 of 100 tries has 913 cycles (19.3 h) with at most 4"),
        ("--true 0.991", "too close to what is asked: no test with up to 100 failures"),
        ("--true 0.985", "is good 985 times in 1,000 is no better than asked and passes in 3 of"),
        ("--true 1", "A robot that is always good fails this test in fewer than 1 of 1,000"),
        ("--takt 20s", "that takes 4.29 h: one shift of 8 h holds it"),
    ],
)
def test_the_advice_follows_the_numbers(
    words: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sentence in said(capsys, f"plan-test --reliability 0.99 {words}")


def test_a_page_needs_nothing_but_itself(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    words = f"{EXAMPLE} --mtba 8h --true-mtba 40h --out"
    text = said(capsys, f"{words} {tmp_path / 'a' / 'b'}")
    page = tmp_path / "a" / "b" / "plan-test.html"
    assert text.endswith(f"Page: {page}\n")
    assert [path.name for path in page.parent.iterdir()] == ["plan-test.html"]
    html = plain(page.read_text(encoding="utf-8"))
    assert "773 cycles with at most 3 failures show 99 %" in html
    assert html.count("<svg") == 2
    drawn = re.sub(r'aria-label="[^"]*"', "", html)
    for label in ("99 % asked", "5 % pass", "99.8 % true", "93 % pass", "3 in 773", "1 in 473"):
        assert drawn.count(label) == 2, label  # once for a wall, once for a phone
    assert not re.search(r"https?://(?!www\.w3\.org)|<script|<link|src=", html)
    assert "prefers-color-scheme: dark" in html
    said(capsys, f"{words} {tmp_path / 'c'}")
    assert (tmp_path / "c" / page.name).read_bytes() == page.read_bytes()
    command = re.search(r"<pre>ontakt (.*)</pre>", html)
    assert command is not None
    again = command[1].replace("--out .", f"--out {tmp_path / 'd'}")
    said(capsys, again)
    assert (tmp_path / "d" / page.name).read_bytes() == page.read_bytes()
