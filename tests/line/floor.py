"""A shop floor for tests: configurations, and one call that works a whole scripted shift."""

from collections.abc import Callable

from msgspec import structs

from ontakt.contract.event import Event, Record, ShiftStarted
from ontakt.line.attendant import Attendant, ModelAttendant
from ontakt.line.fake import (
    PLACES,
    Deed,
    FakeClock,
    MemorySink,
    PunctualOperator,
    Script,
    ScriptedCell,
)
from ontakt.line.line_config import LineConfig
from ontakt.line.operator import Operator
from ontakt.line.progress import Progress
from ontakt.line.shift import Shift
from ontakt.line.supervisor import Supervisor
from ontakt.line.supervisor_config import SupervisorConfig

HZ = 30

SUPERVISOR = SupervisorConfig(
    grip_command=0.012, empty_opening=0.008, held_force=1.0, settle=0.1, empty_grasps=3,
    near_nut=0.03, lift=0.015, near_pin=0.02, insert_height=0.035, clear=0.025, leave_for=1.0,
    held_opening=(0.016, 0.02),
    seat_height=0.0025, seat_offset=0.01, tamp_opening=0.017, tamp_height=0.011,
    jam_lag=0.003, jam_force=10.0, jam_progress=0.0005, jam_for=10.0,
    still=0.001, stall_for=5.0, guard_for=2.0, side_budget=30.0,
)  # fmt: skip

LINE = LineConfig(
    takt=40.0, minor_stop=300.0, recoveries=1, least_time=15.0,
    recoverable=("drop", "no_grasp", "jam", "stall", "not_seated"),
    on_failure={"not_seated": "mark", "no_grasp": "mark"},
    marks_before_call=3,
)  # fmt: skip


def line(**changes: object) -> LineConfig:
    """LINE, but for `changes`."""
    return structs.replace(LINE, **changes)


def plan(
    takt_s: float = 40.0, cycles: int | None = 2, seconds: float | None = None, seed: int = 7
) -> ShiftStarted:
    """The first event of a shift."""
    return ShiftStarted(
        seed=seed, takt_s=takt_s, control_hz=HZ, policy="script", sides=("left", "right"),
        planned_cycles=cycles, planned_s=seconds, variation={"level": "nominal"},
        latency="fixed:80ms", strategy="sync", minor_stop_s=300.0, software={}, command=("test",),
    )  # fmt: skip


def work(
    script: Script | None = None,
    *,
    cell: ScriptedCell | None = None,
    shift_plan: ShiftStarted | None = None,
    operator: Operator | None = None,
    attendant: Attendant | None = None,
    first_cycle: int = 0,
    first_call: int = 0,
    resumed: bool = False,
    watch: Callable[[Shift, Progress], None] | None = None,
    line: LineConfig = LINE,
) -> tuple[ScriptedCell, MemorySink]:
    """Work one shift of two cycles, unless told otherwise."""
    cell = cell or ScriptedCell(script)
    sink = MemorySink(cell.clock)
    shift = Shift(
        cell,
        sink,
        shift_plan or plan(),
        line,
        Supervisor(SUPERVISOR, PLACES, HZ),
        attendant or ModelAttendant(operator or PunctualOperator(), cell.clock),
        first_cycle=first_cycle,
        first_call=first_call,
        resumed=resumed,
        watch=None if watch is None else lambda progress: watch(shift, progress),
    )
    sinks.append(sink)
    shift.run()
    return cell, sink


sinks: list[MemorySink] = []
"""The sinks of all shifts, for tests of shifts that end with an exception."""


def of(sink: MemorySink, *kinds: type[Event]) -> list[Event]:
    """The events of these kinds, in order."""
    return [event for event in sink.events if isinstance(event, kinds)]


def ticks(sink: MemorySink, kind: type[Event]) -> list[int]:
    """The ticks of all events of a kind."""
    return [record.tick for record in sink.records if isinstance(record.event, kind)]


def told(records: list[Record]) -> list[tuple[int, str]]:
    """A shift in short: (tick, `Kind detail`) of every event, to be compared with a hand."""
    short = []
    for record in records:
        event = record.event
        parts = [
            str(getattr(getattr(event, name), "name", getattr(event, name)))
            for name in _TOLD
            if getattr(event, name, None) is not None
        ]
        short.append((record.tick, " ".join([type(event).__name__, *parts])))
    return short


_TOLD = ("state", "cycle", "side", "phase", "mode", "reason", "ok", "ending", "action", "ticks",
         "cause", "attribution")  # fmt: skip

__all__ = [
    "HZ",
    "LINE",
    "SUPERVISOR",
    "Deed",
    "FakeClock",
    "line",
    "of",
    "plan",
    "sinks",
    "ticks",
    "told",
    "work",
]
