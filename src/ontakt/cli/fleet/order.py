"""A shift that is to be worked for an experiment."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ontakt.cli.options import ShiftOptions
from ontakt.contract import BadValue, SetupError


@dataclass(frozen=True)
class ShiftOrder:
    """One shift of an experiment."""

    name: str
    """Its folder, relative to the experiment's, as `cells/sync-80ms`."""
    options: ShiftOptions
    alone: bool = False
    """Nothing may run beside it, because it would be measured with it."""
    policy_hash: str | None = None
    """The one policy that may work it, whatever lies under its name later; any when None."""

    def __post_init__(self) -> None:
        """Refuse a name that is no place below a folder. Raises BadValue."""
        parts = PurePosixPath(self.name).parts
        hidden = any(part.startswith(".") for part in parts)
        if not parts or self.name.startswith("/") or hidden or "\\" in self.name:
            raise BadValue("name of a shift", self.name, "a folder below the experiment's")

    @property
    def size(self) -> float:
        """How much there is to work: cycles, or hours where those are planned."""
        return float(self.options.cycles or self.options.hours or 1)


def check_orders(orders: Sequence[ShiftOrder]) -> None:
    """Raises SetupError where two orders share a folder or are one and the same shift: counted
    twice, it would be evidence that nobody has."""
    names: set[PurePosixPath] = set()
    shifts: dict[tuple[str, ...], str] = {}
    for order in orders:
        name, command = PurePosixPath(order.name), order.options.command()
        if name in names:
            raise BadValue("name of a shift", order.name, "each stands there once")
        names.add(name)
        if command in shifts:
            raise SetupError(
                f"{shifts[command]} and {order.name} are the same shift ({' '.join(command[2:])}); "
                "give each a seed of its own."
            )
        shifts[command] = order.name
    for name in names:
        for parent in name.parents:
            if parent in names:
                raise BadValue("name of a shift", str(name), f"{parent} is a shift itself")


def torn_places(folder: Path, orders: Sequence[ShiftOrder]) -> list[Path]:
    """What kills have left of the shifts under `folder`."""
    homes = {(folder / order.name).parent for order in orders}
    return [torn for home in sorted(homes) for torn in sorted(home.glob(".*.partial"))]
