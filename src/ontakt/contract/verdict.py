"""The answer to "can this station be scheduled?"."""

from enum import StrEnum

from msgspec import Struct


class Readiness(StrEnum):
    """The three answers; there is no fourth."""

    READY = "READY"
    NOT_READY = "NOT READY"
    NOT_ENOUGH_DATA = "NOT ENOUGH DATA"


class Verdict(Struct, frozen=True, kw_only=True):
    """A judgement of one frozen configuration against one named requirement."""

    readiness: Readiness
    requirement: str
    reason: str
    config_hash: str
    policy_hash: str
    cycles_needed: int | None = None
    """Further cycles that could decide it; None when none could, or when it is decided."""
    hours_needed: float | None = None
