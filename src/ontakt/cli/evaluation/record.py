"""An evaluation's folder: its plan, and one line an episode, kept as they end."""

import os
from pathlib import Path
from typing import Self

import msgspec
from msgspec import Struct

from ontakt.cli.evaluation.messages import Ready
from ontakt.cli.evaluation.plan import EvaluationPlan
from ontakt.cli.evaluation.result import EpisodeResult
from ontakt.cli.provenance import software
from ontakt.contract import SetupError

PLAN = "plan.json"
RESULTS = "results.jsonl"


class Identity(Struct, frozen=True):
    """What must be the same for episodes to count together."""

    plan: EvaluationPlan
    ready: Ready
    software: dict[str, str]


class ResultFile:
    """`results.jsonl` of the evaluation in `folder`. `results` are those that are already there of
    the episodes that are asked for: more of the same may be asked for later."""

    def __init__(self, folder: Path, results: list[EpisodeResult]) -> None:
        self._path, self.results = folder / RESULTS, results

    @classmethod
    def open(cls, folder: Path, plan: EvaluationPlan, ready: Ready) -> Self:
        """Make `folder` this evaluation's, or go on in it. A line that was being written when the
        evaluation was killed is dropped. Raises SetupError when the folder holds something else,
        cannot be written, or has a line that is no result."""
        mine = msgspec.json.format(msgspec.json.encode(Identity(plan, ready, software()))) + b"\n"
        path = folder / PLAN
        try:
            if path.is_file():
                _compare(folder, path.read_bytes(), mine)
            elif folder.exists() and any(folder.iterdir()):
                raise SetupError(
                    f"{folder} is not empty and holds no evaluation; choose another --out."
                )
            else:
                folder.mkdir(parents=True, exist_ok=True)
                path.write_bytes(mine)
            there = _read(folder / RESULTS)
            return cls(folder, [result for result in there if result.index < plan.episodes])
        except OSError as error:
            raise SetupError(f"{folder}: cannot be written ({error.strerror or error}).") from error

    def append(self, result: EpisodeResult) -> None:
        """Keep `result`: from here on it survives a kill. Raises SetupError where it cannot."""
        try:
            with self._path.open("ab") as file:
                file.write(msgspec.json.encode(result) + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise SetupError(f"{self._path}: cannot be written ({error.strerror}).") from error


def _compare(folder: Path, theirs: bytes, mine: bytes) -> None:
    """Raises SetupError, naming what differs, where the folder's identity is another."""
    try:
        msgspec.json.decode(theirs, type=Identity)
    except msgspec.MsgspecError as error:
        raise SetupError(
            f"{folder / PLAN} is no plan of an evaluation; choose another --out."
        ) from error
    there, here = msgspec.json.decode(theirs), msgspec.json.decode(mine)
    differs = [
        key
        for part in ("plan", "ready", "software")
        for key in sorted({*there[part], *here[part]})
        if key != "episodes" and there[part].get(key) != here[part].get(key)
    ]
    if differs:
        raise SetupError(
            f"{folder} holds another evaluation (other {', '.join(differs).replace('_', ' ')}); "
            "choose another --out."
        )


def _read(path: Path) -> list[EpisodeResult]:
    if not path.is_file():
        return []
    whole = path.read_bytes()
    kept = whole[: whole.rfind(b"\n") + 1]
    if len(kept) < len(whole):
        os.truncate(path, len(kept))
    found: dict[int, EpisodeResult] = {}
    for number, line in enumerate(kept.splitlines(), start=1):
        try:
            result = msgspec.json.decode(line, type=EpisodeResult)
        except msgspec.MsgspecError as error:
            raise SetupError(f"{path}, line {number}: is no result ({error}).") from error
        found[result.index] = result
    return list(found.values())
