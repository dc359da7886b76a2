"""Public names, and the fields of events: a record format that every later version must read.

A name may be added here. One that is taken away or renamed breaks somebody's code; a field of an
event that is taken away or renamed loses what old records say, and is never done.
"""

from typing import get_args

import msgspec

import ontakt.contract
from ontakt.contract import CellStats
from ontakt.contract.event import SCHEMA_VERSION, Event, Origin, Record

CONTRACT = """
INSTRUCTIONS SIDES SIDE_WIDTH ActionChunk ActionSpace ArmState Array Asked Assistance BadValue
Belief Box Brain CameraSpec Cell CellStats Clock Command CycleError CycleRecord Drive Driver
Episode GuardTrip
Guidance HaltError Image Inspection Jacobian Kpi Lesson Limits Live MissingExtra Observation
OntaktError
Outcome Policy PolicySpec PortStatus Readiness RecordError RecordSink Reply Request SetupError Side
SideLive SideResult Sight
Signals State Station StationSpec StopCategory StopPhase UnknownName Verdict frozen_array
seconds_of ticks_of
"""

FIELDS = {
    "ShiftStarted": (
        "seed takt_s control_hz policy sides planned_cycles planned_s variation latency strategy "
        "minor_stop_s software command",
        "notes clock speed gauge",
    ),
    "ShiftResumed": ("cycle", ""),
    "ShiftEnded": ("reason", "detail"),
    "StateChanged": ("state cause", "attribution"),
    "CycleStarted": ("cycle due_tick job variation", ""),
    "NutFed": ("cycle side left", ""),
    "PhaseEntered": ("cycle side phase", ""),
    "FailureDetected": ("cycle side mode signal attempt", ""),
    "RecoveryStarted": ("cycle side mode attempt", ""),
    "RecoveryEnded": ("cycle side ok", ""),
    "SideJudged": ("cycle side ok reason", ""),
    "PartInspected": ("cycle side ok offset height tilt", ""),
    "GuardActed": ("cycle rule action side value limit", ""),
    "CallRaised": ("call cycle reason", ""),
    "CallAcknowledged": ("call", ""),
    "CallArrived": ("call", ""),
    "CallResolved": ("call action", ""),
    "RequestAnswered": ("cycle who where wish", "detail obeyed why"),
    "TakeoverEnded": ("cycle who began_tick jogs moved_ticks", "let_go"),
    "PitchLost": ("cycle ticks", ""),
    "PictureTaken": ("cycle what path", ""),
    "BlackBoxKept": ("cycle reason path", ""),
    "CycleEnded": ("cycle ending robot_done_tick retries", "stats"),
    "Origin": ("shift station robot policy_hash config_hash", ""),
    "Record": ("origin seq tick utc_ns event", "v"),
    "CellStats": (
        "inferences latency_ms starved_ticks discarded_chunks trips",
        "limiter_active late_ticks driven_ticks seams seam_jump_mm seam_step_mm jerk",
    ),
}
"""Kind to its required fields and to those with a default. A field that is added gets a default."""


def test_the_contract_exports_what_it_did() -> None:
    assert sorted(ontakt.contract.__all__) == sorted(CONTRACT.split())


def test_no_field_of_an_event_is_lost_renamed_or_newly_required() -> None:
    kinds = (*get_args(Event), Origin, Record, CellStats)
    found = {}
    for kind in kinds:
        fields = msgspec.structs.fields(kind)
        found[kind.__name__] = (
            " ".join(field.name for field in fields if field.required),
            " ".join(field.name for field in fields if not field.required),
        )
    assert found == FIELDS
    assert SCHEMA_VERSION == 1


def test_fields_are_written_under_their_own_names() -> None:
    for kind in (*get_args(Event), Origin, Record, CellStats):
        assert [f.encode_name for f in msgspec.structs.fields(kind)] == [
            f.name for f in msgspec.structs.fields(kind)
        ]
