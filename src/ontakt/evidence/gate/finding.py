"""What a trial says of one requirement."""

from enum import StrEnum

from msgspec import Struct


class Status(StrEnum):
    """How a requirement stands."""

    MET = "met"
    FAILED = "failed"
    """Not met, and no rest of the registered plan could change that."""
    OPEN = "open"


class Finding(Struct, frozen=True, kw_only=True):
    """One requirement with what was seen of it."""

    requirement: str
    """As `both sides good`."""
    asked: str
    """As `at least 99 % with 95 % confidence`."""
    status: Status
    seen: str
    """What was counted, as `770 of 774 cycles`."""
    reason: str
    """One sentence that says why the status is what it is."""
    limit: float
    """What was asked for, in the unit of `value`."""
    value: float | None = None
    """The estimate; None where it is unknown."""
    bound: float | None = None
    """The confidence bound, or None; an e-value gate has none."""
    evidence: float | None = None
    """The e-value against the requirement not being met, as it stands; None for a fixed plan."""
    confidence: float | None = None
    method: str = ""
    cycles_needed: int | None = None
    """Further cycles that could decide it, at best; None when none could, or it is decided."""
    hours_needed: float | None = None
    """Further hours, where hours decide it."""


def weighed(stands: float, against: float, enough: float) -> tuple[Status, str, float]:
    """Of an anytime gate: the evidence as it `stands`, and the highest that ever spoke `against`
    it, by how much is `enough`."""
    if against >= enough:
        told = f"The evidence against it reached {odds(against)}; {odds(enough)} refutes it."
        return Status.FAILED, told, stands
    told = f"The evidence for it stands at {odds(stands)}; {odds(enough)} is enough."
    return Status.MET if stands >= enough else Status.OPEN, told, stands


def odds(evalue: float) -> str:
    """An e-value as the odds that a bet has won, as `20 to 1`."""
    return f"{evalue:.3g} to 1" if evalue < 1e6 else "more than a million to 1"
