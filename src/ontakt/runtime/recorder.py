"""One MCAP file per cycle: what was seen, measured, wanted, commanded and said, tick by tick.

A file under way has no chunks and is flushed after every tick, so a kill costs at most the tick
that was being written; `recover` makes an indexed file of a torn one. Importing this module raises
MissingExtra without mcap.
"""

import os
import struct
from collections.abc import Callable, Mapping
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import msgspec

from ontakt.contract import (
    ActionSpace,
    Clock,
    Command,
    HaltError,
    MissingExtra,
    Observation,
    RecordError,
    Side,
    Signals,
)
from ontakt.contract.event import CycleStarted, Event, ShiftEnded
from ontakt.runtime.topics import SCHEMAS, messages, topics
from ontakt.runtime.wanted import Wanted

try:
    from mcap.exceptions import EndOfFile, McapError
    from mcap.records import Channel, Message, Schema
    from mcap.stream_reader import StreamReader
    from mcap.writer import Writer
except ImportError as error:
    raise MissingExtra("recording", "record") from error

CYCLES = "cycles"
"""The folder of the recordings, in the shift's."""
_MAGIC = 8
"""Bytes before the first record."""
_FRAME = struct.Struct("<BQ")
"""Before every record: its kind and its length."""
_finish: Callable[[Writer], object] = Writer.finish
"""mcap leaves this one method without types."""


class Recorder:
    """Writes `cycles/00012.mcap` beneath `folder`, from the event that starts cycle 12 to the one
    that starts the next. An observer of the cell and a listener to its events.

    Of `cameras` the images are written too, on the ticks on which somebody looked: the policy,
    when it was asked. Raises HaltError when a file cannot be written.
    """

    def __init__(
        self, folder: Path, space: ActionSpace, clock: Clock, cameras: tuple[str, ...] = ()
    ) -> None:
        self._folder = folder / CYCLES
        self._space = space
        self._cameras = cameras
        self._clock = clock
        self._file: _File | None = None

    def on_tick(
        self,
        tick: int,  # noqa: ARG002
        observation: Observation,
        wanted: Mapping[Side, Wanted],
        command: Command,
        signals: Signals,
    ) -> None:
        """As `Observer.on_tick`."""
        if self._file is not None:
            told = messages(self._space, self._cameras, observation, wanted, command, signals)
            for topic, data in told:
                self._file.write(topic, observation.utc_ns, data)
            self._file.flush()

    def on_event(self, event: Event) -> None:
        """As `Listener.on_event`."""
        if isinstance(event, CycleStarted):
            self.close()
            self._file = _File(
                self._folder / f"{event.cycle:05d}.mcap", topics(self._space.sides, self._cameras)
            )
        if self._file is not None:
            told = msgspec.to_builtins(event) | {"tick": self._clock.tick}
            self._file.write("/events", self._clock.utc_ns(), msgspec.json.encode(told))
            self._file.flush()
        if isinstance(event, ShiftEnded):
            self.close()

    def close(self) -> None:
        """Finish the file that is open, if one is."""
        if self._file is not None:
            self._file.finish()
            self._file = None


class _File:
    """One open MCAP file without chunks."""

    def __init__(self, path: Path, schema_of: Mapping[str, str]) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._stream = path.open("wb")
        except OSError as error:
            raise self._failed(error) from error
        # mcap wraps an unbuffered file in a buffer that it does not flush: we flush our own.
        self._writer = Writer(self._stream, use_chunking=False)
        self._writer.start(profile="", library="ontakt")
        schemas = {
            name: self._writer.register_schema(name, "jsonschema", msgspec.json.encode(schema))
            for name, schema in SCHEMAS.items()
        }
        self._channels = {
            topic: self._writer.register_channel(topic, "json", schemas[name])
            for topic, name in schema_of.items()
        }
        self._sequence = dict.fromkeys(self._channels, 0)
        self.flush()

    def write(self, topic: str, utc_ns: int, data: bytes) -> None:
        try:
            self._writer.add_message(
                self._channels[topic], utc_ns, data, utc_ns, self._sequence[topic]
            )
        except OSError as error:
            raise self._failed(error) from error
        self._sequence[topic] += 1

    def flush(self) -> None:
        """Hand everything to the operating system: from here on it survives this process."""
        try:
            self._stream.flush()
        except OSError as error:
            raise self._failed(error) from error

    def finish(self) -> None:
        _finish(self._writer)
        self._stream.close()

    def _failed(self, error: OSError) -> HaltError:
        return HaltError(f"{self._path}: the recording cannot be written ({error}).")


def recover(path: Path) -> int:
    """Rewrite the recording `path`, torn or whole, as a chunked and indexed one in its place.

    Everything up to the tear is kept; returns the number of messages. Raises RecordError for a
    file that cannot be read or written, or is no MCAP recording.
    """
    fresh = path.with_suffix(".mcap.part")
    try:
        data = path.read_bytes()
        with fresh.open("wb") as stream:
            count = _copy(intact(data), Writer(stream))
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(path)
    except OSError as error:
        raise RecordError(f"{path}: cannot be recovered ({error}).") from error
    except (McapError, struct.error, UnicodeDecodeError, KeyError) as error:
        fresh.unlink()
        raise RecordError(f"{path}: is not an MCAP recording ({error!r}).") from error
    return count


def intact(data: bytes) -> bytes:
    """`data` up to the end of its last whole record: a reader of the stream would take half a
    message for a whole one. A lost disk leaves zeros at the end, which no record ends with."""
    data = data.rstrip(b"\0")
    end = _MAGIC
    while end + _FRAME.size <= len(data):
        _, length = _FRAME.unpack_from(data, end)
        if end + _FRAME.size + length > len(data):
            break
        end += _FRAME.size + length
    return data[:end]


def _copy(data: bytes, writer: Writer) -> int:
    """Copy schemas, channels and messages; returns the number of messages."""
    records = StreamReader(BytesIO(data)).records
    next(records)  # the header: what has none is no recording
    writer.start(profile="", library="ontakt")
    schemas: dict[int, int] = {0: 0}
    channels: dict[int, int] = {}
    count = 0
    with suppress(EndOfFile):  # a torn file ends without its footer
        for record in records:
            if isinstance(record, Schema) and record.id not in schemas:
                schemas[record.id] = writer.register_schema(
                    record.name, record.encoding, record.data
                )
            elif isinstance(record, Channel) and record.id not in channels:
                channels[record.id] = writer.register_channel(
                    record.topic,
                    record.message_encoding,
                    schemas[record.schema_id],
                    record.metadata,
                )
            elif isinstance(record, Message):
                writer.add_message(
                    channels[record.channel_id],
                    record.log_time,
                    record.data,
                    record.publish_time,
                    record.sequence,
                )
                count += 1
    _finish(writer)
    return count
