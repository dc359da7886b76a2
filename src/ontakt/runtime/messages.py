"""The layout of the messages between a policy and its client, on openpi's websocket protocol.

The server speaks first, with its metadata (`ServerMetadata`). Then every request has one reply, in
order. What openpi's clients do not know they leave out, and what they add is passed over.

A request is a map:

| key | value | if absent |
|---|---|---|
| `state` | (width,) measured position [m], quaternion wxyz, opening [m] a side | refused |
| `images/CAMERA` | uint8 (height, width, 3) for each camera of the policy | refused |
| `target` | (width,) what the servos were last told; its quaternions are not used | `state` |
| `grip_force` | (sides,) [N] | 0 |
| `wrist_force` | (sides, 3) [N], station frame | 0 |
| `joints/SIDE` | (n,) [rad] | unknown |
| `sights/NAME` | (4,): x, y, z, sigma [m] | not seen |
| `prompt` | the job in words | empty |
| `job` | list of the sides to be loaded | all |
| `tick`, `utc_ns` | when the observation was made | 0 |
| `action_prefix` | (P, width) targets that are committed already | none |
| `prefix_length` | rows of it that count, the rest is padding | all |
| `inference_delay`, `execution_horizon` | both: guide softly instead (`contract.Guidance`), with
  `action_prefix` what is left of the chunk before | hard prefix |
| `jacobian`, `max_weight` | as in `contract.Guidance` | the policy's first, 5 |
| `endpoint` | `infer`, or `reset` with `sides` (list) and `seed` (int) | `infer` |
| `session_id` | whose episode this is | the connection's |
| `request_id` | comes back with the reply | none |

The reply to `infer` is a map with `actions` (H, width) absolute targets in the layout of `state`,
`observed_tick`, `server_timing` and `policy_timing` [ms], and `beliefs` by side; to `reset`, a map
with `status`.
"""

from ontakt.runtime.metadata import (
    LAYOUT,
    PROTOCOL,
    ServerMetadata,
    metadata_of,
    read_metadata,
)
from ontakt.runtime.wire_reply import read_reply, refuse_error, reply_of, reset_reply
from ontakt.runtime.wire_request import (
    Infer,
    Reset,
    read_request,
    request_of,
    reset_request,
)

__all__ = [
    "LAYOUT",
    "PROTOCOL",
    "Infer",
    "Reset",
    "ServerMetadata",
    "metadata_of",
    "read_metadata",
    "read_reply",
    "read_request",
    "refuse_error",
    "reply_of",
    "request_of",
    "reset_reply",
    "reset_request",
]
