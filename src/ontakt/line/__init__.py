"""The clock and people: takt, shifts, supervision, machine states and downtime."""

from ontakt.line.downtime import ATTRIBUTION, REASONS
from ontakt.line.line_config import LineConfig
from ontakt.line.operator import ModelOperator, Operator, OperatorConfig, Response
from ontakt.line.progress import Progress
from ontakt.line.shift import Shift
from ontakt.line.state_machine import IllegalCommand, StateMachine, UnitCommand
from ontakt.line.supervisor import Supervisor
from ontakt.line.supervisor_config import MODES, SupervisorConfig
from ontakt.line.takt import Takt

__all__ = [
    "ATTRIBUTION",
    "MODES",
    "REASONS",
    "IllegalCommand",
    "LineConfig",
    "ModelOperator",
    "Operator",
    "OperatorConfig",
    "Progress",
    "Response",
    "Shift",
    "StateMachine",
    "Supervisor",
    "SupervisorConfig",
    "Takt",
    "UnitCommand",
]
