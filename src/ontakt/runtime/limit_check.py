"""Whether limits make sense: nothing is guarded by limits that do not."""

import math

from msgspec.structs import asdict, fields

from ontakt.contract import ActionSpace, BadValue, Limits, Side
from ontakt.contract.limits import ArmLimits, ArmOverride

_POSITIVE = "a limit is a number above 0, in SI units"


def check_limits(space: ActionSpace, limits: Limits) -> None:
    """Raises BadValue, naming the limit, for one that is not positive and finite, for a side
    without a workspace, and for a mode that raises a limit."""
    names = [field.name for field in fields(ArmLimits)]
    for name in (*names, "grip_force", "clearance", "chunk_age", "heartbeat"):
        _positive(name, getattr(limits, name))
    for name, value in asdict(limits.tool).items():
        _positive(f"tool.{name}", value)
    for whose, override in (*limits.arm.items(), *limits.mode.items()):
        for name, value in asdict(override).items():
            if value is not None:
                _positive(f"{name} of {whose}", value)
    low, high = limits.opening
    if not (0 <= low < high < math.inf):
        raise BadValue("limit opening", limits.opening, "it is a range: least, greatest")
    for side in space.sides:
        _check_workspace(side, limits)
    own = [limits.of(side) for side in space.sides]
    for mode, override in limits.mode.items():
        _check_mode(mode, override, own)


def _positive(name: str, value: float) -> None:
    if not (math.isfinite(value) and value > 0):
        raise BadValue(f"limit {name}", value, _POSITIVE)


def _check_workspace(side: Side, limits: Limits) -> None:
    if side not in limits.workspace:
        raise BadValue("limit workspace", sorted(limits.workspace), f"it lacks {side!r}")
    low, high = limits.workspace[side]
    if not all(-math.inf < a < b < math.inf for a, b in zip(low, high, strict=True)):
        raise BadValue(f"workspace of {side}", (low, high), "its corners are low, high")


def _check_mode(mode: str, override: ArmOverride, own: list[ArmLimits]) -> None:
    """A value above every arm's own would do nothing: whoever wrote it meant something else."""
    for name, value in asdict(override).items():
        most = max(getattr(arm, name) for arm in own)
        if value is not None and value > most:
            raise BadValue(
                f"limit {name} of mode {mode}",
                value,
                f"a mode only lowers a limit, and that of the arms is {most:g}",
            )
