"""The present of a cell for people who watch: kept, never stored, read from other threads."""

import io
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping

from ontakt.contract import (
    ArmState,
    Clock,
    Command,
    GuardTrip,
    Image,
    Live,
    Observation,
    Side,
    SideLive,
    Signals,
    State,
)
from ontakt.contract.event import Event, StateChanged
from ontakt.runtime.wanted import Wanted

PICTURES_HZ = 6
"""Pictures a second while somebody looks: five, with room for a slow one."""
DRIVEN_HZ = 10
"""Pictures a second while a person drives: what he did shall be learnt from."""
WATCHED_S = 2.0
"""Somebody who has asked within so long [s] is still looking."""
GUARD_ACTS = 12
"""Interventions that are kept."""


class Tap:
    """An observer of ticks and a listener to events; `looks` tells the executor when to draw.

    Pictures are drawn only while somebody has asked for them lately, and made into JPEG by who
    asks, never on the control loop.
    """

    def __init__(
        self, shift: str, clock: Clock, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._shift, self._clock, self._monotonic = shift, clock, monotonic
        self._lock = threading.Lock()
        self._asked = -math.inf
        self._images: tuple[int, Mapping[str, Image]] | None = None
        self._jpeg: tuple[int, Mapping[str, bytes]] | None = None
        self._seen: tuple[Observation, Signals] | None = None
        self._trips: deque[tuple[int, GuardTrip]] = deque(maxlen=GUARD_ACTS)
        self._state: State | None = None
        self._chunk: int | None = None
        self._driven = False

    def looks(self, tick: int) -> bool:
        """True on ticks on which the cameras are to be drawn."""
        if self._driven and tick % max(1, self._clock.hz // DRIVEN_HZ) == 0:
            return True
        watched = self._monotonic() - self._asked < WATCHED_S
        return watched and tick % max(1, self._clock.hz // PICTURES_HZ) == 0

    def on_tick(
        self,
        tick: int,
        observation: Observation,
        wanted: Mapping[Side, Wanted],
        command: Command,
        signals: Signals,
    ) -> None:
        """As `Observer.on_tick`."""
        del command
        self._driven = "person" in signals.drives.values()
        policy = [w.observed_tick for s, w in wanted.items() if signals.drives[s] == "policy"]
        with self._lock:
            self._seen = (observation, signals)
            if observation.images:
                self._images = (tick, observation.images)
            if policy:
                self._chunk = max(policy)
            self._trips.extend((tick, trip) for trip in signals.trips)

    def on_event(self, event: Event) -> None:
        """As `Listener.on_event`."""
        if isinstance(event, StateChanged):
            self._state = event.state

    def live(self) -> Live | None:
        """The present; None before the first tick. From any thread."""
        with self._lock:
            seen, trips, chunk = self._seen, tuple(self._trips), self._chunk
        if seen is None:
            return None
        observation, signals = seen
        return Live(
            shift=self._shift,
            tick=self._clock.tick,
            hz=self._clock.hz,
            state=self._state,
            sides={s: _side(s, a, observation, signals) for s, a in observation.arms.items()},
            guard=trips,
            starved=signals.starved,
            chunk_tick=chunk,
            late=self._clock.late,
        )

    def pictures(self) -> tuple[int | None, Mapping[str, bytes]]:
        """When the newest images were taken, and each as JPEG. From any thread."""
        self._asked = self._monotonic()
        with self._lock:
            images, jpeg = self._images, self._jpeg
        if images is None:
            return None, {}
        tick, by_camera = images
        if jpeg is None or jpeg[0] != tick:
            jpeg = (tick, {name: _encoded(image) for name, image in by_camera.items()})
            with self._lock:
                self._jpeg = jpeg
        return jpeg

    def close(self) -> None:
        """Nothing is open."""


def _side(side: Side, arm: ArmState, observation: Observation, signals: Signals) -> SideLive:
    belief = signals.beliefs.get(side)
    sight = observation.sights.get(f"{side}_pin")
    x, y, z = arm.position.tolist()
    a, b, c = arm.wrist_force.tolist()
    return SideLive(
        drive=signals.drives[side],
        phase=None if belief is None else belief.phase,
        gave_up=None if belief is None else belief.gave_up,
        confidence=None if belief is None else belief.confidence,
        sigma_mm=None if sight is None else 1000.0 * sight.sigma,
        position=(x, y, z),
        opening=arm.opening,
        grip_force=arm.grip_force,
        wrist_force=(a, b, c),
    )


def _encoded(image: Image) -> bytes:
    from PIL import Image as Picture

    out = io.BytesIO()
    Picture.fromarray(image).save(out, "JPEG", quality=85)
    return out.getvalue()
