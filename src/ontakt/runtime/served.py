"""What a policy server serves, checked against the station before anything moves."""

import hashlib
from collections.abc import Mapping
from typing import get_args

from msgspec import Struct

from ontakt.contract import Jacobian, SetupError, StationSpec
from ontakt.runtime.messages import PROTOCOL, ServerMetadata
from ontakt.runtime.server_name import ServerName

_IMAGES = "images/"


class Served(Struct, frozen=True, kw_only=True):
    """A server as the client uses it. What nobody knows is None or empty."""

    who: str
    ours: bool
    """Whether it speaks Ontakt's additions: resets, sessions, prefixes, and pongs while it
    thinks."""
    resets: bool
    """Whether it can be told that an episode begins."""
    hash: str
    horizon: int | None
    cameras: Mapping[str, str]
    """Request keys of the images by the station's camera."""
    longest_prefix: int
    jacobians: tuple[Jacobian, ...]
    notes: tuple[str, ...]
    """What a report must say of it."""


def served(
    metadata: ServerMetadata, greeting: bytes, name: ServerName, station: StationSpec, who: str
) -> Served:
    """The server called `who` that `name` leads to and that greeted with `greeting`, read as
    `metadata`. Raises SetupError, naming both sides, where it does not fit `station`."""
    ours = metadata.protocol == PROTOCOL
    blind = ours and not metadata.image_keys
    space = station.action_space
    for what, theirs, wanted in (
        ("actions of width", metadata.action_dim, space.width),
        ("states of width", metadata.state_dim if ours else None, space.width),
        ("actions at [Hz]", metadata.control_hz, space.control_hz),
        ("sides", metadata.sides, space.sides),
        ("a policy for the robot", metadata.robot if ours else None, station.robot),
        # who does not look knows its station's places by heart
        ("a policy for the station", metadata.station if blind else None, station.name),
    ):
        if theirs is not None and theirs != wanted:
            raise SetupError(
                f"Policy server {who} has {what} {_shown(theirs)}; station {station.name!r} has "
                f"{_shown(wanted)}."
            )
    if ours and name.horizon is not None:
        raise SetupError(f"Policy server {who} says its horizon itself; leave the option out.")
    notes = []
    if metadata.policy_hash is None:
        notes.append(
            "the policy server does not say which policy it serves: the policy's hash is that of "
            "its address and metadata, and stays the same when its weights change"
        )
    if metadata.action_dim is None or metadata.control_hz is None:
        notes.append(
            f"the policy server does not say what its actions are: they are taken as absolute "
            f"targets at {space.control_hz} Hz in the station's layout"
        )
    said = f"{name.address}\n".encode() + greeting
    return Served(
        who=who,
        ours=ours,
        resets=ours or metadata.needs_session_id is not None,
        hash=metadata.policy_hash or hashlib.sha256(said).hexdigest()[:16],
        horizon=metadata.action_horizon or name.horizon,
        cameras=_cameras(metadata, name, station, who),
        longest_prefix=metadata.max_prefix or 0,
        jacobians=tuple(j for j in get_args(Jacobian) if j in (metadata.jacobians or ())),
        notes=tuple(notes),
    )


def _cameras(
    metadata: ServerMetadata, name: ServerName, station: StationSpec, who: str
) -> Mapping[str, str]:
    wanted = metadata.image_keys
    found = dict(name.cameras)
    if wanted is not None:
        if extra := [key for key in found.values() if key not in wanted]:
            raise SetupError(
                f"Policy server {who} wants the images {_listed(wanted)}, not {_listed(extra)}."
            )
        given = set(found.values())
        found = {key.removeprefix(_IMAGES): key for key in wanted if key not in given} | found
        if len(found) < len(wanted):
            raise SetupError(
                f"Policy server {who} wants the images {_listed(wanted)}; give each of them a "
                f"camera of its own, not only {_listed(name.cameras)}."
            )
    known = {camera.name: camera for camera in station.cameras}
    for camera, key in found.items():
        if camera not in known:
            raise SetupError(
                f"Policy server {who} wants the image {key!r}; station {station.name!r} has the "
                f"cameras {_listed(known)}. Say which one with cameras=CAMERA:{key}."
            )
        size = (metadata.image_sizes or {}).get(key)
        has = (known[camera].height, known[camera].width)
        if size is not None and tuple(size) != has:
            raise SetupError(
                f"Policy server {who} wants {key!r} of {size[1]}x{size[0]} pixels; camera "
                f"{camera!r} of station {station.name!r} has {has[1]}x{has[0]}."
            )
    return found


def _shown(value: object) -> str:
    return _listed(value) if isinstance(value, tuple) else str(value)


def _listed(names: object) -> str:
    return ", ".join(map(str, names)) or "none"  # type: ignore[call-overload]
