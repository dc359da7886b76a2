"""A verdict on a terminal, and as one JSON object."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from ontakt.contract import Readiness
from ontakt.evidence.gate.judge import Judgement
from ontakt.evidence.gate.registration import Registration

_COLOURS = {
    Readiness.READY: "bold green",
    Readiness.NOT_READY: "bold red",
    Readiness.NOT_ENOUGH_DATA: "bold yellow",
}


def judged(judgement: Judgement) -> dict[str, Any]:
    """A judgement in JSON; unknown figures are None."""
    verdict, trial = judgement.verdict, judgement.trial
    return {
        "verdict": verdict.readiness.value,
        "gate": verdict.requirement,
        "reason": verdict.reason,
        "cycles_needed": verdict.cycles_needed,
        "hours_needed": verdict.hours_needed,
        "findings": msgspec.to_builtins(judgement.findings),
        "cycles": sum(one.worked for one in trial.tallies),
        "good": sum(one.good for one in trial.tallies),
        "hours": sum(one.hours for one in trial.tallies),
        "shifts": len(trial.tallies),
    }


def told(registration: Registration, judgement: Judgement, folder: Path) -> dict[str, Any]:
    """What `--json` prints; unknown figures are None."""
    trial, registered = judgement.trial, registration.registered
    return {
        **judged(judgement),
        "planned": {
            "cycles": trial.planned_cycles,
            "hours": trial.planned_hours,
            "shifts": registered.plan.all_shifts,
            "cells": list(trial.cells),
            "method": trial.method,
        },
        "registered_utc": registration.registered_utc,
        "seal": registration.seal,
        "station": registered.station,
        "robot": registered.robot,
        "policy": registered.policy,
        "policy_hash": registered.policy_hash,
        "config_hash": registered.config_hash,
        "folder": str(folder),
        "report": None,
    }


def print_judgement(
    registration: Registration, judgement: Judgement, said: Mapping[str, Any]
) -> None:
    """The verdict, each requirement with what was seen, and where to look."""
    registered = registration.registered
    print_findings(judgement, f"{registered.policy} at {registered.station}, ")
    console = Console(highlight=False)
    console.print(f"registered {registration.registered_utc}, seal {registration.seal[:16]}")
    console.print(f"report: {said['report'] or 'none, for no shift was worked to its end'}")


def print_findings(judgement: Judgement, who: str = "") -> None:
    """The verdict on `who`, and each requirement with what was seen."""
    console, verdict = Console(highlight=False), judgement.verdict
    table = Table(box=None, pad_edge=False)
    for name in ("requirement", "asked", "seen", "", "why"):
        table.add_column(name, overflow="fold")
    for one in judgement.findings:
        colour = {"met": "green", "failed": "red"}.get(one.status.value, "yellow")
        table.add_row(
            one.requirement, one.asked, one.seen, f"[{colour}]{one.status.value}[/]", one.reason
        )
    console.print(
        f"{who}gate [bold]{verdict.requirement}[/] "
        f"({judgement.trial.method}, {' | '.join(judgement.trial.cells)}):",
        f"[{_COLOURS[verdict.readiness]}]{verdict.readiness.value}[/]",
    )
    console.print(table)
    if verdict.hours_needed is not None and verdict.readiness is Readiness.NOT_ENOUGH_DATA:
        cycles = "" if verdict.cycles_needed is None else f"{verdict.cycles_needed} cycles, "
        console.print(f"Further {cycles}{verdict.hours_needed:.1f} h could decide it.")
