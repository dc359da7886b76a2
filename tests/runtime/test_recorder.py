"""Recordings: complete, readable by others, and alive after a kill."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mcap.exceptions import EndOfFile
from mcap.reader import make_reader
from mcap.stream_reader import StreamReader

from ontakt.contract import SIDES, HaltError, Observation, RecordError
from ontakt.contract.event import CycleStarted, Event, PhaseEntered, ShiftEnded
from ontakt.runtime import Executor, Tee, VirtualClock
from ontakt.runtime.fake import FakePolicy, FakeStation
from ontakt.runtime.recorder import Recorder, recover

HERE = Path(__file__).parent
START = 1_700_000_000_000_000_000

Message = tuple[str, int, dict[str, Any]]


class Stored:
    """A sink that keeps events."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def append(self, event: Event) -> None:
        self.events.append(event)


def read(path: Path) -> list[Message]:
    """Every message as (topic, log time, content), in the order of the file."""
    with path.open("rb") as stream:
        return [
            (channel.topic, message.log_time, json.loads(message.data))
            for _, channel, message in make_reader(stream).iter_messages(log_time_order=False)
        ]


def started(cycle: int) -> CycleStarted:
    return CycleStarted(cycle=cycle, due_tick=0, job=SIDES, variation={"misalignment": 0.001})


def work(folder: Path, nan_at: int | None = None) -> tuple[list[Observation], Stored]:
    """Two cycles of 20 ticks."""
    station, clock, store = FakeStation(), VirtualClock(30, START), Stored()
    recorder = Recorder(folder, station.spec.action_space, clock)
    sink = Tee(store, recorder)
    policy = FakePolicy(station, nan_at=nan_at)
    executor = Executor(station, policy, clock, seed=1, observers=(recorder,))
    for cycle in (1, 2):
        sink.append(started(cycle))
        executor.work(SIDES)
        for _ in range(20):
            executor.step()
        sink.append(PhaseEntered(cycle=cycle, side="left", phase="carry"))
    sink.append(ShiftEnded(reason="planned"))
    return policy.seen, store


