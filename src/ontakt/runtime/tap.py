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
    ticks_of,
)
from ontakt.contract.event import (
    CallRaised,
    CallResolved,
    Event,
    RequestAnswered,
    StateChanged,
    TakeoverEnded,
)
from ontakt.contract.live import CLIP_S
from ontakt.runtime.lookback import Drawn, Lookback
from ontakt.runtime.wanted import Wanted

PICTURES_S = 1 / 8
"""From one picture to the next while somebody looks [s, of the wall], on the next tick after it: at
least five a second, with room for a slow one and for a clock at half the wall's pace."""
DRIVEN_HZ = 10
"""Pictures a second from a takeover to its end, also while no key is held: what a person does shall
be learnt from, and what he saw before he did it."""
WATCHED_S = 2.0
"""Somebody who has asked within so long [s] is still looking."""
GUARD_ACTS = 12
"""Interventions that are kept."""


class Tap:
    """An observer of ticks and a listener to events; `looks` tells the executor when to draw.

    Pictures are drawn only while somebody has asked for them lately, and made into JPEG by who
    asks, never on the control loop. Those of the last `CLIP_S` are kept, whoever they were drawn
    for, and once a call is raised those before it until it is resolved.
    """

    def __init__(
        self, shift: str, clock: Clock, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._shift, self._clock, self._monotonic = shift, clock, monotonic
        self._lock = threading.Lock()
        self._asked = self._drawn = -math.inf
        self._beat: int | None = None
        """Of a drive, the last that has a picture."""
        self._cameras = 0
        """How many pictures a look has; a policy may ask for fewer than there are cameras."""
        self._images: Drawn | None = None
        self._lookback = Lookback(ticks_of(CLIP_S, clock.hz))
        self._clip: tuple[int, tuple[Drawn, ...]] | None = None
        """The open call, and what was seen before it."""
        self._jpeg: tuple[int, Mapping[str, bytes]] | None = None
        self._seen: tuple[Observation, Signals] | None = None
        self._trips: deque[tuple[int, GuardTrip]] = deque(maxlen=GUARD_ACTS)
        self._state: State | None = None
        self._chunk: int | None = None
        self._driven = False

    def looks(self, tick: int) -> bool:
        """True on ticks on which the cameras are to be drawn."""
        if self._driven and self._beat_of(tick) != self._beat:  # a late clock may leave ticks out
            return True
        now = self._monotonic()
        return now - self._asked < WATCHED_S and now - self._drawn >= PICTURES_S

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
        policy = [w.observed_tick for s, w in wanted.items() if signals.drives[s] == "policy"]
        with self._lock:
            self._seen = (observation, signals)
            if observation.images:
                self._draw(tick, observation.images)
            if policy:
                self._chunk = max(policy)
            self._trips.extend((tick, trip) for trip in signals.trips)

    def on_event(self, event: Event) -> None:
        """As `Listener.on_event`."""
        match event:
            case StateChanged(state=state):
                self._state = state
            case CallRaised(call=call):
                with self._lock:
                    self._clip = (call, self._lookback.before(self._clock.tick))
            case CallResolved():
                with self._lock:
                    self._clip = None
            case RequestAnswered(wish="take_over", obeyed=True):
                self._driven = True
            case TakeoverEnded():
                self._driven = False

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

    def before_call(
        self, call: int, after: int, most: int
    ) -> tuple[tuple[int, Mapping[str, bytes]], ...] | None:
        """What was seen in the `CLIP_S` before `call`, each with its tick and as JPEG: of those
        after tick `after` the oldest, so many that they make `most` bytes or one more; empty when
        there are no more. None where `call` is not the open one. From any thread."""
        with self._lock:
            open_call, clip = self._clip or (None, ())
        if open_call != call:
            return None
        found: list[tuple[int, Mapping[str, bytes]]] = []
        size = 0
        for tick, images in clip:
            if tick > after and size < most:
                jpeg = {name: _encoded(image) for name, image in images.items()}
                size += sum(map(len, jpeg.values()))
                found.append((tick, jpeg))
        return tuple(found)

    def close(self) -> None:
        """Nothing is open."""

    def _draw(self, tick: int, images: Mapping[str, Image]) -> None:
        self._lookback.keep(tick, images)
        self._beat = self._beat_of(tick)
        if len(images) >= self._cameras:  # else only a part of what people see
            self._cameras = len(images)
            self._images, self._drawn = (tick, images), self._monotonic()

    def _beat_of(self, tick: int) -> int:
        return tick // max(1, self._clock.hz // DRIVEN_HZ)


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
