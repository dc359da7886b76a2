"""Shifts held against a gate after they were worked."""

import pytest
from tests.evidence.shifts import Plan, shift

from ontakt.contract import Readiness, SetupError
from ontakt.evidence.fold import fold
from ontakt.evidence.gate.hindsight import CAVEAT, in_hindsight
from ontakt.evidence.gate.plan import GatePlan
from ontakt.evidence.gate.requirement import BothSides
from ontakt.evidence.shift_record import ShiftRecord

GATE = GatePlan(
    gate="ours", shifts=1, cycles=40, cells=(("plant",),), require=(BothSides(at_least=0.9),)
)


def told(**plan: object) -> ShiftRecord:
    return fold(shift(Plan(**plan)))  # type: ignore[arg-type]


def test_all_shifts_together_are_judged() -> None:
    parts = [told(cycles=40, failure=0.0, starved=0.0, seed=k, name=f"s{k}") for k in (1, 2)]
    found = in_hindsight(GATE, parts)
    assert found.verdict.readiness is Readiness.READY
    assert found.verdict.reason.endswith(CAVEAT)
    assert sum(tally.worked for tally in found.trial.tallies) == 80
    bad = in_hindsight(GATE, [told(cycles=40, failure=0.5)])
    assert bad.verdict.readiness is Readiness.NOT_READY


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"policy_hash": "other"}, "another policy"),
        ({"takt_s": 60.0}, "another takt"),
    ],
)
def test_one_policy_at_one_takt(change: dict[str, object], words: str) -> None:
    with pytest.raises(SetupError, match=words):
        in_hindsight(GATE, [told(cycles=3), told(cycles=3, name="b", **change)])


def test_a_variation_that_nobody_asked_for_is_refused() -> None:
    nominal = GatePlan(
        gate="n", shifts=1, cycles=40, cells=(("harsh",),), require=(BothSides(at_least=0.9),)
    )
    with pytest.raises(SetupError, match=r"worked at '\w+', and the gate 'n' asks for harsh"):
        in_hindsight(nominal, [told(cycles=3)])
