"""What a client sends: an observation to answer, or the start of a new episode."""

from collections.abc import Mapping
from math import hypot
from typing import Any

from msgspec import Struct

from ontakt.contract import (
    ActionSpace,
    ArmState,
    Array,
    Guidance,
    Observation,
    PolicySpec,
    Side,
    Sight,
    frozen_array,
)
from ontakt.runtime.wire_committed import committed
from ontakt.runtime.wire_fields import (
    LONGEST_PROMPT,
    as_map,
    chosen_sides,
    described,
    finite_numbers,
    image,
    integer,
    text,
    under,
)
from ontakt.runtime.wire_limits import WireError, shown

_UNIT = 0.01
"""How far a measured quaternion's norm may be from 1: single precision stays far below, and a
state in another layout far above."""


class Infer(Struct, frozen=True, eq=False, kw_only=True):
    """A question: the arguments of `Policy.infer`."""

    observation: Observation
    prefix: Array | None = None
    guidance: Guidance | None = None
    session_id: str | None = None
    request_id: str | int | None = None


class Reset(Struct, frozen=True, kw_only=True):
    """A new episode: the arguments of `Policy.reset`."""

    sides: tuple[Side, ...]
    seed: int = 0
    session_id: str | None = None
    request_id: str | int | None = None


def request_of(
    observation: Observation,
    space: ActionSpace,
    *,
    prefix: Array | None = None,
    guidance: Guidance | None = None,
    session_id: str | None = None,
    request_id: str | int | None = None,
) -> dict[str, Any]:
    """The request for an answer to `observation`, images and arrays not copied. It carries one of
    `prefix` and `guidance`; WireError for both, the layout has one place for them."""
    arms = observation.arms
    request: dict[str, Any] = {
        "state": space.pack(
            {s: (arms[s].position, arms[s].quaternion, arms[s].opening) for s in space.sides}
        ),
        "target": space.pack(
            {s: (arms[s].target, arms[s].quaternion, arms[s].target_opening) for s in space.sides}
        ),
        "grip_force": frozen_array([arms[s].grip_force for s in space.sides]),
        "wrist_force": frozen_array([arms[s].wrist_force for s in space.sides]),
        "prompt": observation.instruction,
        "job": list(observation.job),
        "tick": observation.tick,
        "utc_ns": observation.utc_ns,
    }
    request |= {f"images/{name}": each for name, each in observation.images.items()}
    request |= {f"joints/{s}": arms[s].joints for s in space.sides if arms[s].joints is not None}
    for name, sight in observation.sights.items():
        request[f"sights/{name}"] = frozen_array([*sight.position, sight.sigma])
    if prefix is not None and guidance is not None:
        raise WireError("A request carries a prefix or guidance, not both.")
    if prefix is not None:
        request |= {"action_prefix": prefix, "prefix_length": len(prefix)}
    if guidance is not None:
        request |= {
            "action_prefix": guidance.previous,
            "prefix_length": len(guidance.previous),
            "inference_delay": guidance.inference_delay,
            "execution_horizon": guidance.execution_horizon,
            "jacobian": guidance.jacobian,
            "max_weight": guidance.max_weight,
        }
    return request | _named(session_id, request_id)


def reset_request(
    sides: tuple[Side, ...],
    seed: int,
    session_id: str | None = None,
    request_id: str | int | None = None,
) -> dict[str, Any]:
    """The request to forget what was under way on `sides`."""
    request: dict[str, Any] = {"endpoint": "reset", "sides": list(sides), "seed": seed}
    return request | _named(session_id, request_id)


def read_request(value: object, spec: PolicySpec, space: ActionSpace) -> Infer | Reset:
    """What the client asks of a policy with `spec`. Raises WireError for what is missing, of a
    wrong type, shape or size, or not finite; keys that are not known here are passed over."""
    message = as_map(value, "The request")
    endpoint = text(message.get("endpoint", "infer"), "endpoint")
    session_id = message.get("session_id")
    session_id = None if session_id is None else text(session_id, "session_id")
    request_id = message.get("request_id")
    if request_id is not None and type(request_id) is not int:
        request_id = text(request_id, "request_id")
    if endpoint == "reset":
        return Reset(
            sides=chosen_sides(message.get("sides", list(space.sides)), "sides", space.sides),
            seed=integer(message.get("seed", 0), "seed"),
            session_id=session_id,
            request_id=request_id,
        )
    if endpoint != "infer":
        raise WireError(f"endpoint is {described(endpoint)}; infer or reset is wanted.")
    prefix, guidance = committed(message, spec, space)
    return Infer(
        observation=_observation(message, spec, space),
        prefix=prefix,
        guidance=guidance,
        session_id=session_id,
        request_id=request_id,
    )


def _named(session_id: str | None, request_id: str | int | None) -> dict[str, Any]:
    named = {"session_id": session_id, "request_id": request_id}
    return {key: value for key, value in named.items() if value is not None}


def _observation(
    message: Mapping[str, object], spec: PolicySpec, space: ActionSpace
) -> Observation:
    sights: dict[str, Sight] = {}
    for name, value in under(message, "sights/").items():
        key = shown(f"sights/{name}")
        *position, sigma = finite_numbers(value, key, (4,))
        if sigma < 0.0:
            raise WireError(f"{key} has a negative standard deviation.")
        sights[name] = Sight(frozen_array(position), float(sigma))
    return Observation(
        tick=integer(message.get("tick", 0), "tick"),
        utc_ns=integer(message.get("utc_ns", 0), "utc_ns"),
        arms=_arms(message, space),
        images={
            name: image(message.get(f"images/{name}"), f"images/{name}") for name in spec.cameras
        },
        sights=sights,
        instruction=text(message.get("prompt", ""), "prompt", LONGEST_PROMPT),
        job=chosen_sides(message.get("job", list(space.sides)), "job", space.sides),
    )


def _arms(message: Mapping[str, object], space: ActionSpace) -> dict[Side, ArmState]:
    count = len(space.sides)
    state = finite_numbers(message.get("state"), "state", (space.width,))
    target = finite_numbers(message.get("target", state), "target", (space.width,))
    grip = finite_numbers(message.get("grip_force", [0.0] * count), "grip_force", (count,))
    wrist = finite_numbers(
        message.get("wrist_force", [[0.0] * 3] * count), "wrist_force", (count, 3)
    )
    arms: dict[Side, ArmState] = {}
    for i, side in enumerate(space.sides):
        quaternion = space.quaternion(state, side)
        norm = hypot(*quaternion.tolist())
        if abs(norm - 1.0) > _UNIT:
            raise WireError(
                f"state has a quaternion of norm {norm:.3g} for {side}; for each side position "
                "xyz [m], unit quaternion wxyz and opening [m] are wanted."
            )
        joints = message.get(f"joints/{side}")
        arms[side] = ArmState(
            position=space.position(state, side),
            quaternion=quaternion,
            opening=float(space.opening(state, side)),
            grip_force=float(grip[i]),
            wrist_force=wrist[i],
            target=space.position(target, side),
            target_opening=float(space.opening(target, side)),
            joints=None if joints is None else finite_numbers(joints, f"joints/{side}", (None,)),
        )
    return arms
