"""A training with everything that is kept of it, stopped wherever one likes."""

import json
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import msgspec
import pytest
import torch
from safetensors.torch import load_file
from tests.policy.training.test_trainer import STEPS, batches, trainer
from tests.policy.training.tiny import config, processor, training

from ontakt.contract import BadValue, SetupError
from ontakt.policy.training.card import read_card
from ontakt.policy.training.plan import Plan, Run, check_same, read_run, write_json
from ontakt.policy.training.prefetch import in_order
from ontakt.policy.training.progress import PROGRESS, ProgressFile, ProgressLine, mean_report
from ontakt.policy.training.run import MEASURED, SaveEvery, TrainingRun, steps_in
from ontakt.policy.training.sources import Source
from ontakt.policy.training.team import Alone
from ontakt.policy.training.trainer import StepReport

PLAN = Plan(
    recipe="small",
    training=training(),
    steps=STEPS,
    minutes=None,
    model=config(),
    robot_type="tiny-robot",
    embodiment=processor().embodiment,
    fresh_statistics=True,
    data=(Source(hash="ab", episodes=4, lessons=24, share=1.0, cameras={}, facts={}),),
    init=None,
    device="cpu",
    threads=1,
    processes=1,
)
RUN = Run(
    plan=PLAN, steps=STEPS, command=("ontakt", "train"), folders=("data",), init=None,
    software={}, parameters={"model": 1},
)  # fmt: skip


AT_THE_END = SaveEvery()


class Listener:
    """A watcher that remembers."""

    def __init__(self) -> None:
        self.saves: list[int] = []
        self.lines: list[ProgressLine] = []

    def stepped(self, line: ProgressLine) -> None:
        self.lines.append(line)

    def saved(self, step: int) -> None:
        self.saves.append(step)


def never() -> bool:
    return False


def work(
    folder: Path,
    save: SaveEvery = AT_THE_END,
    stop: Callable[[], bool] = never,
    told: Run = RUN,
) -> tuple[bool, Listener]:
    folder.mkdir(exist_ok=True)
    one, listener = trainer(), Listener()
    run = TrainingRun(folder, told, one, processor(), Alone())
    cut = batches(one.config).at
    ticks = count()
    done = run.work(
        lambda first, last: in_order(cut, first, last),
        save,
        listener,
        stop,
        lambda: float(next(ticks)),
    )
    return done, listener


def after(steps: int) -> Callable[[], bool]:
    asked: Iterator[int] = count(1)
    return lambda: next(asked) >= steps


def test_a_run_that_was_stopped_twice_is_one_that_was_not(tmp_path: Path) -> None:
    assert work(tmp_path / "whole")[0]
    assert [work(tmp_path / "cut", stop=after(2))[0] for _ in range(2)] == [False, False]
    done, listener = work(tmp_path / "cut")
    assert done
    assert listener.saves == [STEPS]
    for name in ("checkpoint/model.safetensors", "state.safetensors"):
        one, other = (load_file(tmp_path / run / name) for run in ("whole", "cut"))
        assert one.keys() == other.keys()
        assert all(torch.equal(one[key], other[key]) for key in one)


def test_a_part_of_a_longer_schedule_does_its_own_steps(tmp_path: Path) -> None:
    """Steps 4 to 6 of 20, cut after one of them."""
    plan = msgspec.structs.replace(PLAN, first_step=4, steps=2, schedule_steps=20)
    part = msgspec.structs.replace(RUN, plan=plan, steps=2)
    assert part.training.schedule.steps == 20
    assert not work(tmp_path / "part", stop=after(1), told=part)[0]
    done, listener = work(tmp_path / "part", told=part)
    assert done
    assert listener.saves == [6]
    card = read_card(tmp_path / "part" / "checkpoint")
    assert card is not None
    assert card.step == 6


