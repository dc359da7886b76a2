"""Real time: the action timeline, chunk strategies, latency, the guard and the wire."""

from ontakt.runtime.black_box import BlackBox
from ontakt.runtime.clock import VirtualClock, WallClock
from ontakt.runtime.executor import Executor
from ontakt.runtime.guard import Guard
from ontakt.runtime.homing import Homing
from ontakt.runtime.latency import Fixed, Latency, Measured, Trace, parse_latency
from ontakt.runtime.observers import Listener, Observer, Tee
from ontakt.runtime.strategies import Strategy, Sync
from ontakt.runtime.timeline import ActionTimeline
from ontakt.runtime.wanted import Wanted

__all__ = [
    "ActionTimeline",
    "BlackBox",
    "Executor",
    "Fixed",
    "Guard",
    "Homing",
    "Latency",
    "Listener",
    "Measured",
    "Observer",
    "Strategy",
    "Sync",
    "Tee",
    "Trace",
    "VirtualClock",
    "Wanted",
    "WallClock",
    "parse_latency",
]
