"""What a training has written so far, as it is read for its page."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from ontakt.contract import RecordError

T = TypeVar("T")


class Figures(Struct, frozen=True):
    """Of some steps, as progress.jsonl has them; fields that are not named here are not shown."""

    step: int
    loss: float
    squared: float
    frequency: float
    rate: float
    millimetres: Mapping[str, float | None] = {}


class Line(Struct, frozen=True):
    """One line of progress.jsonl."""

    seconds: float
    """Of training, pauses left out."""
    report: Figures


class Share(Struct, frozen=True):
    """Good episodes of `n` with the interval of their share."""

    good: int
    n: int
    low: float
    high: float


class Evaluation(Struct, frozen=True):
    """One line of evaluations.jsonl: the policy as it was at `step`, in closed loop."""

    step: int
    seconds: float
    both: Share


class History(Struct, frozen=True):
    """A training's folder."""

    run: dict[str, Any]
    """run.json."""
    lines: tuple[Line, ...]
    evaluations: tuple[Evaluation, ...]


def read_history(folder: Path) -> History:
    """What the training in `folder` has written. Raises RecordError for what cannot be read."""
    path = folder / "run.json"
    try:
        run = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except (OSError, msgspec.DecodeError) as error:
        raise RecordError(f"{path}: cannot be read ({error}).") from error
    return History(
        run=run,
        lines=_lines(folder / "progress.jsonl", Line),
        evaluations=_lines(folder / "evaluations.jsonl", Evaluation),
    )


def _lines(path: Path, kind: type[T]) -> tuple[T, ...]:
    if not path.exists():
        return ()
    try:
        return tuple(
            msgspec.json.decode(line, type=kind) for line in path.read_bytes().splitlines()
        )
    except (OSError, msgspec.DecodeError) as error:
        raise RecordError(f"{path}: cannot be read ({error}).") from error
