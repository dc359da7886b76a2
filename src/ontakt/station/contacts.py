"""Who touches whom in the physics, and how hard things are.

Two geoms meet when one's type (`contype`) is in the other's list (`conaffinity`). Parameters
were measured at 480 Hz with the elliptic cone at impratio 10: a held 14 g nut creeps 0.3 mm in
20 s and is not lost in carry.
"""

from typing import Any

STATIC = 1
"""Table, part, feeders, floor."""
FINGER = 2
NUT = 4
"""The outside of a nut: one smooth cylinder."""
PIN = 8
BORE = 16
"""The inside of a nut: a ring of boxes that meets only the pin."""
ARM = {"left": 32, "right": 64}
"""Links from the elbow on, with the palm; either arm meets the other's."""
TRUNK = 128
"""Torso, head and pelvis: met by the forearms."""
CLUTTER = 256

TOUCHABLE = STATIC | FINGER | NUT | CLUTTER | ARM["left"] | ARM["right"]
"""Everything but pins and bores: what a loose thing in the cell meets."""

HARD: dict[str, Any] = {
    "condim": 4,
    "friction": [0.3, 0.005, 0.0001],
    "solref": [0.004, 1.0],
    "solimp": [0.95, 0.99, 0.0003, 0.5, 2.0],
}
"""Metal on metal."""

PAD: dict[str, Any] = {
    "condim": 4,
    "friction": [1.0, 0.01, 0.0001],
    "solref": [0.005, 1.0],
    "solimp": [0.97, 0.995, 0.0005, 0.5, 2.0],
    "priority": 1,
}
"""A gripper's rubber pad: its friction and softness decide what it touches."""


def fixed(**more: Any) -> dict[str, Any]:
    """Contact settings of a thing that never moves."""
    met = FINGER | NUT | CLUTTER | ARM["left"] | ARM["right"]
    return {**HARD, "contype": STATIC, "conaffinity": met, **more}


def unseen(**more: Any) -> dict[str, Any]:
    """Contact settings of a thing that only the eye meets."""
    return {"contype": 0, "conaffinity": 0, **more}
