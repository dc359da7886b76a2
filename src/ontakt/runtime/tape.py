"""Reads the recording of one cycle back: what was seen and told, tick by tick."""

import struct
from base64 import b64decode
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import PIL.Image
from msgspec import Struct

from ontakt.contract import (
    ActionSpace,
    ArmState,
    Array,
    Drive,
    Image,
    MissingExtra,
    Observation,
    RecordError,
    Side,
    frozen_array,
)
from ontakt.runtime.recorder import intact

try:
    from mcap.exceptions import EndOfFile, McapError
    from mcap.records import Channel, Message
    from mcap.stream_reader import StreamReader
except ImportError as error:
    raise MissingExtra("a recording", "record") from error

_CAMERAS = "/cameras/"
_Numbers = list[float | None]
"""None for a number that was not finite."""


class Moment(Struct, frozen=True, eq=False, kw_only=True):
    """One control tick. A number that was not finite is NaN."""

    observation: Observation
    """With the images that were taken on this tick, and without sights: they are not recorded."""
    command: Array
    """(W,): the target that the robot was given."""
    drives: Mapping[Side, Drive]
    """After the tick."""
    starved: bool
    """True when the policy owed a target and the robot held."""


class _Arm(Struct):
    position: _Numbers
    quaternion: _Numbers
    opening: float | None
    grip_force: float | None
    wrist_force: _Numbers
    target: _Numbers
    target_opening: float | None
    joints: _Numbers | None = None


class _Target(Struct):
    position: _Numbers
    quaternion: _Numbers
    opening: float | None


class _Cell(Struct):
    drives: dict[Side, Drive]
    starved: bool
    job: tuple[Side, ...] = ()
    instruction: str = ""


class _Picture(Struct):
    data: str


class _Told(Struct):
    """What is asked of every message."""

    tick: int | None = None
    type: str | None = None


def read_tape(path: Path, space: ActionSpace) -> tuple[Moment, ...]:
    """Every control tick of the finished cycle that was recorded at `path`, in the order of time.

    The file may lack its own end, as after a kill, if the end of the cycle is in it. Raises
    RecordError for one that cannot be read, is damaged, or ends before the cycle does.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RecordError(f"{path}: cannot be read ({error.strerror or error}).") from error
    said: dict[int, dict[str, bytes]] = defaultdict(dict)
    stamps: dict[int, int] = {}
    ended = False
    try:
        for topic, message in _messages(data):
            told = msgspec.json.decode(message.data, type=_Told)
            if topic == "/events":
                ended = ended or told.type == "CycleEnded"
            elif told.tick is not None:
                said[told.tick][topic] = message.data
                stamps[told.tick] = message.log_time
        moments = tuple(_moment(tick, stamps[tick], said[tick], space) for tick in sorted(said))
    except (McapError, struct.error, KeyError, ValueError, OSError, SyntaxError) as error:
        raise RecordError(f"{path}: is damaged, or no recording ({error!r}).") from error
    if not ended:
        raise RecordError(f"{path}: is damaged: it ends before its cycle does.")
    return moments


def _messages(data: bytes) -> Iterator[tuple[str, Message]]:
    topics: dict[int, str] = {}
    with suppress(EndOfFile):  # a torn file ends without its footer
        for record in StreamReader(BytesIO(intact(data))).records:
            if isinstance(record, Channel):
                topics[record.id] = record.topic
            elif isinstance(record, Message):
                yield topics[record.channel_id], record


def _moment(tick: int, utc_ns: int, said: Mapping[str, bytes], space: ActionSpace) -> Moment:
    """Raises KeyError for a message that is missing, ValueError for one that is not as it must."""
    cell = msgspec.json.decode(said["/cell"], type=_Cell)
    arms = {side: _arm(said[f"/{side}/arm"]) for side in space.sides}
    observation = Observation(
        tick=tick,
        utc_ns=utc_ns,
        arms=arms,
        images={
            topic.removeprefix(_CAMERAS): _image(message)
            for topic, message in said.items()
            if topic.startswith(_CAMERAS)
        },
        instruction=cell.instruction,
        job=cell.job,
    )
    rows = [_row(said[f"/{side}/command"]) for side in space.sides]
    return Moment(
        observation=observation,
        command=frozen_array(np.concatenate(rows)),
        drives=cell.drives,
        starved=cell.starved,
    )


def _arm(message: bytes) -> ArmState:
    arm = msgspec.json.decode(message, type=_Arm)
    return ArmState(
        position=_array(arm.position, 3),
        quaternion=_array(arm.quaternion, 4),
        opening=_number(arm.opening),
        grip_force=_number(arm.grip_force),
        wrist_force=_array(arm.wrist_force, 3),
        target=_array(arm.target, 3),
        target_opening=_number(arm.target_opening),
        joints=None if arm.joints is None else _array(arm.joints),
    )


def _row(message: bytes) -> Array:
    told = msgspec.json.decode(message, type=_Target)
    return _array([*told.position, *told.quaternion, told.opening], 8)


def _image(message: bytes) -> Image:
    data = b64decode(msgspec.json.decode(message, type=_Picture).data, validate=True)
    with PIL.Image.open(BytesIO(data)) as picture:
        image: Image = np.asarray(picture.convert("RGB"))
    image.setflags(write=False)
    return image


def _array(values: _Numbers, length: int | None = None) -> Array:
    if length is not None and len(values) != length:
        raise ValueError(f"{len(values)} numbers instead of {length}")
    return frozen_array([_number(value) for value in values])


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)
