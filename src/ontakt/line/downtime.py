"""Who answers for a stop: the one table from its cause to its attribution.

The robot answers for everything that follows from its own failure, the wait for a person
included: without the failure nobody would have had to come. How long he took stands in the
events of the call, so that the response can be told from the repair. A stop of the guard is
charged to safety (one that merely held a side is the robot's own trouble), a missing part or nut
to upstream, a part that cannot leave to downstream, a stop that a person wanted to the operator.
"""

from collections.abc import Mapping
from types import MappingProxyType

from ontakt.contract import State
from ontakt.contract.event import Attribution
from ontakt.line.supervisor_config import MODES

REASONS = (*MODES, "marks", "error", "starved")
"""Why a person can be called: a failure, marked parts in a row, a failed cell, no nuts."""


ATTRIBUTION: Mapping[str, Attribution] = MappingProxyType(
    {
        "start": "none",
        "done": "none",
        **dict.fromkeys(MODES, "robot"),
        "guard": "safety",
        "marks": "robot",
        "error": "robot",
        "halt": "robot",
        "starved": "upstream",
        "blocked": "downstream",
        "operator": "operator",
    }
)
"""Cause of a stop to who answers for it."""

_OWN = {State.HOLDING, State.HELD, State.UNHOLDING}


def attribution(state: State, cause: str) -> Attribution:
    """Who answers for the time in `state`, entered for `cause` (a key of ATTRIBUTION): nobody for
    Execute, the robot for a stop that PackML calls its own, unless a person wanted it."""
    if state is State.EXECUTE:
        return "none"
    return "robot" if state in _OWN and cause != "operator" else ATTRIBUTION[cause]
