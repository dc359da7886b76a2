"""Events as JSON lines: there and back, and every recorded version still reads."""

import csv
import io
from pathlib import Path
from typing import get_args

import pytest
from msgspec.structs import replace
from tests.evidence.script import morning, night

from ontakt.contract import RecordError
from ontakt.contract.event import Event, encode
from ontakt.evidence.fold import fold
from ontakt.evidence.jsonl import import_events, read_events, write_events
from ontakt.evidence.kpi import kpis
from ontakt.evidence.store import open_store
from ontakt.evidence.summary import cycles_table

RECORDS = Path(__file__).parents[1] / "records"


def test_there_and_back(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    assert write_events(path, morning()) == len(morning())
    assert list(read_events(path)) == morning()


def test_from_a_store_into_another_and_out_again(tmp_path: Path) -> None:
    first, second = tmp_path / "1.jsonl", tmp_path / "2.jsonl"
    write_events(first, night())
    with open_store(tmp_path / "events.db", write=True) as store:
        assert import_events(first, store) == len(night())
        write_events(second, store.records("hand-1"))
    assert first.read_bytes() == second.read_bytes()


def test_a_bad_line_is_named_and_nothing_is_imported(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    lines = [encode(record) for record in morning()]
    for bad, complaint in {
        b"": "is not an event",
        b"shift,seq": "is not an event",
        lines[4].replace(b"StateChanged", b"StateGuessed"): "Invalid value 'StateGuessed'",
        lines[4][:-20]: "is not an event",
        encode(replace(morning()[4], v=2)): "version 2 of a newer Ontakt",
        b"\xff\xfe": "is not an event",
    }.items():
        path.write_bytes(b"\n".join([*lines[:4], bad, *lines[5:]]))
        with open_store(tmp_path / "events.db", write=True) as store:
            with pytest.raises(RecordError, match=complaint) as refusal:
                import_events(path, store)
            assert "events.jsonl, line 5" in str(refusal.value)
            assert store.shifts() == ()


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"cannot be read \(No such file"):
        list(read_events(tmp_path / "events.jsonl"))
    with pytest.raises(RecordError, match=r"cannot be written \(No such file"):
        write_events(tmp_path / "missing" / "events.jsonl", morning())


@pytest.mark.parametrize("version", sorted(folder.name for folder in RECORDS.iterdir()))
def test_every_recorded_version_reads_for_ever(version: str) -> None:
    """The files here are never written again: a plant's records outlive the software."""
    shift = fold(read_events(RECORDS / version / "events.jsonl"))
    stream = io.StringIO()
    rows = cycles_table(shift)
    names = ("cycle", "outcome", "cycle_s", "failure", "recoveries", "step_ins", "left_retries")
    writer = csv.DictWriter(stream, names, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    assert stream.getvalue() == (RECORDS / version / "cycles.csv").read_text()
    assert kpis(shift)["step_ins"].n == 1


def test_every_kind_of_event_was_recorded_once() -> None:
    kinds = {
        type(record.event)
        for path in RECORDS.glob("*/events.jsonl")
        for record in read_events(path)
    }
    assert kinds == set(get_args(Event)), "add a folder of records that holds the new kind"


def test_version_1_as_it_was_recorded() -> None:
    shift = fold(read_events(RECORDS / "v1" / "events.jsonl"))
    assert shift.started.notes == ("upper body on a fixed base",)
    assert shift.problems == ("Cycle 1 never ended.",)
    assert (shift.resumes, shift.cut, len(shift.pictures), len(shift.black_boxes)) == (
        1,
        False,
        1,
        1,
    )
