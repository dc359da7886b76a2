"""A run of ticks with the same rule is one event."""

from collections.abc import Sequence

from ontakt.contract import GuardTrip, Signals
from ontakt.contract.event import Event, GuardActed
from ontakt.line.guard_log import GuardLog


def signals(tick: int, *trips: GuardTrip) -> Signals:
    return Signals(tick=tick, arms={}, drives={}, homed={}, beliefs={}, trips=trips)


def acted(events: Sequence[Event]) -> list[tuple[str, str | None, float | None]]:
    return [(e.rule, e.side, e.value) for e in events if isinstance(e, GuardActed)]


def test_runs() -> None:
    events: list[Event] = []
    log = GuardLog(events.append, pause=30)
    left, right = (GuardTrip("speed", "clip", side, 0.6, 0.5) for side in ("left", "right"))
    log.see(signals(0, left))  # no cycle is open
    assert events == []
    log.begin(3)
    for tick in range(10):
        log.see(signals(tick, left))
    log.see(signals(20, left, right))  # a pause of ten ticks is the same run
    assert acted(events) == [("speed", "left", 0.6), ("speed", "right", 0.6)]
    log.see(signals(51, left))  # a pause of 31 is not
    log.see(signals(52, GuardTrip("speed", "hold", "left", 0.9, 0.5)))
    assert acted(events)[2:] == [("speed", "left", 0.6), ("speed", "left", 0.9)]
    log.begin(4)
    log.see(signals(53, left))
    assert len(events) == 5
    assert [e.cycle for e in events if isinstance(e, GuardActed)] == [3, 3, 3, 3, 4]
