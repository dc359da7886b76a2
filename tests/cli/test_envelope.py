"""`ontakt envelope`: designed, registered, worked by a made-up fleet, gone on with, told."""

import json
import time
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.evidence.envelope.made import Kind, Made, records

from ontakt.cli.envelope_study.plan import EnvelopePlan
from ontakt.cli.envelope_study.spans import find_spans
from ontakt.cli.fleet import fleet as fleets
from ontakt.cli.fleet.kept import read_kept
from ontakt.cli.fleet.order import ShiftOrder, check_orders
from ontakt.cli.fleet.result import ShiftDone, ShiftResult
from ontakt.cli.fleet.watch import Watch
from ontakt.cli.folder import STORE
from ontakt.cli.main import run
from ontakt.cli.options import ShiftOptions
from ontakt.cli.provenance import software
from ontakt.contract import BadValue, UnknownName
from ontakt.contract.event import Record, ShiftStarted
from ontakt.evidence.envelope import Cell, Design
from ontakt.evidence.store import open_store
from ontakt.station.registry import find_station
from ontakt.station.variation import parse_variation

WORDS = (
    "envelope", "toy", "--policy", "expert", "--axes", "misalignment=0..8mm",
    "--rungs", "3", "--budget", "24", "--reliability", "0.65",
)  # fmt: skip
CELLS = [f"ladders/misalignment-{k}" for k in range(3)]


class MadeFleet:
    """Writes shifts as a plan's own would be, whose parts are good up to 5 mm."""

    jobs = 2

    def __init__(self, most: int = 1000) -> None:
        self.worked: list[str] = []
        self.most = most
        """Shifts after which somebody presses Ctrl-C."""

    def work(
        self, orders: Sequence[ShiftOrder], folder: Path, watch: Watch
    ) -> Generator[ShiftResult, None, None]:
        """As `Fleet.work`."""
        for order in orders:
            if len(self.worked) == self.most:
                raise KeyboardInterrupt
            watch.begins(order)
            place = folder / order.name
            place.mkdir(parents=True)
            with open_store(place / STORE, write=True) as store:
                for record in _records(order):
                    store.append(record)
            self.worked.append(order.name)
            kept = read_kept(place, order)
            assert kept is not None
            yield ShiftDone(order, kept)


def _records(order: ShiftOrder) -> list[Record]:
    """Events of `order`: its axes as its command line holds them."""
    held = dict(word.split("=") for word in order.options.variation if "=" in word)
    at = {axis: float(text.removesuffix(" mm")) for axis, text in held.items()}
    cycles = order.options.cycles or 0
    kind: Kind = "good" if at.get("misalignment", 0.0) <= 5.0 else "assisted"
    cell = Cell(name=order.name, at=at, cycles=cycles, seed=order.options.seed)
    said = []
    for record in records(cell, Made(kinds=[kind] * cycles, mode="stall")):
        event = record.event
        if isinstance(event, ShiftStarted):
            told = {"command": order.options.command(), "software": software()}
            event = msgspec.structs.replace(event, **told)
        origin = msgspec.structs.replace(record.origin, policy_hash=order.policy_hash or "")
        said.append(msgspec.structs.replace(record, event=event, origin=origin))
    return said


@pytest.fixture
def fleet(monkeypatch: pytest.MonkeyPatch) -> MadeFleet:
    made = MadeFleet()
    monkeypatch.setattr(fleets, "LocalFleet", lambda _jobs: made)
    return made


def work(capsys: pytest.CaptureFixture[str], folder: Path, *words: str) -> tuple[Any, str]:
    """Work an envelope; its JSON and what it said on stderr."""
    assert run([*(words or WORDS), "--out", str(folder), "--json"]) == 0
    captured = capsys.readouterr()
    return json.loads(captured.out.splitlines()[-1]), captured.err


