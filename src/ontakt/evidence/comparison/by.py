"""What the arms of a comparison stand for."""

from collections.abc import Mapping, Sequence
from typing import Literal

from ontakt.evidence.comparison.arm import Arm

By = Literal["version", "line", "robot", "shift"]

MEANT: Mapping[By, str] = {
    "version": "policy", "line": "line", "robot": "robot", "shift": "shift",
}  # fmt: skip
"""What is meant to differ, as a sentence has it."""
ARMS: Mapping[By, str] = {
    "version": "versions", "line": "lines", "robot": "robots", "shift": "shifts",
}  # fmt: skip


def told_apart_by(arms: Sequence[Arm]) -> By:
    """The first of these in which the arms differ: policy, station, robot; shifts where in none."""
    respects: tuple[tuple[By, str], ...] = (
        ("version", "policy_hash"), ("line", "station"), ("robot", "robot"),
    )  # fmt: skip
    for by, field in respects:
        values = {frozenset(getattr(s.origin, field) for s in arm.shifts) for arm in arms}
        if len(values) > 1:
            return by
    return "shift"
