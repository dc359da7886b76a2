"""`ontakt train`, wired: data, model, run, display."""

import math
import shlex
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch

from ontakt.cli.provenance import software
from ontakt.cli.training_options import (
    check_length,
    configuration_of,
    longest_prefix,
    recipe_of,
    save_every,
    shares_of,
)
from ontakt.cli.training_progress import TrainingProgress
from ontakt.cli.training_request import TrainingRequest
from ontakt.contract import BadValue, SetupError
from ontakt.evidence.training import PAGE
from ontakt.policy.dataset import Dataset
from ontakt.policy.device import choose_threads, find_device
from ontakt.policy.processor import Processor
from ontakt.policy.training.batches import Batch, Batches
from ontakt.policy.training.beginning import Beginning, begin, with_statistics
from ontakt.policy.training.card import read_card
from ontakt.policy.training.localisation import NONE, wrists_of
from ontakt.policy.training.plan import RUN, Plan, Run, check_same, read_run, write_json
from ontakt.policy.training.prefetch import ahead, in_order
from ontakt.policy.training.run import CHECKPOINT, LOCALISER, MEASURED, TrainingRun, steps_in
from ontakt.policy.training.sharding import Sharded, check_shardable, held
from ontakt.policy.training.sources import (
    check_sizes,
    check_sources,
    described,
    folder_hash,
    open_sources,
    table_of,
)
from ontakt.policy.training.state import load_localiser
from ontakt.policy.training.table import Table
from ontakt.policy.training.team import Alone, Team, Together, processes
from ontakt.policy.training.trainer import Trainer
from ontakt.policy.xr0.layout import tensor_shapes

STOPPED = 130


def train(asked: TrainingRequest, arguments: Sequence[str]) -> int:
    """Do what is `asked`; returns the exit code."""
    check_length(asked)
    save, recipe = save_every(asked), recipe_of(asked)
    if asked.shard:
        check_shardable(recipe.training)
    device, team = _team(asked)
    beginning = begin(
        configuration_of(asked),
        asked.init,
        asked.embodiment,
        recipe,
        longest_prefix(recipe.training),
    )
    datasets = open_sources(asked.data)
    processor = beginning.processor(datasets[0].robot_type)
    _check(datasets, processor, asked.init)
    begun = read_run(asked.out)
    plan = Plan(
        recipe=recipe.name,
        training=recipe.training,
        steps=None if asked.minutes else asked.steps or recipe.training.schedule.steps,
        minutes=asked.minutes,
        first_step=asked.first_step or 0,
        schedule_steps=asked.schedule_steps,
        model=beginning.config,
        robot_type=datasets[0].robot_type,
        embodiment=processor.embodiment,
        fresh_statistics=beginning.fresh_statistics,
        data=described(datasets, shares_of(asked)),
        init=None if asked.init is None else folder_hash(asked.init),
        device=device.type,
        threads=_threads(asked, beginning),
        processes=team.size,
        sharded=asked.shard,
    )
    if begun is not None:
        check_same(asked.out, begun.plan, plan)
    if device.type == "cpu":
        torch.set_num_threads(plan.threads)
    team.agree(False)  # all have looked before one writes
    with TrainingProgress(asked.out, quiet=team.rank > 0) as progress:
        table = _table(datasets, processor, asked.tables, progress, team)
        if beginning.fresh_statistics:
            processor = with_statistics(processor, table)
        work = _Work(plan, beginning, table, processor, device, team)
        steps = begun.steps if begun is not None else plan.steps or work.measured()
        trainer = work.trainer(steps)
        run = begun or _run(asked, arguments, plan, steps, trainer)
        if team.rank == 0:
            write_json(asked.out / RUN, run)
        training = TrainingRun(asked.out, run, trainer, processor, team)
        progress.begin(run)
        with _stoppable() as stopped:
            done = training.done or training.work(work.cut, save, progress, stopped, time.monotonic)
    if team.rank == 0:
        _tell(asked, done, processor)
    return 0 if done else STOPPED


