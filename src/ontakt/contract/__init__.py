"""The nouns that rooms exchange: frozen structs and Protocols."""

from ontakt.contract.chunk import ActionChunk, Belief, Guidance, Jacobian
from ontakt.contract.clock import Clock, seconds_of, ticks_of
from ontakt.contract.command import Command
from ontakt.contract.cycle import CycleRecord, Outcome, SideResult
from ontakt.contract.errors import (
    BadValue,
    CycleError,
    HaltError,
    MissingExtra,
    OntaktError,
    RecordError,
    SetupError,
    UnknownName,
)
from ontakt.contract.job import INSTRUCTIONS
from ontakt.contract.kpi import Kpi
from ontakt.contract.lesson import Driver, Episode, Lesson
from ontakt.contract.limits import Box, Limits
from ontakt.contract.live import Live, PortStatus, SideLive
from ontakt.contract.observation import ArmState, Observation, Sight
from ontakt.contract.ports import (
    Asked,
    Brain,
    Cell,
    Policy,
    PolicySpec,
    RecordSink,
    Station,
    StationSpec,
)
from ontakt.contract.request import Assistance, Reply, Request
from ontakt.contract.signals import CellStats, Drive, GuardTrip, Inspection, Signals
from ontakt.contract.spaces import (
    SIDE_WIDTH,
    SIDES,
    ActionSpace,
    Array,
    CameraSpec,
    Image,
    Side,
    frozen_array,
)
from ontakt.contract.state import State
from ontakt.contract.stop import StopCategory, StopPhase
from ontakt.contract.verdict import Readiness, Verdict

__all__ = [
    "INSTRUCTIONS",
    "SIDES",
    "SIDE_WIDTH",
    "ActionChunk",
    "ActionSpace",
    "ArmState",
    "Array",
    "Asked",
    "Assistance",
    "BadValue",
    "Belief",
    "Box",
    "Brain",
    "CameraSpec",
    "Cell",
    "CellStats",
    "Clock",
    "Command",
    "CycleError",
    "CycleRecord",
    "Drive",
    "Driver",
    "Episode",
    "GuardTrip",
    "Guidance",
    "HaltError",
    "Image",
    "Inspection",
    "Jacobian",
    "Kpi",
    "Lesson",
    "Limits",
    "Live",
    "MissingExtra",
    "Observation",
    "OntaktError",
    "Outcome",
    "Policy",
    "PolicySpec",
    "PortStatus",
    "Readiness",
    "RecordError",
    "RecordSink",
    "Reply",
    "Request",
    "SetupError",
    "Side",
    "SideLive",
    "SideResult",
    "Sight",
    "Signals",
    "State",
    "Station",
    "StationSpec",
    "StopCategory",
    "StopPhase",
    "UnknownName",
    "Verdict",
    "frozen_array",
    "seconds_of",
    "ticks_of",
]
