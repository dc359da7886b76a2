"""A station that is filmed: all that was seen and told on every tick, images on every n-th."""

from collections.abc import Callable, Mapping

import msgspec

from ontakt.contract import (
    Array,
    Assistance,
    BadValue,
    Command,
    Image,
    Inspection,
    Limits,
    Observation,
    SetupError,
    Side,
    Station,
    StationSpec,
)


class Film:
    """`contract.Station` around another one, which it does not change. `seen` and `told` are by
    control tick; those for which `rolls` is false are not in it. Raises SetupError without cameras,
    BadValue for an `every` below 1."""

    def __init__(
        self,
        station: Station,
        cameras: tuple[str, ...],
        every: int,
        rolls: Callable[[int], bool] = lambda _: True,
    ) -> None:
        if not cameras:
            raise SetupError(f"Station {station.spec.name!r} has no cameras to film with.")
        if every < 1:
            raise BadValue("ticks between two images", every, "1 or more")
        self._station, self._cameras, self._every, self._rolls = station, cameras, every, rolls
        self.seen: dict[int, Observation] = {}
        """Observations; those on every `every`-th tick have the images of all `cameras`."""
        self.told: dict[int, Array] = {}
        """Targets of commands, shape (width,)."""
        self._tick: int | None = None
        """The present one, where it is filmed."""

    def clear(self) -> None:
        """Forget what was filmed."""
        self.cut(0)

    def cut(self, tick: int) -> None:
        """Forget what was filmed from `tick` on."""
        self.seen = {at: seen for at, seen in self.seen.items() if at < tick}
        self.told = {at: told for at, told in self.told.items() if at < tick}

    def drop(self, tick: int) -> None:
        """Forget what was filmed on `tick`."""
        self.seen.pop(tick, None)
        self.told.pop(tick, None)

    def observe(self, tick: int, utc_ns: int, cameras: tuple[str, ...] = ()) -> Observation:
        """As `Station.observe`; images of all cameras where the film wants them."""
        if not self._rolls(tick):
            self._tick = None
            return self._station.observe(tick, utc_ns, cameras)
        filmed = tick % self._every == 0
        wanted = tuple(dict.fromkeys((*self._cameras, *cameras))) if filmed else cameras
        seen = self._station.observe(tick, utc_ns, wanted)
        if not filmed:  # what only the policy asked for is nobody's lesson
            self.seen[tick] = msgspec.structs.replace(seen, images={})
        else:
            images = {name: seen.images[name] for name in self._cameras}
            self.seen[tick] = msgspec.structs.replace(seen, images=images)
        self._tick = tick
        return seen

    def apply(self, command: Command) -> None:
        if self._tick is not None:
            self.told[self._tick] = command.target
        self._station.apply(command)

    @property
    def spec(self) -> StationSpec:
        return self._station.spec

    @property
    def limits(self) -> Limits:
        return self._station.limits

    def present(self, cycle: int) -> Mapping[str, float]:
        return self._station.present(cycle)

    def feed(self, side: Side) -> int | None:
        return self._station.feed(side)

    def stock(self, left: Mapping[Side, int]) -> None:
        self._station.stock(left)

    def power(self, on: bool) -> None:
        self._station.power(on)

    def inspect(self) -> Mapping[Side, Inspection]:
        return self._station.inspect()

    def assist(self, action: Assistance) -> None:
        self._station.assist(action)

    def picture(self, view: str, width: int, height: int) -> Image:
        return self._station.picture(view, width, height)

    def close(self) -> None:
        self._station.close()
