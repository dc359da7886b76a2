"""Where things stand at the nut-loading station and how large they are."""

from dataclasses import dataclass

from ontakt.contract.spaces import Side

Point = tuple[float, float, float]


@dataclass(frozen=True)
class Layout:
    """Where things stand and how large they are [m]; what physics and scenery build."""

    seat: float
    """Height of the face on which a nut sits, over the floor."""
    pins: dict[Side, Point]
    """Middle of a seated nut."""
    nests: dict[Side, Point]
    """Middle of a nut that waits in the feeder's nest."""
    nut_radius: float
    bore_radius: float
    nut_height: float
    nut_mass: float
    """[kg]"""
    pin_radius: float
    """At the nominal clearance."""
    pin_height: float
    pin_chamfer: float
    pool: int
    """Nut bodies a side."""