def test_parts_that_follow_each_other_are_one_schedule() -> None:
    whole = PLAN.training.lasting(20).schedule
    rates = []
    for first in (0, 5, 10):
        steps = 10 if first == 10 else 5
        plan = msgspec.structs.replace(PLAN, first_step=first, schedule_steps=20)
        part = plan.scheduled(steps).schedule
        rates += [part.learning_rate(step) for step in range(first, first + steps)]
    assert rates == [whole.learning_rate(step) for step in range(20)]
    assert msgspec.structs.replace(PLAN, first_step=5).scheduled(15).schedule == whole
    with pytest.raises(BadValue, match="schedule_steps is 20; this training ends at step 21"):
        msgspec.structs.replace(PLAN, first_step=16, schedule_steps=20).scheduled(5)


def test_it_is_saved_every_few_steps_or_seconds(tmp_path: Path) -> None:
    assert work(tmp_path / "a", SaveEvery(steps=4))[1].saves == [4, STEPS]
    assert work(tmp_path / "b", SaveEvery(seconds=2.0))[1].saves == [2, 4, STEPS]


def test_lines_of_undone_work_are_taken_away(tmp_path: Path) -> None:
    report = StepReport(
        step=1, loss=1.0, squared=2.0, frequency=3.0, localisation=None, presence=None,
        millimetres={"nut": None}, norm=1.0, rate=0.1,
    )  # fmt: skip
    file = ProgressFile(tmp_path, 0)
    for step in (10, 20, 30):
        file.add(ProgressLine(seconds=1.0, report=msgspec.structs.replace(report, step=step)))
    with (tmp_path / PROGRESS).open("a") as torn:
        torn.write('{"seconds":')
    ProgressFile(tmp_path, 20)
    lines = (tmp_path / PROGRESS).read_text().splitlines()
    assert [json.loads(line)["report"]["step"] for line in lines] == [10, 20]


def test_mean_figures_leave_out_what_is_not_known() -> None:
    def report(step: int, loss: float, nut: float | None) -> StepReport:
        return StepReport(
            step=step, loss=loss, squared=0.0, frequency=0.0, localisation=nut, presence=nut,
            millimetres={"nut": nut, "pin": None}, norm=0.0, rate=float(step),
        )  # fmt: skip

    told = mean_report([report(1, 2.0, None), report(2, 4.0, 3.0)])
    assert (told.step, told.rate, told.loss) == (2, 2.0, 3.0)
    assert told.localisation == 3.0
    assert told.millimetres == {"nut": 3.0, "pin": None}


def test_minutes_are_measured_without_the_first_steps() -> None:
    times = iter([0.0, 10.0, 20.0, *(21.0 + k for k in range(MEASURED))])
    one = trainer()
    cut = batches(one.config).at
    steps = steps_in(60.0, one, in_order(cut, 0, 6), lambda: next(times))
    assert steps == 60
    assert one.step == 6


def test_a_run_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    assert read_run(tmp_path / "none") is None
    write_json(tmp_path / "run.json", RUN)
    found = read_run(tmp_path)
    assert found is not None
    assert found.training == RUN.training
    check_same(tmp_path, found.plan, PLAN)
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(SetupError, match="cannot be read"):
        read_run(tmp_path)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"training": training(seed=3)}, "training.seed 0, and not 3"),
        ({"steps": 7}, "steps 6, and not 7"),
        ({"init": "cd"}, 'init null, and not "cd"'),
        ({"threads": 2}, "threads 1, and not 2"),
        (
            {"data": (msgspec.structs.replace(PLAN.data[0], hash="ef"),)},
            'data[0].hash "ab", and not "ef"',
        ),
    ],
)
def test_the_first_difference_of_two_plans_is_named(changed: dict[str, object], said: str) -> None:
    with pytest.raises(SetupError) as caught:
        check_same(Path("run"), PLAN, msgspec.structs.replace(PLAN, **changed))
    assert said in str(caught.value)
