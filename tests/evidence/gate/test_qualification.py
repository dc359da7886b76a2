"""A qualification is judged again from its shifts, and held against its plan."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from tests.evidence.qualifications import PLAN, SMALL, folded, read, registration, worked

from ontakt.contract import Readiness
from ontakt.evidence.gate.judge import judge
from ontakt.evidence.gate.qualification import Qualification, ReadShift, places, qualified
from ontakt.evidence.gate.registration import Registration
from ontakt.evidence.gate.requirement import BothSides
from ontakt.evidence.gate.tally import Tally
from ontakt.evidence.shift_record import ShiftRecord

SEALED = registration()
WHOLE = folded(worked(SEALED))


def test_it_judges_as_the_gate_does() -> None:
    found = qualified(read(SEALED, WHOLE), WHOLE)
    cells = [cell for cell, _ in places(SEALED.registered)]
    tallies = tuple(Tally.of(one, cell) for one, cell in zip(WHOLE, cells, strict=True))
    registered = SEALED.registered
    assert found.problems == ()
    assert found.unread == 0
    assert found.judgement == judge(
        PLAN,
        tallies,
        76.0,
        finished=True,
        policy_hash=registered.policy_hash,
        config_hash=registered.config_hash,
    )
    assert found.judgement.verdict.readiness is Readiness.READY


def test_a_part_of_the_plan_is_open() -> None:
    found = qualified(read(SEALED, WHOLE[:3]), WHOLE[:3])
    assert found.problems == ()
    assert found.unread == 1
    assert found.judgement.verdict.readiness is Readiness.NOT_ENOUGH_DATA
    assert not found.judgement.trial.finished
    assert found.judgement.verdict.cycles_needed == 6


def test_shifts_stand_in_the_order_of_the_plan() -> None:
    assert [cell for cell, _ in places(SEALED.registered)] == ["plant", "nominal"] * 2
    assert {seed for _, seed in places(SEALED.registered)} == set(SEALED.registered.shifts.values())


def test_it_reads_as_it_was_written() -> None:
    """Names in another order are the same registration, with the same seal."""
    found = read(SEALED, WHOLE)
    text = msgspec.json.encode(found, order="deterministic")
    again = msgspec.json.decode(text, type=Qualification)
    assert again == found
    assert again.registered.seal == SEALED.seal


Forgery = Callable[[], tuple[Qualification, list[ShiftRecord]]]


def _sealed_otherwise() -> tuple[Qualification, list[ShiftRecord]]:
    easier = replace(SEALED.registered, plan=replace(PLAN, require=(BothSides(at_least=0.1),)))
    return read(replace(SEALED, sealed=Registration.of(easier, "").sealed), WHOLE), WHOLE


def _without_the_first() -> tuple[Qualification, list[ShiftRecord]]:
    rest = WHOLE[1:]
    named = tuple(
        ReadShift(shift=one.origin.shift, cell=cell)
        for one, cell in zip(rest, ("nominal", "plant", "nominal"), strict=True)
    )
    return Qualification(registration=SEALED, read=named), rest


def _twice() -> tuple[Qualification, list[ShiftRecord]]:
    twice = [*WHOLE, WHOLE[0]]
    named = read(SEALED, WHOLE)
    return replace(named, read=(*named.read, named.read[0])), twice


def _after_the_end() -> tuple[Qualification, list[ShiftRecord]]:
    """Every side fails, so the first shift decides."""
    shifts = folded(worked(SEALED, 2, failure=1.0, hopeless=1.0))
    return read(SEALED, shifts), shifts


def _worked(**changes: Any) -> Forgery:
    def forge() -> tuple[Qualification, list[ShiftRecord]]:
        shifts = folded(worked(SEALED, **changes))
        return read(SEALED, shifts), shifts

    return forge


def _other_cells() -> tuple[Qualification, list[ShiftRecord]]:
    named = read(SEALED, WHOLE)
    other = tuple(replace(one, cell="nominal") for one in named.read)
    return replace(named, read=other), WHOLE


FORGERIES: dict[str, tuple[Forgery, str]] = {
    "an easier plan": (_sealed_otherwise, "was changed after it was sealed"),
    "a shift left out": (_without_the_first, "has another variation, seed"),
    "a shift counted twice": (_twice, "The plan has 4\N{NO-BREAK SPACE}shifts, and 5 are here"),
    "another order": (lambda: (read(SEALED, WHOLE), WHOLE[::-1]), "in another order"),
    "fewer than said": (lambda: (read(SEALED, WHOLE), WHOLE[:2]), "these are others"),
    "read on after the end": (_after_the_end, "had decided after 1\N{NO-BREAK SPACE}shift"),
    "another policy": (_worked(policy_hash="better"), "another policy"),
    "another configuration": (_worked(config_hash="softer"), "another configuration"),
    "another takt": (_worked(takt_s=90.0), "another takt"),
    "other parts": (_worked(seed=12), "another seed"),
    "fewer cycles": (_worked(planned=5), "another number of cycles"),
    "cells named otherwise": (_other_cells, "another variation"),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_other_shifts_than_the_registered_give_no_verdict(name: str) -> None:
    forge, told = FORGERIES[name]
    qualification, shifts = forge()
    found = qualified(qualification, shifts)
    assert any(told in problem for problem in found.problems), found.problems
    assert found.judgement.verdict.readiness is Readiness.NOT_ENOUGH_DATA
    assert told in found.judgement.verdict.reason


def test_one_shift_is_a_plan_too() -> None:
    sealed = registration(SMALL)
    shifts = folded(worked(sealed))
    found = qualified(read(sealed, shifts), shifts)
    assert isinstance(sealed, Registration)
    assert found.judgement.verdict.readiness is Readiness.READY
