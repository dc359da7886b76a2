"""The sections of a station file that every kind of station has."""

import hashlib
from pathlib import Path

from msgspec import Struct, structs

from ontakt.contract.units import Metres

Point = tuple[Metres, Metres, Metres]


class StationSection(Struct, frozen=True):
    """`[station]`: what the station is called, which task it does, which robot works at it, and
    which policy where none is named."""

    name: str
    task: str
    robot: str
    policy: str = "expert"


class Places(Struct, frozen=True):
    """`[places]`: nominal points in the station frame, as a station engineer measures them."""

    left_nut: Point
    right_nut: Point
    left_pin: Point
    right_pin: Point
    left_home: Point
    right_home: Point

    def by_name(self) -> dict[str, Point]:
        """The same as a mapping."""
        return {name: tuple(point) for name, point in structs.asdict(self).items()}


def file_digest(*paths: Path) -> str:
    """SHA-256 over the bytes of `paths`, in order: what a configuration hash is made of."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()
