"""Quantities as people write them: a number with its unit, read into SI."""

import math
import re
from typing import Annotated

from msgspec import Meta

from ontakt.contract.errors import BadValue

UNITS: dict[str, dict[str, float]] = {
    "time": {"s": 1.0, "ms": 1e-3, "min": 60.0, "h": 3600.0},
    "length": {"m": 1.0, "cm": 1e-2, "mm": 1e-3, "um": 1e-6},
    "angle": {"rad": 1.0, "deg": math.pi / 180},
    "speed": {"m/s": 1.0, "mm/s": 1e-3},
    "acceleration": {"m/s^2": 1.0, "mm/s^2": 1e-3},
    "jerk": {"m/s^3": 1.0, "mm/s^3": 1e-3},
    "turn": {"rad/s": 1.0, "deg/s": math.pi / 180},
    "force": {"N": 1.0},
    "ratio": {"": 1.0, "%": 1e-2},
}
"""Unit to its factor into SI, by dimension."""

Seconds = Annotated[float, Meta(extra={"dimension": "time"})]
Metres = Annotated[float, Meta(extra={"dimension": "length"})]
Radians = Annotated[float, Meta(extra={"dimension": "angle"})]
MetresPerSecond = Annotated[float, Meta(extra={"dimension": "speed"})]
MetresPerSecond2 = Annotated[float, Meta(extra={"dimension": "acceleration"})]
MetresPerSecond3 = Annotated[float, Meta(extra={"dimension": "jerk"})]
RadiansPerSecond = Annotated[float, Meta(extra={"dimension": "turn"})]
Newtons = Annotated[float, Meta(extra={"dimension": "force"})]
Ratio = Annotated[float, Meta(extra={"dimension": "ratio"})]
"""Field types of configuration structs: SI floats inside, quantities as text in a TOML file."""

_QUANTITY = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*([^\d\s].*?)?\s*")


def quantity(text: str, dimension: str, what: str = "value") -> float:
    """`text`, as "76 s" or "1.5mm", in the SI unit of `dimension` (a key of `UNITS`).

    Raises BadValue, naming `what`, for anything that is not a finite number with such a unit.
    """
    units = UNITS[dimension]
    match = _QUANTITY.fullmatch(text)
    allowed = f"a {dimension} is a number with one of: {', '.join(u or 'no unit' for u in units)}"
    if match is None or (match[2] or "") not in units:
        raise BadValue(what, text, allowed)
    value = float(match[1]) * units[match[2] or ""]
    if not math.isfinite(value):
        raise BadValue(what, text, allowed)
    return value
