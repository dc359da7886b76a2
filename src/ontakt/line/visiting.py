"""A visit to a cell of the line."""

from collections.abc import Callable, Mapping

from ontakt.contract import Assistance, Cell, Inspection, Side, State
from ontakt.contract.event import Event
from ontakt.contract.request import Jog
from ontakt.line.andon import Andon
from ontakt.line.cycle_log import CycleLog
from ontakt.line.pace import Pace
from ontakt.line.unit import Unit


class Visiting:
    """`Visit` to `cell`, for whoever answers the calls of `andon`."""

    def __init__(
        self,
        cell: Cell,
        andon: Andon,
        pace: Pace,
        unit: Unit,
        log: CycleLog,
        post: Callable[[Event], None],
    ) -> None:
        self._cell, self._andon, self._pace = cell, andon, pace
        self._unit, self._log, self.post = unit, log, post

    @property
    def cycle(self) -> int | None:
        """As `Visit.cycle`."""
        return None if self._log.if_cut is None else self._log.number

    @property
    def state(self) -> State:
        """As `Visit.state`."""
        return self._unit.state

    @property
    def inside(self) -> bool:
        """As `Visit.inside`."""
        return self._andon.person_inside

    def arrive(self) -> None:
        """As `Visit.arrive`."""
        self._andon.arrive()

    def leave(self) -> None:
        """As `Visit.leave`."""
        self._andon.leave()

    def wait_until(self, tick: int) -> None:
        """As `Visit.wait_until`."""
        self._pace.rest_until(tick)

    def hands(self, action: Assistance) -> None:
        """As `Visit.hands`; a part that is finished or taken away leaves a tidy cell."""
        self._cell.assist(action)
        if action in ("finish", "remove"):
            self._cell.assist("clear")

    def home(self) -> None:
        """As `Visit.home`."""
        self._pace.home_all()

    def jog(self, jog: Jog) -> None:
        """As `Visit.jog`."""
        self._cell.jog(jog)

    def step(self) -> bool:
        """As `Visit.step`."""
        return "person" in self._pace.step().drives.values()

    def stand(self) -> None:
        """As `Visit.stand`."""
        self._cell.hold()

    def inspect(self) -> Mapping[Side, Inspection]:
        """As `Visit.inspect`."""
        return self._cell.inspect()
