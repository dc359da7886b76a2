"""Evaluate a policy: episodes in worker processes, kept as they end, counted at the end."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from ontakt.cli.evaluation.evaluation import Evaluation
from ontakt.cli.evaluation.messages import Ready
from ontakt.cli.evaluation.plan import EvaluationPlan
from ontakt.cli.evaluation.record import ResultFile
from ontakt.cli.evaluation.result import EpisodeResult
from ontakt.cli.evaluation.worker import Work
from ontakt.cli.evaluation.workers import work_episodes
from ontakt.contract import BadValue, SetupError


class Watcher(Protocol):
    """Hears how far it is."""

    def begins(self, there: Sequence[EpisodeResult], episodes: int) -> None:
        """`there` of `episodes` are already known."""
        ...

    def ended(self, result: EpisodeResult) -> None:
        """An episode has ended."""
        ...


class Silence:
    """A `Watcher` that does nothing."""

    def begins(self, there: Sequence[EpisodeResult], episodes: int) -> None:
        """Nothing."""

    def ended(self, result: EpisodeResult) -> None:
        """Nothing."""


def evaluate(
    plan: EvaluationPlan,
    jobs: int = 1,
    folder: Path | None = None,
    progress: Watcher | None = None,
    *,
    pictures: bool = False,
) -> Evaluation:
    """Work the episodes of `plan` in `jobs` processes, which changes nothing but the time it takes.

    With a `folder` results are kept there as they come, and episodes that it already holds are not
    worked again; with `pictures` also one of each kind of fault on each side, at the end of the
    work. Raises SetupError for what cannot be worked, HaltError when a worker ends.
    """
    plan = plan.checked()
    if jobs < 1:
        raise BadValue("--jobs", jobs, "at least 1 worker")
    if plan.latency == "measured" and jobs > 1:
        raise BadValue("--jobs", jobs, "a measured latency is measured by itself: 1")
    if pictures and folder is None:
        raise SetupError("Pictures want a folder.")
    watcher = Silence() if progress is None else progress
    begun = time.perf_counter()
    results: list[EpisodeResult] = []
    file: ResultFile | None = None
    who: Ready | None = None

    def begin(ready: Ready) -> list[int]:
        nonlocal file, who
        who = ready
        if folder is not None:
            file = ResultFile.open(folder, plan, ready)
            results.extend(file.results)
        watcher.begins(results, plan.episodes)
        there = {result.index for result in results}
        return [index for index in range(plan.episodes) if index not in there]

    def ended(result: EpisodeResult) -> None:
        if file is not None:
            file.append(result)
        results.append(result)
        watcher.ended(result)

    kept = str(folder.absolute()) if folder is not None and pictures else None
    work_episodes(msgspec.json.encode(Work(plan, kept)), min(jobs, plan.episodes), begin, ended)
    assert who is not None  # a worker was ready, or it has raised
    results.sort(key=lambda result: result.index)
    return Evaluation.count(plan, who, results, time.perf_counter() - begun)