def test_an_envelope_that_was_cut_goes_on_and_is_the_same(
    fleet: MadeFleet, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The first time for people, the second for programs: the files are the same bytes."""
    assert run([*WORDS, "--out", str(tmp_path / "whole")]) == 0
    table = capsys.readouterr().out.replace("\N{NO-BREAK SPACE}", " ")
    assert table.startswith("Misalignment: holds 65 % with 95 % confidence up to 4 mm; fails by")
    assert "misalignment, mm" in table
    assert f"Page: {tmp_path / 'whole'}/envelope.html" in table
    fleet.worked, fleet.most = [], 1
    with pytest.raises(KeyboardInterrupt):
        run([*WORDS, "--out", str(tmp_path / "cut")])
    assert not (tmp_path / "cut" / "envelope.json").exists()
    capsys.readouterr()
    fleet.worked, fleet.most = [], 1000
    said, heard = work(capsys, tmp_path / "cut")
    assert "24 of 24 cycles: 3 rungs on 1 ladder with 8" in heard.replace("\N{NO-BREAK SPACE}", " ")
    assert "1 of 3 cells are already there and not worked again" in heard
    assert fleet.worked == CELLS[1:]
    for name in ("envelope.json", "envelope.html", "misaligned.html", "envelope.png", "plan.json"):
        first, second = ((tmp_path / one / name).read_bytes() for one in ("whole", "cut"))
        assert first == second, name
    limit = said["limits"]["misalignment"]
    assert (limit["holds_up_to"], limit["fails_beyond"], limit["failure"]) == (4, 8, "stall")
    assert said["misaligned"][-1]["assisted"] == said["design"]["rung"]
    assert said["folder"] == str(tmp_path / "cut")
    assert Path(said["report"]).is_file()
    assert Path(said["misaligned_page"]).is_file()
    assert said["command"][:3] == ["ontakt", "envelope", "toy"]
    plan = json.loads((tmp_path / "cut" / "plan.json").read_bytes())
    assert set(plan) > {"design", "policy_hash", "station_hash", "software", "base"}
    assert plan["base"]["words"] == ["nominal"]
    stored = json.loads((tmp_path / "cut" / "envelope.json").read_bytes())
    for name, value in stored.items():
        assert said[name] == value


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--seed", "1"), "the design (axes, budget, rungs, reliability, confidence or seed)"),
        (("--reliability", "0.6"), "other values of the design"),
        (("--variation", "plant"), "other values of --variation"),
        (("--takt", "20"), "other values of takt"),
        (("--latency", "fixed:40ms"), "other values of --latency"),
    ],
)
def test_a_changed_plan_is_refused(
    words: tuple[str, ...],
    message: str,
    fleet: MadeFleet,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    fleet.most = 1
    with pytest.raises(KeyboardInterrupt):
        run([*WORDS, "--out", str(tmp_path)])
    capsys.readouterr()
    before = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*")}
    assert run([*WORDS, *words, "--out", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "holds another envelope (registered with other values of" in said
    assert message in said
    assert said.count("\n") == 1
    assert {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*")} == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("toi", "Unknown station 'toi'. Did you mean 'toy'?"),
        ("toy --policy expart", "Unknown policy 'expart'. Did you mean 'expert'?"),
        ("toy --axes misalignement", "Unknown variation axis 'misalignement'. Did you mean"),
        ("toy --axes wear wear", "--axes is 'wear'; each stands there once"),
        ("toy --axes wear=0.5", "wear is '0.5'; a ladder has two ends"),
        ("toy --axes misalignment=0..20mm", "it lies between 0 mm and 10 mm"),
        ("toy --budget 100", "--budget is 100; at least 416 cycles: 8 on each of 36 rungs, 4 at"),
        ("toy --reliability 1", "--reliability is 1.0"),
        ("toy --confidence 0", "--confidence is 0.0"),
        ("toy --rungs 2", "--rungs is 2; 3 to 20 values an axis"),
        ("toy --jobs 0", "--jobs is 0; at least 1 cell at a time"),
        ("toy --latency measured", "--latency measured changes with what else"),
        ("toy --fleet cloud", "Unknown fleet 'cloud'. Available: local, ray."),
        ("toy --variation harhs", "Unknown variation 'harhs'. Did you mean 'harsh'?"),
    ],
)
def test_it_is_refused_in_one_line_before_anything_runs(
    words: str,
    message: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["envelope", *words.split()]) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""
    assert list(tmp_path.iterdir()) == []


def test_every_cell_holds_its_axes_above_the_base_level() -> None:
    spans = find_spans(("misalignment", "clutter"), find_station("toy").levels)
    design = Design.new(spans, reliability=0.9, confidence=0.95, rungs=3, seed=5, budget=100)
    options = ShiftOptions(
        station="toy", robot=None, policy="expert", cycles=1, hours=None, takt=None, seed=5,
        variation=("plant", "wear=0.2"), latency="fixed:80ms",
    )  # fmt: skip
    plan = EnvelopePlan.new(options, design)
    check_orders(plan.orders)
    words = {order.name: order.options.variation for order in plan.orders}
    assert words["ladders/misalignment-1"] == ("plant", "wear=0.2", "misalignment=5 mm")
    assert words["ladders/clutter-2"] == ("plant", "wear=0.2", "clutter=8")
    assert all(len(words[cell.name]) == 4 for cell in design.space)
    for order in plan.orders:  # what is typed is what was planned
        drawn = parse_variation(order.options.variation, find_station("toy").levels).draw(1, 0)
        cell = next(cell for cell in design.cells if cell.name == order.name)
        for axis, value in cell.at.items():
            si = next(span.si for span in spans if span.axis == axis)
            assert drawn[axis] == pytest.approx(value * si)
    assert plan.folder() == EnvelopePlan.new(options, design).folder()


def test_axes_go_from_the_calmest_level_to_their_harsh_bound() -> None:
    levels = find_station("nut-loading").levels
    spans = {span.axis: span for span in find_spans((), levels)}
    assert list(spans) == ["misalignment", "tolerance", "lighting", "clutter", "wear", "magnet"]
    ends = {name: (span.calm, span.harsh) for name, span in spans.items()}
    assert ends["misalignment"] == (0.0, 10.0)
    assert ends["tolerance"] == (0.8, 0.02), "small is hard"
    assert ends["clutter"] == (0.0, 8.0)
    assert spans["clutter"].whole
    (narrow,) = find_spans(("tolerance=0.05..0.3mm",), levels)
    assert (narrow.calm, narrow.harsh, narrow.si) == (0.3, 0.05, 1e-3)
    with pytest.raises(UnknownName):
        find_spans(("colour",), levels)
    with pytest.raises(BadValue):
        find_spans(("wear=0..2",), levels)


@pytest.mark.slow
def test_the_toy_station_has_an_envelope(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Real shifts: a part that is off by more than the camera's window cannot be loaded."""
    begun = time.monotonic()
    said, _ = work(
        capsys, tmp_path, "envelope", "toy", "--policy", "expert", "--axes",
        "misalignment=0..8mm", "--rungs", "3", "--budget", "30", "--reliability", "0.7",
    )  # fmt: skip
    limit = said["limits"]["misalignment"]
    assert limit["holds_up_to"] == 4
    assert limit["fails_beyond"] == 8
    assert limit["failure"] == "stall"
    assert limit["low"] <= limit["estimate"] <= limit["high"]
    assert (tmp_path / "ladders" / "misalignment-2" / "report.html").is_file()
    assert time.monotonic() - begun < 300
