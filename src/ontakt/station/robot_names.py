"""Robots by name: one file each in `robots/`, one line each below."""

from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING

from ontakt.contract import UnknownName

if TYPE_CHECKING:
    from ontakt.station.seams import Robot

ROBOTS = {
    "sim:g1": (
        "ontakt.station.robots.g1:G1",
        "Unitree G1, upper body on a fixed base, parallel grippers, in MuJoCo",
    ),
}
"""Name to where its class is, and what it is. Third parties add theirs by the entry-point group
`ontakt.robots`."""


def robots() -> dict[str, str]:
    """Every robot by name, with what it is."""
    theirs = dict.fromkeys((entry.name for entry in _entries()), "by a third party")
    return {name: text for name, (_, text) in ROBOTS.items()} | theirs


def make_robot(name: str) -> "Robot":
    """The robot called `name`. Raises UnknownName; imports MuJoCo."""
    places = {entry.name: entry.value for entry in _entries()}
    places |= {known: place for known, (place, _) in ROBOTS.items()}
    if name not in places:
        raise UnknownName("robot", name, places)
    module, _, kind = places[name].partition(":")
    robot: Robot = getattr(import_module(module), kind)()
    return robot


def _entries() -> tuple[EntryPoint, ...]:
    return tuple(entry_points(group="ontakt.robots"))
