"""The rows of a request that an answer must begin with, or be drawn towards."""

from collections.abc import Mapping

import msgspec
import numpy as np

from ontakt.contract import ActionSpace, Array, Guidance, PolicySpec
from ontakt.runtime.wire_fields import described, finite_numbers, integer, number, text
from ontakt.runtime.wire_limits import WireError


def committed(
    message: Mapping[str, object], spec: PolicySpec, space: ActionSpace
) -> tuple[Array | None, Guidance | None]:
    """The hard prefix or the guidance that a request carries; at most one of them.

    `action_prefix` alone, with LeRobot's `inference_delay` and `execution_horizon` not both there,
    is a hard prefix; with both it is what is left of the chunk before, to guide by. Raises
    WireError for rows that a policy with `spec` cannot take and for numbers out of range.
    """
    if message.get("action_prefix") is None:
        return None, None
    rows = finite_numbers(message["action_prefix"], "action_prefix", (None, space.width))
    rows = rows[: integer(message.get("prefix_length", len(rows)), "prefix_length", 0, len(rows))]
    if len(rows) == 0:
        return None, None
    delay, execution = message.get("inference_delay"), message.get("execution_horizon")
    if delay is not None and execution is not None:
        return None, _guidance(message, rows, spec)
    if len(rows) > spec.longest_prefix:
        raise WireError(
            f"action_prefix has {len(rows)} rows; {spec.name} goes on from at most "
            f"{spec.longest_prefix}."
        )
    return rows, None


def _guidance(message: Mapping[str, object], rows: Array, spec: PolicySpec) -> Guidance:
    if not spec.jacobians:
        raise WireError(
            f"{spec.name} cannot be guided; inference_delay with execution_horizon asks for it."
        )
    missing = spec.horizon - len(rows)
    if missing < 0:
        raise WireError(f"action_prefix has {len(rows)} rows; the horizon is {spec.horizon}.")
    if missing:
        rows = np.concatenate([rows, np.repeat(rows[-1:], missing, axis=0)])
        rows.setflags(write=False)
    wanted = text(message.get("jacobian", spec.jacobians[0]), "jacobian")
    jacobian = next((each for each in spec.jacobians if each == wanted), None)
    if jacobian is None:
        known = " or ".join(spec.jacobians)
        raise WireError(f"jacobian is {described(wanted)}; {known} is wanted.")
    execution = integer(message["execution_horizon"], "execution_horizon", 0, spec.horizon)
    guidance = Guidance(
        previous=rows,
        inference_delay=integer(message["inference_delay"], "inference_delay", 0, execution),
        execution_horizon=execution,
        jacobian=jacobian,
    )
    if "max_weight" not in message:
        return guidance
    weight = number(message["max_weight"], "max_weight", above=0.0)
    return msgspec.structs.replace(guidance, max_weight=weight)
