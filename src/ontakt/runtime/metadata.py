"""The first frame of a connection: what the server is, what it wants and what it answers."""

from collections.abc import Iterable
from typing import Annotated, Any, cast

import msgspec
import numpy as np
from msgspec import Meta, Struct

from ontakt.contract import ActionSpace, CameraSpec, PolicySpec
from ontakt.runtime.wire_fields import as_map
from ontakt.runtime.wire_limits import WireError, shown

PROTOCOL = "openpi-ws/1"
LAYOUT = (
    "per side, in the order of `sides`: TCP position xyz [m], orientation as a unit quaternion "
    "wxyz, gripper opening [m]; absolute, in the station frame"
)

_Count = Annotated[int, Meta(ge=0)]
_Positive = Annotated[int, Meta(ge=1)]


class ServerMetadata(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a server says of itself; None is what it does not say."""

    protocol: str | None = None
    server: str | None = None
    """Its software with its version."""
    policy: str | None = None
    policy_hash: str | None = None
    action_horizon: _Positive | None = None
    """Most rows of one answer."""
    action_dim: _Positive | None = None
    control_hz: _Positive | None = None
    """Rows a second that the answer is meant for."""
    sides: tuple[str, ...] | None = None
    action_layout: str | None = None
    image_keys: tuple[str, ...] | None = None
    """Keys of the images that a request must bring, as "images/head"."""
    image_sizes: dict[str, tuple[_Positive, _Positive]] | None = None
    """(height, width) [px] by image key, where one size is wanted."""
    state_dim: _Positive | None = None
    state_layout: str | None = None
    strategies: tuple[str, ...] | None = None
    """Chunk strategies that it can serve."""
    max_prefix: _Count | None = None
    """Most committed rows that an answer can go on from."""
    jacobians: tuple[str, ...] | None = None
    """How it can be guided; empty for a policy that cannot."""
    needs_session_id: bool | None = None
    station: str | None = None
    robot: str | None = None
    """What the policy was built for."""


def metadata_of(
    spec: PolicySpec,
    space: ActionSpace,
    server: str,
    cameras: Iterable[CameraSpec] = (),
    station: str | None = None,
    robot: str | None = None,
) -> dict[str, Any]:
    """The first frame of a server that serves `spec`; `server` is its name with its version,
    `cameras` are those whose size is known, `station` and `robot` what the policy was built for."""
    sizes = {f"images/{each.name}": (each.height, each.width) for each in cameras}
    strategies: tuple[str, ...] = ("sync", "async", "ensemble", "lerp")
    strategies += ("prefix",) if spec.longest_prefix else ()
    strategies += ("rtc",) if spec.jacobians else ()
    told = ServerMetadata(
        protocol=PROTOCOL,
        server=server,
        policy=spec.name,
        policy_hash=spec.hash,
        action_horizon=spec.horizon,
        action_dim=space.width,
        control_hz=space.control_hz,
        sides=space.sides,
        action_layout=LAYOUT,
        image_keys=tuple(f"images/{name}" for name in spec.cameras),
        image_sizes={key: size for key, size in sizes.items() if key[7:] in spec.cameras} or None,
        state_dim=space.width,
        state_layout=LAYOUT,
        strategies=strategies,
        max_prefix=spec.longest_prefix,
        jacobians=spec.jacobians,
        needs_session_id=False,
        station=station,
        robot=robot,
    )
    return cast(dict[str, Any], msgspec.to_builtins(told))


def read_metadata(value: object) -> ServerMetadata:
    """What the first frame says. Any server's is read, even an empty one: what it does not say is
    None, what is not known here is passed over. Raises WireError for a known key of a wrong type.
    """
    said = {
        key: each.item() if isinstance(each, np.generic) else each
        for key, each in as_map(value, "The server's metadata").items()
        if key in ServerMetadata.__struct_fields__
    }
    try:
        return msgspec.convert(said, ServerMetadata)
    except msgspec.ValidationError as error:
        raise WireError(f"The server's metadata: {shown_reason(error)}") from None


def shown_reason(error: msgspec.ValidationError) -> str:
    """The reason of a refused value on one line; msgspec quotes types and keys, hardly values."""
    return shown(str(error)) if len(str(error)) > 200 else str(error)
