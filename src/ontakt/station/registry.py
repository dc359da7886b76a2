"""Names of stations and robots, resolved in this one place.

A station is a file: a name of a shipped one, or a path to one's own. Its `[station]` section says
which task it does (one module in `tasks/`, or `toy`) and which robot works at it. Third parties
add tasks and robots by the entry-point groups `ontakt.tasks` and `ontakt.robots`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from ontakt.contract import MissingExtra, Station, UnknownName
from ontakt.contract.config import ConfigFile
from ontakt.station.places import StationSection
from ontakt.station.robot_names import robots as simulated_robots
from ontakt.station.variation import Variation, read_levels

Builder = Callable[[Path, Variation, int], Station]

TASKS = Path(__file__).parent / "tasks"
SHIPPED = {"nut-loading": TASKS / "nut-loading.toml", "toy": TASKS / "toy.toml"}

_BUILDERS = {
    "nut-loading": "ontakt.station.tasks.nut_loading:build_nut_loading",
    "toy": "ontakt.station.toy:ToyStation",
}


@dataclass(frozen=True)
class StationFile:
    """A station file that was found and read: its sections, and the levels of variation in it."""

    path: Path
    config: ConfigFile
    section: StationSection
    levels: dict[str, Variation]

    def build(self, variation: Variation, seed: int) -> Station:
        """The station itself. Raises SetupError where it cannot be made, before anything moves."""
        builders = {**_BUILDERS, **_entries("ontakt.tasks")}
        if self.section.task not in builders:
            raise UnknownName("task", self.section.task, builders)
        try:
            builder: Builder = _load(builders[self.section.task])
        except ModuleNotFoundError as error:
            if error.name and error.name.startswith("ontakt"):
                raise
            raise MissingExtra(f"Station {self.section.name!r} ({error.name})", "sim") from error
        return builder(self.path, variation, seed)


def stations() -> dict[str, Path]:
    """Shipped stations by name."""
    return dict(SHIPPED)


def robots() -> dict[str, str]:
    """Robots by name, with what they are; the toy is a robot of its own."""
    toy = "two grippers in two dimensions, without MuJoCo"
    return {**simulated_robots(), "sim:toy": toy}


def find_station(name: str) -> StationFile:
    """The station called `name`, or the one that the file `name` describes. Raises UnknownName
    for neither, SetupError for a file that says nonsense."""
    path = SHIPPED.get(name)
    if path is None:
        path = Path(name)
        if path.suffix != ".toml" and not path.is_file():
            raise UnknownName("station", name, [*SHIPPED, "a .toml file of your own"])
    config = ConfigFile(path)
    return StationFile(path, config, config.section("station", StationSection), read_levels(config))


def _entries(group: str) -> dict[str, str]:
    return {entry.name: entry.value for entry in entry_points(group=group)}


def _load(reference: str) -> Any:
    module, _, name = reference.partition(":")
    return getattr(import_module(module), name)
