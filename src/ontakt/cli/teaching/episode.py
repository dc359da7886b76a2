"""One part worked on by a policy, without a line: no takt, no supervisor, no help."""

from collections.abc import Callable, Mapping

from msgspec import Struct

from ontakt.contract import Cell, CycleError, Inspection, Side, Signals, Station

CLEAR = 0.03
"""Height of the TCP over its side's pin [m] from which a hand is clear of the part."""
HOMING = 10.0
"""Longest way home [s]."""
WAIT = 4.0
"""How long a robot that is to wait is watched [s]."""


class Worked(Struct, frozen=True, kw_only=True):
    """How it ended."""

    found: Mapping[Side, Inspection]
    """What the gauge says of every side."""
    ticks: int
    """Until the job was done, or was given up."""
    done: bool
    """Whether every side in the job was good and clear in time."""
    failure: str | None = None
    """Why the cell could not go on; None where it could."""


class Ground(Struct, frozen=True, kw_only=True):
    """What an episode needs to know of its station."""

    pins: Mapping[Side, float]
    """Height of a seated nut's centre [m]."""
    hz: int

    @classmethod
    def of(cls, station: Station) -> "Ground":
        """The ground at `station`."""
        spec = station.spec
        pins = {side: spec.places[f"{side}_pin"][2] for side in spec.action_space.sides}
        return cls(pins=pins, hz=spec.action_space.control_hz)

    def clear(self, signals: Signals, side: Side) -> bool:
        """True where the hand of `side` is clear of the part."""
        return bool(signals.arms[side].position[2] > self.pins[side] + CLEAR)


def work_episode(
    cell: Cell, ground: Ground, cycle: int, job: tuple[Side, ...], limit_s: float, after: int = 0
) -> Worked:
    """As `work_part`; then both hands go home, for another episode in the same cell."""
    worked = work_part(cell, ground, cycle, job, limit_s, after)
    if worked.failure is not None:
        return worked
    try:
        go_home(cell, ground)
    except CycleError as error:
        return Worked(
            found=cell.inspect(), ticks=worked.ticks, done=worked.done, failure=str(error)
        )
    return worked


def go_home(cell: Cell, ground: Ground) -> None:
    """Both hands, or as far as they come in HOMING. Raises CycleError as `Cell.step`."""
    cell.home(cell.sides)
    for _ in range(round(HOMING * ground.hz)):
        if all(cell.step().homed.values()):
            break


def work_part(
    cell: Cell,
    ground: Ground,
    cycle: int,
    job: tuple[Side, ...],
    limit_s: float,
    after: int = 0,
    watch: Callable[[Signals], object] = lambda _: None,
) -> Worked:
    """Present part `cycle`, feed both sides, let the policy drive both until `job` is done or
    `limit_s` is over, and `after` more ticks. The policy is told its job by the cell; `Ordered`
    tells it another. `watch` sees every tick. Raises CycleError where the part cannot be presented
    or a side not be fed."""
    cell.present(cycle)
    return drive_part(cell, ground, cell.sides, job, limit_s, after, watch)


def drive_part(
    cell: Cell,
    ground: Ground,
    sides: tuple[Side, ...],
    job: tuple[Side, ...],
    limit_s: float,
    after: int = 0,
    watch: Callable[[Signals], object] = lambda _: None,
    least_s: float = 0.0,
) -> Worked:
    """As `work_part`, from the feeding on, at the part that is there; the policy drives `sides`
    alone, and not before `least_s` is the job looked at: a side may be good before it is begun."""
    for side in cell.sides:
        cell.feed(side)
    cell.work(sides)
    limit, least = round((limit_s if job else WAIT) * ground.hz), round(least_s * ground.hz)
    ticks, done, failure, left = 0, False, None, after
    try:
        while ticks < limit and (left or not done):
            signals = cell.step()
            watch(signals)
            if done:
                left -= 1
                continue
            ticks += 1
            if not job or ticks < least or ticks % 3:
                continue
            if all(ground.clear(signals, side) for side in job):
                found = cell.inspect()
                done = all(found[side].ok for side in job)
    except CycleError as error:
        failure = str(error)
    return Worked(found=cell.inspect(), ticks=ticks, done=done, failure=failure)
