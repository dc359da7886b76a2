"""The scripted cell keeps the promises of a cell, so that tests on it mean something."""

import pytest
from tests.line.floor import work

from ontakt.contract import SIDES, Cell, RecordSink, StopCategory
from ontakt.contract.event import decode, encode
from ontakt.line.fake import Deed, FakeClock, MemorySink, ScriptedCell


def test_it_is_a_cell_and_a_sink() -> None:
    cell: Cell = ScriptedCell()
    sink: RecordSink = MemorySink(cell.clock)
    assert cell.sides == SIDES
    assert callable(sink.append)


def test_it_does_not_rest_in_motion() -> None:
    cell = ScriptedCell()
    cell.work(("left",))
    with pytest.raises(AssertionError, match="left is in motion"):
        cell.rest(10)
    cell.hold()
    cell.rest(10)
    assert cell.clock.tick == 10


def test_a_stop_brakes_and_a_harder_one_takes_over() -> None:
    cell = ScriptedCell(brake_ticks=3)
    assert cell.stop_phase == "running"
    cell.work(SIDES)
    for _ in range(60):
        cell.step()
    cell.stop(StopCategory.STANDING)
    cell.restart()  # it runs to its end first
    found = [cell.stop_phase]
    with pytest.raises(AssertionError, match="brake"):
        cell.rest(1)
    for _ in range(4):
        cell.step()
        found.append(cell.stop_phase)
    assert found == ["braking"] * 3 + ["standing"] * 2
    assert max(cell.moved) == 62
    cell.stop(StopCategory.IMMEDIATE)
    cell.stop(StopCategory.STANDING)
    assert (cell.stop_phase, cell.powered) == ("unpowered", False)
    cell.restart()
    assert (cell.stop_phase, cell.restarts) == ("running", [64])


def test_a_side_goes_home_alone() -> None:
    cell = ScriptedCell()
    cell.work(SIDES)
    for _ in range(100):
        cell.step()
    cell.home(("left",))
    for _ in range(60):
        signals = cell.step()
    assert signals.homed == {"left": True, "right": False}
    assert signals.drives == {"left": "home", "right": "policy"}
    assert list(signals.beliefs) == ["right"]


def test_a_waiting_nut_is_not_fed_again() -> None:
    cell = ScriptedCell(
        {(0, "left"): [Deed("no_grasp", 2.0), Deed("ok", 2.0), Deed("ok", 2.0)]}, magazine=2
    )
    assert [cell.feed("left"), cell.feed("left")] == [1, 1]
    cell.work(("left",))
    for _ in range(60):
        cell.step()
    assert cell.feed("left") == 1  # closed on nothing: the nut still waits
    cell.work(("left",))
    for _ in range(60):
        cell.step()
    assert [cell.feed("left"), cell.feed("right")] == [0, 1]
    cell.work(("left",))
    for _ in range(60):
        cell.step()
    assert cell.feed("left") is None


def test_time_only_goes_forward() -> None:
    with pytest.raises(ValueError, match="use 0 or more"):
        FakeClock().advance(-1)


def test_its_records_can_be_written_and_read() -> None:
    _, sink = work({(0, "left"): [Deed("drop"), Deed("drop")], (1, "left"): [Deed("guard_stop")]})
    assert [decode(encode(record)) for record in sink.records] == sink.records
    assert [record.seq for record in sink.records] == list(range(len(sink.records)))
