"""What a recording is made of: its topics, their JSON schemas, and the messages of one tick.

The schemas are plain JSON Schema, which Foxglove and Lichtblick plot without a plug-in; `/tf`
follows `foxglove.FrameTransforms`, so that the 3D panel shows the tools move, and
`/cameras/NAME` follows `foxglove.CompressedImage`, so that the image panel shows what was seen.
"""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any

import msgspec
import PIL.Image

from ontakt.contract import (
    ActionSpace,
    ArmState,
    Array,
    Command,
    GuardTrip,
    Image,
    Observation,
    Side,
    Signals,
)
from ontakt.runtime.wanted import Wanted

Schema = dict[str, Any]

_NUMBER: Schema = {"type": "number"}
_INTEGER: Schema = {"type": "integer"}
_TEXT: Schema = {"type": "string"}
_FLAG: Schema = {"type": "boolean"}


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties}


def _array(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _map(values: Schema) -> Schema:
    return {"type": "object", "additionalProperties": values}


_NUMBERS = _array(_NUMBER)
_TIME = _object(sec=_INTEGER, nsec=_INTEGER)
_XYZ = _object(x=_NUMBER, y=_NUMBER, z=_NUMBER)
_POSE = _object(tick=_INTEGER, position=_NUMBERS, quaternion=_NUMBERS, opening=_NUMBER)

SCHEMAS: dict[str, Schema] = {
    "ontakt.ArmState": _object(
        tick=_INTEGER,
        position=_NUMBERS,
        quaternion=_NUMBERS,
        opening=_NUMBER,
        grip_force=_NUMBER,
        wrist_force=_NUMBERS,
        target=_NUMBERS,
        target_opening=_NUMBER,
        joints=_NUMBERS,
    ),
    "ontakt.Target": _POSE,
    "ontakt.Cell": _object(
        tick=_INTEGER,
        drives=_map(_TEXT),
        homed=_map(_FLAG),
        beliefs=_map(_object(phase=_TEXT, done=_FLAG, retries=_INTEGER)),
        starved=_FLAG,
        hold=_FLAG,
        grip_force=_NUMBER,
        job=_array(_TEXT),
        instruction=_TEXT,
    ),
    "ontakt.GuardTrip": _object(
        tick=_INTEGER, rule=_TEXT, action=_TEXT, side=_TEXT, value=_NUMBER, limit=_NUMBER
    ),
    "ontakt.Event": _object(type=_TEXT, tick=_INTEGER, cycle=_INTEGER),
    "foxglove.FrameTransforms": _object(
        transforms=_array(
            _object(
                timestamp=_TIME,
                parent_frame_id=_TEXT,
                child_frame_id=_TEXT,
                translation=_XYZ,
                rotation=_object(x=_NUMBER, y=_NUMBER, z=_NUMBER, w=_NUMBER),
            )
        )
    ),
    "foxglove.CompressedImage": _object(
        tick=_INTEGER,
        timestamp=_TIME,
        frame_id=_TEXT,
        format=_TEXT,
        data={"type": "string", "contentEncoding": "base64"},
    ),
}


def topics(sides: tuple[Side, ...], cameras: tuple[str, ...]) -> dict[str, str]:
    """Every topic of a recording, with the name of its schema."""
    found = {
        "/cell": "ontakt.Cell",
        "/guard": "ontakt.GuardTrip",
        "/events": "ontakt.Event",
        "/tf": "foxglove.FrameTransforms",
    }
    for side in sides:
        found[f"/{side}/arm"] = "ontakt.ArmState"
        found[f"/{side}/wanted"] = found[f"/{side}/command"] = "ontakt.Target"
    for camera in cameras:
        found[f"/cameras/{camera}"] = "foxglove.CompressedImage"
    return found


def messages(
    space: ActionSpace,
    cameras: tuple[str, ...],
    observation: Observation,
    wanted: Mapping[Side, Wanted],
    command: Command,
    signals: Signals,
) -> Iterator[tuple[str, bytes]]:
    """The messages of one control tick as (topic, JSON), with those images of `cameras` that were
    taken; a value that is not finite is null."""
    tick, transforms = signals.tick, []
    for side in space.sides:
        arm, k = observation.arms[side], space.start(side)
        told = command.target[k : k + 8]
        yield f"/{side}/arm", _json(_arm(tick, arm))
        if side in wanted:
            yield f"/{side}/wanted", _json(_target(tick, wanted[side].target))
        yield f"/{side}/command", _json(_target(tick, told))
        transforms += [
            _transform(observation.utc_ns, f"{side}_tool", arm.position, arm.quaternion),
            _transform(observation.utc_ns, f"{side}_command", told[:3], told[3:7]),
        ]
    yield "/tf", _json({"transforms": transforms})
    for trip in signals.trips:
        yield "/guard", _json(_trip(tick, trip))
    yield (
        "/cell",
        _json(
            {
                "tick": tick,
                "drives": signals.drives,
                "homed": signals.homed,
                "beliefs": signals.beliefs,
                "starved": signals.starved,
                "hold": command.hold,
                "grip_force": command.grip_force,
                "job": observation.job,
                "instruction": observation.instruction,
            }
        ),
    )
    for camera in cameras:
        if (image := observation.images.get(camera)) is not None:
            yield f"/cameras/{camera}", _json(_picture(tick, observation.utc_ns, camera, image))


_json = msgspec.json.encode  # NaN and infinity become null


def _arm(tick: int, arm: ArmState) -> dict[str, Any]:
    return {
        "tick": tick,
        "position": arm.position.tolist(),
        "quaternion": arm.quaternion.tolist(),
        "opening": float(arm.opening),
        "grip_force": float(arm.grip_force),
        "wrist_force": arm.wrist_force.tolist(),
        "target": arm.target.tolist(),
        "target_opening": float(arm.target_opening),
        "joints": None if arm.joints is None else arm.joints.tolist(),
    }


def _target(tick: int, row: Array) -> dict[str, Any]:
    values = row.tolist()
    return {
        "tick": tick,
        "position": values[:3],
        "quaternion": values[3:7],
        "opening": values[7],
    }


def _trip(tick: int, trip: GuardTrip) -> dict[str, Any]:
    return {"tick": tick, **msgspec.structs.asdict(trip)}


def _transform(utc_ns: int, child: str, position: Array, quaternion: Array) -> dict[str, Any]:
    x, y, z = position.tolist()
    w, i, j, k = quaternion.tolist()
    return {
        "timestamp": _time(utc_ns),
        "parent_frame_id": "station",
        "child_frame_id": child,
        "translation": {"x": x, "y": y, "z": z},
        "rotation": {"x": i, "y": j, "z": k, "w": w},
    }


def _picture(tick: int, utc_ns: int, camera: str, image: Image) -> dict[str, Any]:
    """As PNG: what is learnt from is what was seen, to the last bit."""
    file = BytesIO()
    PIL.Image.fromarray(image).save(file, "PNG", compress_level=1)
    return {
        "tick": tick,
        "timestamp": _time(utc_ns),
        "frame_id": camera,
        "format": "png",
        "data": b64encode(file.getvalue()).decode(),
    }


def _time(utc_ns: int) -> dict[str, int]:
    return {"sec": utc_ns // 1_000_000_000, "nsec": utc_ns % 1_000_000_000}
