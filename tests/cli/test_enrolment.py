"""Where a plan is registered when nobody says where, and what that place refuses."""

import json
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.evidence.qualifications import PLAN, registration

from ontakt.cli.qualification.enrolment import QUALIFICATIONS, VERDICT, Enrolment
from ontakt.contract import SetupError
from ontakt.evidence.gate.registration import Registered, Registration

REGISTERED = registration(PLAN).registered
RETRAINED = replace(REGISTERED, policy_hash="retrained")


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def folder(registered: Registered) -> Path:
    return Enrolment(registered, ()).folder()


def begun(registered: Registered, verdict: str | None = None) -> Path:
    """A trial that was registered where nobody said where."""
    place = folder(registered)
    Registration.of(registered, "2026-03-01T16:00:00Z").write(place)
    if verdict is not None:
        (place / VERDICT).write_text(json.dumps({"verdict": verdict}))
    return place


def test_the_same_plan_goes_on_in_the_same_folder() -> None:
    assert folder(REGISTERED) == begun(REGISTERED) == folder(REGISTERED)
    assert folder(REGISTERED).parent == QUALIFICATIONS


@pytest.mark.parametrize("verdict", [None, "NOT ENOUGH DATA"])
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"policy_hash": "retrained"}, "the policy"),
        ({"station_hash": "edited", "takt_s": 60.0}, "the station file, takt"),
        ({"software": {"ontakt": "9"}}, "the software"),
        ({"plan": replace(PLAN, why="easier")}, "the plan"),
    ],
)
def test_what_was_changed_before_it_was_decided_is_noticed(
    verdict: str | None, change: dict[str, object], said: str
) -> None:
    where = begun(REGISTERED, verdict)
    with pytest.raises(SetupError) as refused:
        folder(replace(REGISTERED, **change))
    assert str(refused.value) == (
        f"{where}: was registered 2026-03-01T16:00:00Z with other values of {said}. A changed "
        "plan is another plan; choose another --out."
    )


@pytest.mark.parametrize("verdict", ["READY", "NOT READY"])
def test_a_retrained_policy_opens_acceptance_anew(verdict: str) -> None:
    assert folder(RETRAINED) != begun(REGISTERED, verdict)


def test_another_question_is_no_change() -> None:
    begun(REGISTERED)
    for change in ({"policy": "xr0-compact"}, {"seed": 4}, {"strategy": "async"}):
        folder(replace(REGISTERED, **change))
    folder(replace(RETRAINED, plan=replace(PLAN, gate="other")))