class _Work:
    """Makes what a training needs, as often as it is needed: to be measured, and to be kept."""

    def __init__(
        self,
        plan: Plan,
        beginning: Beginning,
        table: Table,
        processor: Processor,
        device: torch.device,
        team: Team,
    ) -> None:
        self._plan, self._beginning, self._device, self._team = plan, beginning, device, team
        training = plan.training
        self._wrists = wrists_of(table, processor) if training.localises else NONE
        self._batches = Batches(
            table,
            processor,
            training.batch,
            training.seed,
            training.post_training,
            training.augmentation,
            [source.share for source in plan.data],
            part=team.rank,
            parts=team.size,
        )

    def cut(self, first: int, last: int) -> Iterator[Batch]:
        """Batches `first` to `last` - 1."""
        how = in_order if self._device.type == "cpu" else ahead
        return how(self._batches.at, first, last)

    def trainer(self, steps: int) -> Trainer:
        """At its first step of `steps`."""
        config, init = self._plan.scheduled(steps), self._beginning.init
        model = self._beginning.model(config.seed, self._device)
        wrists = self._wrists
        trainer = Trainer(model, config, wrists, self._team)
        if trainer.localiser is not None and init is not None and (init / LOCALISER).is_file():
            load_localiser(trainer.localiser, init / LOCALISER)
        return trainer

    def measured(self) -> int:
        """How many steps fit into the minutes given, for all processes alike."""
        assert self._plan.minutes is not None
        trainer, batches = self.trainer(MEASURED), self.cut(0, MEASURED)
        steps = steps_in(60 * self._plan.minutes, trainer, batches, time.monotonic)
        return round(float(self._team.mean(torch.tensor(float(steps), device=self._device))))


def _run(
    asked: TrainingRequest, arguments: Sequence[str], plan: Plan, steps: int, trainer: Trainer
) -> Run:
    return Run(
        plan=plan,
        steps=steps,
        command=("ontakt", *arguments),
        folders=tuple(str(folder) for folder in asked.data),
        init=None if asked.init is None else str(asked.init),
        software=software(),
        parameters={
            "model": sum(p.numel() for p in trainer.model.parameters()),
            "moving": sum(p.numel() for p in trainer.parameters.values()),
            **({"held": held(trainer.model.parameters())} if plan.sharded else {}),
        },
    )


def _team(asked: TrainingRequest) -> tuple[torch.device, Team]:
    device = find_device(asked.device)
    if processes() > 1:
        team = (Sharded if asked.shard else Together)(cpu=device.type == "cpu")
        return team.device, team
    if asked.shard:
        raise SetupError(
            "--shard: needs several processes, and this is one; begin with `torchrun "
            "--nproc_per_node N -m ontakt.cli train` or accelerate launch, or leave it out."
        )
    return device, Alone()


def _threads(asked: TrainingRequest, beginning: Beginning) -> int:
    if asked.threads is not None:
        if asked.threads < 1:
            raise BadValue("--threads", asked.threads, "it is 1 or greater")
        return asked.threads
    return choose_threads(
        sum(math.prod(shape) for shape in tensor_shapes(beginning.config).values())
    )


def _check(datasets: Sequence[Dataset], processor: Processor, init: Path | None) -> None:
    check_sources(datasets, processor)
    card = None if init is None else read_card(init)
    if init is not None and card is not None:
        check_sizes(datasets, card.data, init)


def _table(
    datasets: Sequence[Dataset],
    processor: Processor,
    folder: Path | None,
    progress: TrainingProgress,
    team: Team,
) -> Table:
    """One process prepares the data, the others take what it made."""
    if team.rank:
        team.agree(False)
        return table_of(datasets, processor, folder, progress.prepared)
    table = table_of(datasets, processor, folder, progress.prepared)
    team.agree(False)
    return table


@contextmanager
def _stoppable() -> Iterator[Callable[[], bool]]:
    """Ctrl-C and SIGTERM are heard after the step under way; a second Ctrl-C is not waited for."""
    heard: list[int] = []

    def hear(number: int, _frame: object) -> None:
        if heard:
            raise KeyboardInterrupt
        heard.append(number)

    before = {number: signal.signal(number, hear) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(heard)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _tell(asked: TrainingRequest, done: bool, processor: Processor) -> None:
    folder = asked.out / CHECKPOINT
    policy = shlex.quote(f"xr0:{folder}?robot_type={processor.statistics.robot_type}")
    if not done:
        print(f"{asked.out}: stopped and saved; the same command goes on.")
        return
    print(f"{folder}: trained.\n  {asked.out / PAGE}\n  ontakt shift nut-loading --policy {policy}")