def test_a_cycle_is_a_file_with_every_tick_and_event(tmp_path: Path) -> None:
    _, store = work(tmp_path)
    files = sorted((tmp_path / "cycles").iterdir())
    assert [file.name for file in files] == ["00001.mcap", "00002.mcap"]
    found = read(files[0])
    ticks = [content["tick"] for topic, _, content in found if topic == "/left/command"]
    assert ticks == list(range(20))
    stamps = {at for topic, at, _ in found if topic == "/right/arm"}
    assert stamps == {START + tick * 10**9 // 30 for tick in range(20)}
    told = [content for topic, _, content in found if topic == "/events"]
    assert [event["type"] for event in told] == ["CycleStarted", "PhaseEntered"]
    assert told[0]["variation"] == {"misalignment": 0.001}
    assert len(store.events) == 5
    last = [content for topic, _, content in read(files[1]) if topic == "/events"]
    assert last[-1]["type"] == "ShiftEnded"


def test_what_is_read_is_what_was_measured_and_commanded(tmp_path: Path) -> None:
    seen, _ = work(tmp_path)
    found = read(tmp_path / "cycles" / "00001.mcap")
    arms = {c["tick"]: c for topic, _, c in found if topic == "/left/arm"}
    for observation in seen[:2]:
        arm = observation.arms["left"]
        np.testing.assert_array_equal(arms[observation.tick]["position"], arm.position)
    commands = {c["tick"]: c for topic, _, c in found if topic == "/left/command"}
    assert arms[11]["position"] == commands[10]["position"]
    wanted = [c["tick"] for topic, _, c in found if topic == "/left/wanted"]
    assert wanted == [*range(3, 13), *range(16, 20)]
    moved = [c for topic, _, c in found if topic == "/tf"][-1]["transforms"]
    assert [t["child_frame_id"] for t in moved] == [
        "left_tool", "left_command", "right_tool", "right_command",
    ]  # fmt: skip
    assert moved[0]["rotation"] == {"x": 1.0, "y": 0.0, "z": 0.0, "w": 0.0}


def test_not_a_number_is_null_and_the_guard_is_heard(tmp_path: Path) -> None:
    work(tmp_path, nan_at=0)
    found = read(tmp_path / "cycles" / "00001.mcap")
    wanted = next(c for topic, _, c in found if topic == "/left/wanted")
    assert wanted["position"] == [None] * 3
    trips = [c for topic, _, c in found if topic == "/guard"]
    held = {(t["tick"], t["side"]) for t in trips if t["rule"] == "finite"}
    assert held == {(tick, side) for tick in range(3, 13) for side in SIDES}


def test_every_topic_has_a_schema_that_its_messages_keep(tmp_path: Path) -> None:
    work(tmp_path)
    with (tmp_path / "cycles" / "00001.mcap").open("rb") as stream:
        for schema, channel, message in make_reader(stream).iter_messages(log_time_order=False):
            assert schema is not None
            assert (schema.encoding, channel.message_encoding) == ("jsonschema", "json")
            described = json.loads(schema.data)
            assert described["type"] == "object"
            if schema.name != "ontakt.Event":
                assert set(json.loads(message.data)) <= set(described["properties"])


def kill_while_recording(folder: Path, kind: str, after: int) -> int:
    """Start a recording process, SIGKILL it after `after` ticks; returns the last tick that it
    said was written."""
    with subprocess.Popen(
        [sys.executable, str(HERE / "record_until_killed.py"), str(folder), kind],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        last = -1
        for line in process.stdout:
            last = int(line)
            if last >= after:
                os.kill(process.pid, signal.SIGKILL)
                break
        rest = process.stdout.read().split("\n")
        ticks = [int(line) for line in rest[:-1]]
        process.wait()
        assert process.returncode == -signal.SIGKILL
    return ticks[-1] if ticks else last


@pytest.mark.parametrize("after", [7, 300])
def test_a_kill_loses_no_tick_that_was_finished(tmp_path: Path, after: int) -> None:
    last = kill_while_recording(tmp_path, "mcap", after)
    path = tmp_path / "cycles" / "00001.mcap"
    torn = path.read_bytes()
    with path.open("rb") as stream, pytest.raises(EndOfFile):
        list(StreamReader(stream).records)
    count = recover(path)
    found = read(path)
    assert len(found) == count
    ticks = [content["tick"] for topic, _, content in found if topic == "/cell"]
    assert ticks == list(range(len(ticks)))
    assert ticks[-1] >= last
    assert path.stat().st_size < len(torn)
    with path.open("rb") as stream:
        summary = make_reader(stream).get_summary()
    assert summary is not None
    assert summary.chunk_indexes


def test_a_torn_tail_never_becomes_half_a_message(tmp_path: Path) -> None:
    """Cut within the framing, the message's head and its content, and with zeros after it."""
    work(tmp_path)
    path = tmp_path / "cycles" / "00001.mcap"
    whole, messages = path.read_bytes(), read(path)
    mark = whole.index(b'{"tick":12,')  # the first message of tick 12; its record begins before
    before = next(i for i, (_, _, content) in enumerate(messages) if content.get("tick") == 12)
    for cut in (-31, -30, -22, -5, 0, 1, 60):
        for tail in (b"", bytes(4096)):
            path.write_bytes(whole[: mark + cut] + tail)
            assert recover(path) == before
            assert read(path) == messages[:before]


def test_a_whole_file_is_mended_without_loss(tmp_path: Path) -> None:
    work(tmp_path)
    path = tmp_path / "cycles" / "00001.mcap"
    messages = read(path)
    assert recover(path) == len(messages)
    assert recover(path) == len(messages)  # and once more, from chunks
    assert read(path) == messages


@pytest.mark.parametrize("content", [b"", b"MC", b"no recording at all, but long enough"])
def test_what_is_no_recording_is_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.mcap"
    path.write_bytes(content)
    with pytest.raises(RecordError, match="is not an MCAP recording"):
        recover(path)
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "cycles").write_text("")
    recorder = Recorder(tmp_path, FakeStation().spec.action_space, VirtualClock(30, 0))
    with pytest.raises(HaltError, match="cannot be written"):
        recorder.on_event(started(1))
