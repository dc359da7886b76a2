"""What an internship has written so far, as it is read for its page."""

from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from ontakt.contract import RecordError

RECORD = "intern.json"


class Share(Struct, frozen=True):
    """Good episodes of `n` with the interval of their share; None: there were none."""

    good: int
    n: int
    share: float | None = None
    low: float | None = None
    high: float | None = None


class Version(Struct, frozen=True, kw_only=True):
    """One version; None: unknown."""

    round: int
    parts: int | None = None
    lessons: int | None = None
    step_ins: int | None = None
    corrections: int | None = None
    corrections_a_step_in: float | None = None
    both: Share | None = None
    left: Share | None = None
    right: Share | None = None
    failures: dict[str, int] | None = None
    time_s: float | None = None


class Growth(Struct, frozen=True, kw_only=True):
    """An internship; fields that are not named here are not shown."""

    plan: dict[str, Any]
    rounds: int
    command: tuple[str, ...] = ()
    software: dict[str, str] = {}
    versions: tuple[Version, ...] = ()


def read_growth(folder: Path) -> Growth:
    """What the internship in `folder` has written. Raises RecordError for what cannot be read."""
    path = folder / RECORD
    try:
        return msgspec.json.decode(path.read_bytes(), type=Growth)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise RecordError(f"{path}: cannot be read ({error}).") from error
