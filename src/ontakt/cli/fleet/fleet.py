"""Machines that work shifts."""

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Protocol

from ontakt.cli.fleet.cores import cores
from ontakt.cli.fleet.local import LocalFleet
from ontakt.cli.fleet.order import ShiftOrder
from ontakt.cli.fleet.result import ShiftResult
from ontakt.cli.fleet.watch import Watch
from ontakt.contract import BadValue, UnknownName

FLEETS = ("local", "ray")


class Fleet(Protocol):
    """Whoever works an experiment's shifts."""

    @property
    def jobs(self) -> int:
        """How many at a time."""
        ...

    def work(
        self, orders: Sequence[ShiftOrder], folder: Path, watch: Watch
    ) -> Generator[ShiftResult, None, None]:
        """Work `orders`, each into its place below `folder`; what lies there makes way. Results
        come as they end, in any order; the same orders give the same shifts on any fleet.

        A process that is lost is repeated once. Raises SetupError for what no process can work,
        HaltError when records cannot be written. Nothing runs on after the iteration, however it
        ended.
        """
        ...


def find_fleet(text: str, jobs: int | None = None) -> Fleet:
    """The fleet of that name: `local`, or `ray` and `ray:ADDRESS`; `jobs` shifts at a time, as
    many as it has cores when None. Raises UnknownName, BadValue, MissingExtra without ray, and
    SetupError for a cluster that does not answer."""
    if jobs is not None and jobs < 1:
        raise BadValue("--jobs", jobs, "at least 1 shift at a time")
    kind, _, address = text.partition(":")
    if kind == "ray":
        from ontakt.cli.fleet.ray_fleet import RayFleet

        return RayFleet.new(address or None, jobs)
    if text != "local":
        raise UnknownName("fleet", text, FLEETS)
    return LocalFleet(jobs or cores())
