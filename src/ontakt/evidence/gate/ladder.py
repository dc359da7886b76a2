"""The ladder of gates, from a demonstration to a line without people, with published defaults.

Every number is a default that a plan file may replace, and has its reason beside it. Fixed plans
allow failures: without one allowed, a robot that is good 998 times in 1,000 fails 99 % in 45 of
100 trials; with three, in 7 (`ontakt plan-test --reliability 0.99 --true 0.998`).
"""

from ontakt.contract import UnknownName
from ontakt.evidence.gate.plan import GatePlan
from ontakt.evidence.gate.requirement import Assists, BothSides, Cells, Escapes, Shifts, Takt

GATES: tuple[GatePlan, ...] = (
    GatePlan(
        gate="demo",
        why="Worth a visit: it does more than luck explains. 52 cycles with at most 2 failures "
        "show 90 % with 90 % confidence; Xiaomi published 90.2 % of an unknown number.",
        cells=(("nominal",),),
        shifts=1,
        cycles=52,
        require=(BothSides(at_least=0.90, confidence=0.90),),
    ),
    GatePlan(
        gate="supervised",
        why="May work while somebody stands beside it: 153 cycles with at most 3 failures, and he "
        "can do something else for half an hour at a time.",
        cells=(("nominal",),),
        shifts=3,
        cycles=51,
        require=(
            BothSides(at_least=0.95),
            Takt(at_least=0.95),
            Assists(mean_hours=0.5),
            Shifts(at_least=3),
        ),
    ),
    GatePlan(
        gate="probation",
        why="May make parts that are sold, each of them checked (as GP-12 containment and safe "
        "launch have it): 388 cycles with at most 3 failures, under the plant's own variation.",
        shifts=4,
        cycles=97,
        require=(
            BothSides(at_least=0.98),
            Takt(at_least=0.98),
            Escapes(at_most=0.01),
            Assists(mean_hours=2.0),
            Shifts(at_least=4),
        ),
    ),
    GatePlan(
        gate="scheduled",
        why="May be planned with: 780 cycles with at most 3 failures show 99 %, which is what "
        "PPAP's 300 consecutive parts show if none fails, with a fair chance for a good robot; "
        "one person looks after four such stations and is called once an hour; one passed side "
        "in 200 may be bad, for the check that follows finds it.",
        shifts=6,
        cycles=130,
        require=(
            BothSides(at_least=0.99),
            Takt(at_least=0.99),
            Escapes(at_most=0.005),
            Assists(mean_hours=4.0),
            Shifts(at_least=6),
        ),
    ),
    GatePlan(
        gate="lights-out",
        why="May work a night alone: 99.9 % is a failure in two and a half shifts of eight hours, "
        "40 h between assists one in five, and both hold at the plant's variation and beyond it.",
        cells=(("plant",), ("harsh",)),
        shifts=10,
        cycles=388,
        require=(
            BothSides(at_least=0.999),
            Takt(at_least=0.999),
            Escapes(at_most=0.0005),
            Assists(mean_hours=40.0),
            Shifts(at_least=20),
            Cells(at_least=0.998),
        ),
    ),
)
"""From the first rung to the last."""


def find_gate(name: str) -> GatePlan:
    """The gate of that name. Raises UnknownName."""
    for gate in GATES:
        if gate.gate == name:
            return gate
    raise UnknownName("gate", name, [gate.gate for gate in GATES])
