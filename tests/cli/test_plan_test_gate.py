"""`ontakt plan-test --gate`: a gate's whole sample, as its own plan has it."""

import json
from typing import Any

import pytest

from ontakt.cli.main import run
from ontakt.evidence.gate.ladder import GATES


def answer(capsys: pytest.CaptureFixture[str], words: str) -> dict[str, Any]:
    assert run([*words.split(), "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return found


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.gate)
def test_a_gate_tells_its_whole_sample(gate: Any, capsys: pytest.CaptureFixture[str]) -> None:
    told = answer(capsys, f"plan-test --gate {gate.gate}")
    assert (told["gate"], told["cycles"], told["shifts"]) == (
        gate.gate,
        gate.all_cycles,
        gate.all_shifts,
    )
    assert told["hours"] == pytest.approx(gate.hours(76))
    assert len(told["requirements"]) == len(gate.require)
    assert all(row["allowed"] >= 0 for row in told["requirements"])
    assert run(["plan-test", "--gate", gate.gate]) == 0
    assert capsys.readouterr().out.startswith(f"{gate.gate}: {gate.all_cycles:,} cycles")


def test_a_gate_allows_what_its_plan_allows(capsys: pytest.CaptureFixture[str]) -> None:
    told = answer(capsys, "plan-test --gate scheduled")
    rows = {row["requirement"]: row for row in told["requirements"]}
    both = rows["both sides good"]
    assert (both["asked"].replace("\u202f", " "), both["unit"]) == (
        "99 %, 95 % confidence",
        "cycles",
    )
    at_most = max(
        row["failures"]
        for row in answer(capsys, "plan-test --reliability 0.99")["alternatives"]
        if row["cycles"] <= both["sample"]
    )
    assert both["allowed"] == at_most
