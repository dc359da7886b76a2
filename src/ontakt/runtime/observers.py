"""Those who watch a cell: they see every tick and every event and influence nothing."""

from collections.abc import Mapping
from typing import Protocol

from ontakt.contract import Command, Observation, RecordSink, Side, Signals
from ontakt.contract.event import Event
from ontakt.runtime.wanted import Wanted


class Observer(Protocol):
    """Sees a control tick after its command was applied. What it is shown is frozen."""

    def on_tick(
        self,
        tick: int,
        observation: Observation,
        wanted: Mapping[Side, Wanted],
        command: Command,
        signals: Signals,
    ) -> None:
        """`wanted` holds the sides that some drive moved; the others stood."""
        ...


class Listener(Protocol):
    """Hears an event after it was stored."""

    def on_event(self, event: Event) -> None:
        """Called in the order of the record."""
        ...


class Tee:
    """A sink that stores events in `sink` and then tells `listeners`."""

    def __init__(self, sink: RecordSink, *listeners: Listener) -> None:
        self._sink = sink
        self._listeners = listeners

    def append(self, event: Event) -> None:
        """As `RecordSink.append`; a listener hears only what survived."""
        self._sink.append(event)
        for listener in self._listeners:
            listener.on_event(event)
