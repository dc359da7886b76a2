"""A training from its first step to its last, with everything that is kept of it.

RUN/run.json         what it is
RUN/progress.jsonl   its figures, a line for every few steps
RUN/checkpoint/      weights to be used, with processor and training.json
RUN/state.safetensors  all that it needs to go on
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from msgspec import Struct
from torch import Tensor

from ontakt.policy.processor import Processor
from ontakt.policy.training.batches import Batch
from ontakt.policy.training.card import CARD, TrainingCard
from ontakt.policy.training.plan import Run, write_json
from ontakt.policy.training.progress import ProgressFile, ProgressLine, mean_report
from ontakt.policy.training.state import STATE, load_state, save_localiser, save_state
from ontakt.policy.training.team import Team
from ontakt.policy.training.trainer import StepReport, Trainer
from ontakt.policy.xr0.checkpoint import write_tensors
from ontakt.policy.xr0.layout import HEAD

CHECKPOINT, LOCALISER = "checkpoint", "localiser.safetensors"
LINE = 10
"""Steps that a line of progress.jsonl is the mean of."""

Cutter = Callable[[int, int], Iterator[Batch]]
"""Gives the batches from a step to before another."""


class SaveEvery(Struct, frozen=True):
    """How often a training is saved, whichever comes first."""

    steps: int | None = None
    seconds: float | None = None


class Watcher(Protocol):
    """Is told how a training goes."""

    def stepped(self, line: ProgressLine) -> None:
        """LINE steps are done."""
        ...

    def saved(self, step: int) -> None:
        """The files are those of `step`."""
        ...


class TrainingRun:
    """The training `run` in `folder`: where it stands, on the disk and in `trainer`."""

    def __init__(
        self, folder: Path, run: Run, trainer: Trainer, processor: Processor, team: Team
    ) -> None:
        self._folder, self._run = folder, run
        self._trainer, self._processor, self._team = trainer, processor, team
        self._seconds = 0.0
        trainer.step = run.plan.first_step
        state = folder / STATE
        if state.is_file():
            self._seconds = load_state(trainer, state)
        self._progress = ProgressFile(folder, trainer.step) if team.rank == 0 else None

    @property
    def done(self) -> bool:
        """Whether all steps are."""
        return self._trainer.step >= self._run.last

    def work(
        self,
        cut: Cutter,
        save: SaveEvery,
        watcher: Watcher,
        stop: Callable[[], bool],
        clock: Callable[[], float],
    ) -> bool:
        """Go on to the end, or until somebody says `stop`; `clock` tells seconds. Returns whether
        it came to the end. Raises HaltError as `Trainer.learn`, SetupError where nothing can be
        written."""
        trainer, before = self._trainer, self._seconds
        begun = saved = clock()
        recent: list[StepReport] = []
        for batch in cut(trainer.step, self._run.last):
            recent.append(trainer.learn(batch))
            now = clock()
            self._seconds = before + now - begun
            if trainer.step % LINE == 0 or self.done:
                self._tell(ProgressLine(seconds=self._seconds, report=mean_report(recent)), watcher)
                recent.clear()
            stopped = self._team.agree(stop())
            due = save.steps is not None and trainer.step % save.steps == 0
            due |= self._team.agree(save.seconds is not None and now - saved >= save.seconds)
            if due or stopped or self.done:
                self._save(watcher)
                saved = clock()
            if stopped:
                break
        return self.done

    def _tell(self, line: ProgressLine, watcher: Watcher) -> None:
        if self._progress is not None:
            self._progress.add(line)
            watcher.stepped(line)

    def _save(self, watcher: Watcher) -> None:
        """Every member gives its part; one writes."""
        trainer, team = self._trainer, self._team
        named = trainer.result.state_dict().items()
        weights = team.gathered((name, tensor) for name, tensor in named if name != HEAD)
        heads = {} if trainer.localiser is None else trainer.localiser.state_dict()
        localiser = team.gathered(heads.items())
        if team.rank == 0:
            self._save_checkpoint(weights, localiser)
        del weights
        save_state(trainer, self._folder / STATE, self._seconds)
        if team.rank == 0:
            watcher.saved(trainer.step)

    def _save_checkpoint(self, weights: dict[str, Tensor], localiser: dict[str, Tensor]) -> None:
        trainer, place, plan = self._trainer, self._folder / CHECKPOINT, self._run.plan
        write_tensors(weights, trainer.model.config, place)
        self._processor.save(place)
        if localiser:
            save_localiser(localiser, place / LOCALISER)
        card = TrainingCard(
            recipe=plan.recipe,
            training=self._run.training,
            step=trainer.step,
            seconds=self._seconds,
            data=plan.data,
            init=plan.init,
            device=plan.device,
            software=self._run.software,
        )
        write_json(place / CARD, card)


def steps_in(
    seconds: float, trainer: Trainer, batches: Iterator[Batch], clock: Callable[[], float]
) -> int:
    """How many steps fit into `seconds`, measured over `batches` but the first few. It moves the
    weights of `trainer`, which is for nothing else."""
    times = []
    for batch in batches:
        trainer.learn(batch)
        times.append(clock())
    warm = min(WARM, len(times) - 2)
    step = (times[-1] - times[warm]) / (len(times) - 1 - warm)
    return max(int(seconds / step), 1)


MEASURED, WARM = 23, 2
"""Steps that are measured for a training of so many minutes; the first ones are slow."""
