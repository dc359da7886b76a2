"""progress.jsonl: the figures of a training, one line for every few steps."""

from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ontakt.contract import SetupError
from ontakt.policy.training.trainer import StepReport

PROGRESS = "progress.jsonl"


class ProgressLine(Struct, frozen=True, kw_only=True):
    """The mean figures of the steps up to `step`."""

    seconds: float
    """Of training so far, pauses left out."""
    report: StepReport


def mean_report(reports: Sequence[StepReport]) -> StepReport:
    """The last of `reports`, with the means of their figures; None where none has it."""

    def mean(values: Sequence[float | None]) -> float | None:
        known = [value for value in values if value is not None]
        return fmean(known) if known else None

    last = reports[-1]
    return replace(
        last,
        loss=fmean(r.loss for r in reports),
        squared=fmean(r.squared for r in reports),
        frequency=fmean(r.frequency for r in reports),
        localisation=mean([r.localisation for r in reports]),
        presence=mean([r.presence for r in reports]),
        millimetres={
            place: mean([r.millimetres[place] for r in reports]) for place in last.millimetres
        },
        norm=fmean(r.norm for r in reports),
    )


class ProgressFile:
    """Appends to the file in `folder`, from which lines behind `step` are taken away first: they
    are of work that a kill has undone."""

    def __init__(self, folder: Path, step: int) -> None:
        self._path = folder / PROGRESS
        try:
            lines = self._path.read_bytes().splitlines() if self._path.exists() else []
            kept = [line for line in lines if _step(line) <= step]
            self._path.write_bytes(b"".join(line + b"\n" for line in kept))
        except OSError as error:
            raise SetupError(f"{self._path}: cannot be written ({error.strerror}).") from error

    def add(self, line: ProgressLine) -> None:
        with self._path.open("ab") as file:
            file.write(msgspec.json.encode(line) + b"\n")


def _step(line: bytes) -> float:
    try:
        return msgspec.json.decode(line, type=ProgressLine).report.step
    except msgspec.DecodeError:  # torn by a kill
        return float("inf")
