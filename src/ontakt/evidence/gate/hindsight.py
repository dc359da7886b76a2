"""Shifts held against a gate that nobody registered for them: a real cell's log, or any shift."""

import math
from collections.abc import Sequence

from msgspec.structs import replace

from ontakt.contract import SetupError
from ontakt.evidence.gate.judge import Judgement, judge
from ontakt.evidence.gate.plan import GatePlan
from ontakt.evidence.gate.tally import Tally
from ontakt.evidence.shift_record import ShiftRecord

CAVEAT = "Nobody registered this plan before these cycles were worked: this is no acceptance."


def in_hindsight(plan: GatePlan, shifts: Sequence[ShiftRecord]) -> Judgement:
    """What `shifts`, at least one, say of `plan`, as if they were all of it; the reason ends with
    CAVEAT. Where a log does not tell at which variation its cycles were worked, they count for the
    plan's first. Raises SetupError for shifts of several policies, configurations or takts, and for
    a variation that the plan does not ask for."""
    first = shifts[0]
    for shift in shifts:
        for what, mine, its in (
            ("policy", first.origin.policy_hash, shift.origin.policy_hash),
            ("configuration", first.origin.config_hash, shift.origin.config_hash),
            ("takt", first.started.takt_s, shift.started.takt_s),
        ):
            if mine != its and not (_unknown(mine) and _unknown(its)):
                raise SetupError(
                    f"Shift {shift.origin.shift} has another {what} than {first.origin.shift}: "
                    "a gate judges one. Name a shift."
                )
    judgement = judge(
        plan,
        tuple(Tally.of(shift, _cell(plan, shift)) for shift in shifts),
        first.started.takt_s,
        finished=True,
        policy_hash=first.origin.policy_hash,
        config_hash=first.origin.config_hash,
    )
    verdict = judgement.verdict
    return replace(judgement, verdict=replace(verdict, reason=f"{verdict.reason} {CAVEAT}"))


def _cell(plan: GatePlan, shift: ShiftRecord) -> str:
    level = shift.started.variation.get("level")
    if level is None:
        return plan.cell_names[0]
    if level not in plan.cell_names:
        raise SetupError(
            f"Shift {shift.origin.shift} was worked at {level!r}, and the gate {plan.gate!r} asks "
            f"for {', '.join(plan.cell_names)}."
        )
    return level


def _unknown(value: str | float) -> bool:
    """A takt that nobody wrote down is not a number."""
    return isinstance(value, float) and math.isnan(value)
