"""Shifts under every strategy and latency model: the virtual clock repeats them byte for byte."""

import json
from pathlib import Path

import msgspec
import pytest

from ontakt.cli.main import run
from ontakt.contract.event import CycleEnded, Record, ShiftStarted
from ontakt.evidence.store import open_store


def worked(capsys: pytest.CaptureFixture[str], folder: Path, *words: str) -> list[Record]:
    """The events of a shift at the toy station, with the wall-clock stamps taken out."""
    shift = ("shift", "toy", "--cycles", "1", "--policy", "chunk-expert", "--variation", "plant")
    assert run([*shift, *words, "--out", str(folder), "--json"]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    with open_store(folder / "events.db") as store:
        return [msgspec.structs.replace(r, utc_ns=0) for r in store.records(told["shift_id"])]


SLOW = [pytest.param(text, marks=pytest.mark.slow) for text in ("fixed:0", "fixed:240", "trace:")]

BLENDED = ("ensemble", "lerp")
"""Strategies whose weights have tests of their own, in a thousandth of the time."""


@pytest.mark.parametrize("latency", ["normal:160,80", *SLOW])
@pytest.mark.parametrize(
    "strategy",
    ["sync", "async", "prefix", *(pytest.param(s, marks=pytest.mark.slow) for s in BLENDED)],
)
def test_a_shift_repeats_byte_for_byte(
    strategy: str, latency: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    if latency == "trace:":
        (tmp_path / "ms.txt").write_text("80 400 30 0 210")
        latency += str(tmp_path / "ms.txt")
    words = ("--strategy", strategy, "--latency", latency, "--seed", "4")
    first = worked(capsys, tmp_path / "a", *words)
    again = worked(capsys, tmp_path / "b", *words)
    assert first == again
    started = first[0].event
    assert isinstance(started, ShiftStarted)
    assert (started.strategy, started.latency, started.clock) == (strategy, latency, "virtual")
    stats = [r.event.stats for r in first if isinstance(r.event, CycleEnded)]
    assert all(s is not None and s.driven_ticks > 0 and s.late_ticks == 0 for s in stats)
    seams = sum(s.seams for s in stats if s is not None)
    assert (seams == 0) is (strategy == "sync")


def test_the_seed_draws_the_latency(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    words = ("--strategy", "async", "--latency", "normal:160,80")
    stats = [
        [r.event.stats for r in worked(capsys, tmp_path / seed, *words, "--seed", seed)
         if isinstance(r.event, CycleEnded)]
        for seed in ("1", "2")
    ]  # fmt: skip
    assert stats[0] != stats[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--strategy", "fast"), "Unknown strategy 'fast'"),
        (("--strategy", "rtc"), "guides the flow of a policy"),
        (("--policy", "expert", "--strategy", "prefix"), "was trained with a prefix"),
        (("--latency", "normal:80"), "latency is 'normal:80'"),
        (("--strategy", "lerp?blend=no"), "lerp's blend is 'no'"),
    ],
)
def test_what_cannot_be_worked_is_one_line_and_leaves_nothing(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    base = ["shift", "toy", "--policy", "chunk-expert", "--out", str(tmp_path / "x")]
    assert run([*base, *words]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1
    assert not (tmp_path / "x").exists()
