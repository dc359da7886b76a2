"""Orders at the toy station, and shifts that nobody worked, written in their place."""

from pathlib import Path

from ontakt.cli.fleet.order import ShiftOrder
from ontakt.cli.options import ShiftOptions
from ontakt.cli.provenance import software
from ontakt.contract.event import CycleStarted, Event, Origin, Record, ShiftEnded, ShiftStarted
from ontakt.evidence.store import open_store


def order(
    seed: int, name: str = "", cycles: int = 2, alone: bool = False, policy_hash: str | None = None
) -> ShiftOrder:
    """A short shift at the toy station."""
    options = ShiftOptions(
        station="toy",
        robot=None,
        policy="expert",
        cycles=cycles,
        hours=None,
        takt=None,
        seed=seed,
        variation=("nominal",),
        latency="fixed:80ms",
    )
    return ShiftOrder(name or f"shifts/{seed}", options, alone, policy_hash)


def write_shift(
    place: Path,
    order: ShiftOrder,
    end: ShiftEnded | None = ShiftEnded(reason="planned"),  # noqa: B008 - it is frozen
    made_with: dict[str, str] | None = None,
) -> None:
    """The record of `order` in `place`; one that was cut without an `end`."""
    options = order.options
    cycles = options.cycles or 1
    events: list[Event] = [
        ShiftStarted(
            seed=options.seed,
            takt_s=30.0,
            control_hz=30,
            policy=options.policy,
            sides=("left", "right"),
            planned_cycles=cycles,
            planned_s=None,
            variation={},
            latency=options.latency,
            strategy=options.strategy,
            minor_stop_s=300.0,
            software=software() if made_with is None else made_with,
            command=options.command(),
        )
    ]
    events += [
        CycleStarted(cycle=n, due_tick=n, job=("left",), variation={}) for n in range(cycles)
    ]
    events += [] if end is None else [end]
    origin = Origin(
        shift=f"toy-{options.seed}",
        station="toy",
        robot="sim:toy",
        policy_hash="mine",
        config_hash="c",
    )
    place.mkdir(parents=True)
    with open_store(place / "events.db", write=True) as store:
        store.extend(
            Record(origin=origin, seq=seq, tick=seq, utc_ns=seq, event=event)
            for seq, event in enumerate(events)
        )
