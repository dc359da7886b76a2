"""`ontakt show`: pictures of a station, as its cameras see it and as people would."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from ontakt.contract import BadValue, Image, Station, ticks_of


@dataclass(frozen=True)
class ShowCommand:
    """Render a PNG of the station from every camera, and views for people.

    Examples:

      ontakt show nut-loading
      ontakt show nut-loading --at 6 --variation harsh --out pictures
    """

    station: Annotated[Positional[str], arg(metavar="STATION")]
    """Name of a station, or a station file."""
    out: Annotated[Path, arg(metavar="DIR")] = Path("pictures")
    """Where the pictures go."""
    at: Annotated[float, arg(metavar="S")] = 0.0
    """Let the policy work for so many seconds first."""
    policy: Annotated[str, arg(metavar="NAME")] = "expert"
    """Who works until then."""
    seed: Annotated[int, arg(metavar="N")] = 0
    """Seed of the cycle that is shown."""
    cycle: Annotated[int, arg(metavar="N")] = 0
    """Which cycle of that seed."""
    variation: Annotated[tuple[str, ...], arg(metavar="LEVEL|AXIS=VALUE")] = ("nominal",)
    """A level, and axes that differ from it."""
    width: Annotated[int, arg(metavar="PX")] = 1280
    """Width of the views for people; they are 16 to 9."""

    def run(self, _arguments: Sequence[str]) -> int:
        """Render, write, and print one path a line."""
        from ontakt.cli.policies import build_policy
        from ontakt.runtime.clock import VirtualClock
        from ontakt.runtime.executor import Executor
        from ontakt.station.registry import find_station
        from ontakt.station.variation import parse_variation

        if not 0 <= self.at < 600:
            raise BadValue("--at", self.at, "it lies between 0 and 600 seconds")
        for option, value in (("--seed", self.seed), ("--cycle", self.cycle)):
            if value < 0:
                raise BadValue(option, value, "it is 0 or greater")
        if not 64 <= self.width <= 3840:
            raise BadValue("--width", self.width, "it lies between 64 and 3840 pixels")
        file = find_station(self.station)
        station = file.build(parse_variation(self.variation, file.levels), self.seed)
        try:
            clock = VirtualClock(station.spec.action_space.control_hz, time.time_ns())
            cell = Executor(
                station, build_policy(self.policy, file, station), clock, seed=self.seed
            )
            cell.present(self.cycle)
            for side in cell.sides:
                cell.feed(side)
            cell.work(cell.sides)
            for _ in range(ticks_of(self.at, clock.hz)):
                cell.step()
            for name, image in _pictures(station, clock.tick, self.width).items():
                path = self.out / f"{station.spec.name}-{name}.png"
                _write(path, image)
                print(path)
        finally:
            station.close()
        return 0


def _pictures(station: Station, tick: int, width: int) -> dict[str, Image]:
    """What the policy's cameras see, and the views for people."""
    names = tuple(camera.name for camera in station.spec.cameras)
    pictures = dict(station.observe(tick, 0, names).images)
    for view in station.spec.views:
        pictures[view] = station.picture(view, width, width * 9 // 16)
    return pictures


def _write(path: Path, image: Image) -> None:
    """`image` as a PNG. Raises SetupError where it cannot be written."""
    from PIL import Image as Pillow

    from ontakt.contract import SetupError

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        Pillow.fromarray(image).save(path, optimize=True)
    except OSError as error:
        raise SetupError(f"{path}: cannot be written ({error}).") from error
