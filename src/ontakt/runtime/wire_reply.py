"""What a server answers: a chunk with its times, or that it has reset."""

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np

from ontakt.contract import ActionChunk, Belief, Side
from ontakt.runtime.metadata import shown_reason
from ontakt.runtime.wire_fields import as_map, described, integer, numbers
from ontakt.runtime.wire_limits import WireError, shown


def reply_of(
    chunk: ActionChunk,
    *,
    infer_ms: float,
    prev_total_ms: float | None = None,
    queue_ms: float | None = None,
    request_id: str | int | None = None,
) -> dict[str, Any]:
    """The answer `chunk`, which took the policy `infer_ms`; `queue_ms` is how long the question
    waited, `prev_total_ms` how long the one before took from its arrival to its reply [ms].

    `actions` stays float64, so that a policy behind the wire answers bit for bit what it answers in
    process. It is the only array: openpi's ActionChunkBroker takes row i of every array.
    """
    timing = {"infer_ms": infer_ms, "prev_total_ms": prev_total_ms, "queue_ms": queue_ms}
    reply: dict[str, Any] = {
        "actions": np.asarray(chunk.targets, dtype=np.float64),
        "server_timing": {key: float(ms) for key, ms in timing.items() if ms is not None},
        "policy_timing": {"infer_ms": float(infer_ms)},
        "beliefs": {side: _plain(belief) for side, belief in chunk.beliefs.items()},
        "observed_tick": int(chunk.observed_tick),
    }
    return reply if request_id is None else reply | {"request_id": request_id}


def reset_reply(request_id: str | int | None = None) -> dict[str, Any]:
    """The answer to a reset, in vLLM-Omni's words."""
    reply: dict[str, Any] = {"status": "reset successful"}
    return reply if request_id is None else reply | {"request_id": request_id}


def read_reply(
    value: object, observed_tick: int, width: int
) -> tuple[ActionChunk, dict[str, float]]:
    """The chunk that answers the question of `observed_tick`, and its times [ms]: those of
    `server_timing` by their own names, those of `policy_timing` as `policy_...`.

    `actions` of shape (H >= 1, width) may be an array, a map with one array, or, as some servers
    have it, the whole reply. NaN is left to the guard, which halts on it. Raises WireError for
    anything else, for an answer to another tick, and with a server's own words for its error.
    """
    message = {"actions": value} if isinstance(value, np.ndarray) else as_map(value, "The reply")
    refuse_error(message)
    tick = integer(message.get("observed_tick", observed_tick), "observed_tick")
    if tick != observed_tick:
        raise WireError(f"The reply is to tick {tick}; the question was of {observed_tick}.")
    actions = message.get("actions")
    if isinstance(actions, dict):
        if len(actions) != 1:
            listed = ", ".join(shown(key) for key in list(actions)[:8]) or "none"
            raise WireError(f"actions is a map with the keys {listed}; one array is wanted.")
        (actions,) = actions.values()
    targets = numbers(actions, "actions", (None, width))
    if len(targets) == 0:
        raise WireError("actions has no rows; one or more are wanted.")
    return ActionChunk(tick, targets, _beliefs(message.get("beliefs"))), _times(message)


def refuse_error(message: Mapping[str, object]) -> None:
    """Raise WireError for a reply that is a server's error, as vLLM-Omni sends one in binary."""
    kind = message.get("type")
    if isinstance(kind, str) and kind == "error":
        raise WireError(f"The server answers with an error: {described(message.get('message'))}.")


def _plain(belief: Belief) -> dict[str, object]:
    return {
        "phase": belief.phase,
        "done": bool(belief.done),
        "gave_up": belief.gave_up,
        "retries": int(belief.retries),
        "confidence": None if belief.confidence is None else float(belief.confidence),
    }


def _beliefs(value: object) -> Mapping[Side, Belief]:
    if value is None:
        return {}
    try:
        return msgspec.convert(value, dict[Side, Belief])
    except msgspec.ValidationError as error:
        raise WireError(f"beliefs: {shown_reason(error)}") from None


def _times(message: Mapping[str, object]) -> dict[str, float]:
    """What the server says of its times; for the record alone, so what is no number is left out."""
    times: dict[str, float] = {}
    for key, prefix in (("server_timing", ""), ("policy_timing", "policy_")):
        told = message.get(key)
        for name, ms in told.items() if isinstance(told, dict) else ():
            if isinstance(ms, int | float | np.floating) and not isinstance(ms, bool):
                times[f"{prefix}{name}"] = float(ms)
    return times
