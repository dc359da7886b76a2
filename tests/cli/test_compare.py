"""`ontakt compare`: toy shifts on the same parts, made-up ones on others, logs, and bad input."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.evidence.shifts import Plan, shift

from ontakt.cli.comparing.arms import read_arms
from ontakt.cli.comparing.reading import read_place
from ontakt.cli.main import run
from ontakt.contract.event import Record
from ontakt.evidence.comparison import Comparison, compare
from ontakt.evidence.gate.ladder import find_gate
from ontakt.evidence.gate.registration import Registered, Registration
from ontakt.evidence.store import open_store

KEYS = {
    "arms", "paired", "pairs", "difference", "low", "high", "p", "test", "sentence", "figures",
    "warnings", "word", "by", "why", "left_out", "confidence", "cells", "changed", "pairwise",
    "together", "page",
}  # fmt: skip


def keep(folder: Path, *shifts: Iterable[Record]) -> Path:
    """A folder with a store that holds `shifts`."""
    folder.mkdir(parents=True)
    with open_store(folder / "events.db", write=True) as store:
        for records in shifts:
            store.extend(records)
    return folder


def told(capsys: pytest.CaptureFixture[str], *words: str | Path) -> Any:
    assert run(["compare", *map(str, words), "--json"]) == 0
    return json.loads(capsys.readouterr().out.splitlines()[-1])


@pytest.fixture(scope="module")
def toys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two policies on the same parts, and one of them on easier ones."""
    folder = tmp_path_factory.mktemp("toys")
    for name, policy, level in (
        ("script", "expert", "harsh"),
        ("chunks", "chunk-expert", "harsh"),
        ("easy", "expert", "nominal"),
    ):
        words = f"shift toy --policy {policy} --cycles 4 --seed 5 --variation {level}"
        assert run([*words.split(), "--out", str(folder / name)]) == 0
    return folder


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three lines of two shifts each; the last one is poor."""
    folder = tmp_path_factory.mktemp("lines")
    for line, failure in enumerate((0.02, 0.02, 0.5)):
        for k in range(2):
            plan = Plan(
                seed=10 * line + k, cycles=60, failure=failure, starved=0.02, vary=False,
                name=f"line-{line}-{k}", policy_hash=f"p{line}",
            )  # fmt: skip
            keep(folder / f"line-{line}" / f"shift-{k}", shift(plan))
    return folder


def test_two_policies_on_the_same_parts(
    toys: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    found = told(capsys, toys / "script", toys / "chunks" / "events.db", "--out", tmp_path / "c")
    assert set(found) == KEYS
    assert [arm["name"] for arm in found["arms"]] == ["script", "chunks"]
    assert (found["paired"], found["pairs"], found["by"]) == (True, 4, "version")
    assert found["test"] == "mcnemar, exact"
    assert sum(found["cells"].values()) == 4
    assert len(found["changed"]) == found["cells"]["first"] + found["cells"]["second"]
    assert found["difference"] == pytest.approx(
        (found["arms"][0]["good"] - found["arms"][1]["good"]) / 4
    )
    assert found["figures"][0]["role"] == "main"
    assert {one["role"] for one in found["figures"][1:]} == {"descriptive"}
    times = {one["name"]: one for one in found["figures"]}["cycle_time.p50"]
    assert times["scale"] == "median difference"
    assert found["warnings"] == [], "one station, one takt, one software"
    assert found["page"] == str(tmp_path / "c" / "compare.html")
    kept = json.loads((tmp_path / "c" / "compare.json").read_bytes())
    assert kept == {key: found[key] for key in KEYS - {"page"}}
    assert "compare.json" in (tmp_path / "c" / "compare.html").read_text()


def test_two_variations_are_other_parts(
    toys: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    found = told(capsys, toys / "script", toys / "easy", "--out", tmp_path)
    assert not found["paired"]
    assert found["why"] == "their variations differ, and so do the parts"
    assert found["by"] == "shift"
    assert found["warnings"] == [
        "The arms differ in what they were worked with: variation (harsh, nominal).",
        "Whether the station files are the same is not on record.",
    ]


def test_it_is_told_on_a_terminal(
    toys: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["compare", str(toys / "script"), str(toys / "chunks")]) == 0
    said = capsys.readouterr().out
    assert "Part by part: same station, variation, seed and cycle number" in said
    assert "both sides good" in said
    assert "their p are not corrected for being many" in said
    (folder,) = (tmp_path / "comparisons").iterdir()
    assert folder.name.startswith("script-chunks-")
    assert said.splitlines()[-1] == f"Page: comparisons/{folder.name}/compare.html"


def test_lines_side_by_side(
    lines: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    places = sorted(lines.iterdir())
    found = told(capsys, *places, "--by", "line", "--out", tmp_path)
    assert (found["by"], found["word"]) == ("line", "differ")
    assert found["difference"] is None
    assert found["together"] is None
    assert "line-2 is worse than line-0 and line-1" in found["sentence"]
    assert [len(arm["shifts"]) for arm in found["arms"]] == [2, 2, 2]
    assert sum(arm["starved"] for arm in found["arms"]) > 0
    assert len(found["pairwise"]) == 3
    assert any("The arms differ in more than the line: policy" in w for w in found["warnings"])


def test_one_place_is_split_into_what_is_in_it(lines: Path, tmp_path: Path) -> None:
    everything = keep(
        tmp_path / "all",
        *(shift(Plan(seed=k, cycles=3, name=f"s{k}", policy_hash=f"p{k % 2}")) for k in range(4)),
    )
    assert [len(arm.shifts) for arm in read_arms([everything], "version")] == [2, 2]
    names = [arm.name for arm in read_arms([everything], "version")]
    assert names == ["expert p0", "expert p1"], "one name, two policies"
    assert [arm.name for arm in read_arms([everything], "shift")] == ["s0", "s1", "s2", "s3"]
    assert len(read_arms([*sorted(lines.iterdir())], "shift")) == 6
    assert [arm.name for arm in read_arms([everything], "line")] == ["nut-loading"]


def test_places_get_the_shortest_names_that_tell_them_apart(tmp_path: Path) -> None:
    for k, where in enumerate(("new/q/shifts/a", "old/q/shifts/a")):
        keep(tmp_path / where, shift(Plan(seed=k, cycles=2, name=f"s{k}")))
    arms = read_arms([tmp_path / "new" / "q", tmp_path / "old" / "q"], None)
    assert [arm.name for arm in arms] == ["new/q", "old/q"]


def test_a_qualification_knows_its_station_file(tmp_path: Path) -> None:
    keep(tmp_path / "q" / "shifts" / "plant-01", shift(Plan(cycles=2)))
    keep(tmp_path / "q" / "shifts" / ".plant-02.partial", shift(Plan(cycles=2, name="torn")))
    registered = Registered(
        plan=find_gate("demo"), station="nut-loading", station_hash="abc", robot="sim:g1",
        policy="expert", policy_hash="p", config_hashes={}, takt_s=76.0, latency="fixed:80ms",
        strategy="sync", seed=0, shifts={}, software={},
    )  # fmt: skip
    Registration.of(registered, "").write(tmp_path / "q")
    found = read_place(tmp_path / "q")
    assert [one.origin.shift for one in found.shifts] == ["2026-03-02-a"]
    assert found.station_hash == "abc"


def test_imported_logs(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for name, bad in (("one", 2), ("two", 30)):
        rows = ["cycle,start,ok,cycle_s"]
        for k in range(100):
            start = datetime(2026, 3, 2, tzinfo=UTC) + k * timedelta(seconds=76)
            ok = "nok" if k < bad else "ok"
            rows.append(f"{k},{start:%Y-%m-%dT%H:%M:%SZ},{ok},{50 + k % 7}")
        (tmp_path / f"{name}.csv").write_text("\n".join(rows) + "\n")
        log, out = str(tmp_path / f"{name}.csv"), str(tmp_path / name)
        assert run(["import", log, "--policy", name, "--takt", "76", "--out", out]) == 0
    capsys.readouterr()
    found = told(capsys, tmp_path / "one", tmp_path / "two", "--out", tmp_path / "c")
    assert (found["paired"], found["word"]) == (False, "better")
    assert "imported" in found["warnings"][0]
    assert run(["compare", log, str(tmp_path / "one")]) == 2
    assert "is a log; import it" in capsys.readouterr().err


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shifts that are hard to compare."""
    folder = tmp_path_factory.mktemp("bad")
    keep(folder / "whole", shift(Plan(seed=1, cycles=20, name="whole", policy_hash="a")))
    keep(folder / "cut", shift(Plan(seed=2, cycles=20, name="cut", cut=True, policy_hash="b")))
    keep(folder / "none", shift(Plan(seed=3, cycles=0, name="none", policy_hash="c")))
    keep(folder / "fast", shift(Plan(seed=4, cycles=20, name="fast", takt_s=30.0)))
    keep(folder / "empty" / "deeper" / "shift", shift(Plan(seed=5, cycles=1, name="deep")))
    return folder


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("", "at least 2 arms; 0 given"),
        ("whole", "at least 2 arms; 1 given (whole)"),
        ("whole nowhere", "nowhere: no shift there; give a shift's folder, its events.db"),
        ("whole empty", "empty: no shift there"),
        ("whole whole", "Shift whole is in 'whole' and in 'whole'"),
        ("whole whole/events.db", "a shift is compared with another one"),
        ("whole --by version", "at least 2 arms; 1 given (expert)"),
        ("whole cut --out whole/events.db", "cannot be written"),
    ],
)
def test_bad_input_is_refused_in_one_line(
    words: str,
    message: str,
    bad: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(bad)
    before = sorted(bad.rglob("*"))
    assert run(["compare", *words.split()]) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""
    assert sorted(bad.rglob("*")) == before


def test_what_can_be_compared_with_care_is_compared_with_a_warning(bad: Path) -> None:
    def of(second: str) -> Comparison:
        return compare(read_arms([bad / "whole", bad / second], None))

    cut = of("cut")
    assert any("was cut; its 19" in warning for warning in cut.warnings)
    assert cut.arms[1].cycles == 19
    none = of("none")
    assert none.word == "not enough data"
    assert "none: no cycle could be judged." in none.warnings
    assert none.difference is None
    (warning,) = [w for w in of("fast").warnings if "differ in more" in w]
    assert "takt" in warning


def test_an_unknown_kind_of_arm_ends_with_2(bad: Path) -> None:
    with pytest.raises(SystemExit) as caught:
        run(["compare", str(bad / "whole"), str(bad / "cut"), "--by", "colour"])
    assert caught.value.code == 2
