"""What two trainings must agree on to be one: only then is a run gone on with."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ontakt.contract import BadValue, SetupError
from ontakt.policy.processor import Embodiment
from ontakt.policy.training.config import TrainingConfig
from ontakt.policy.training.sources import Source
from ontakt.policy.xr0.config import Xr0Config

RUN = "run.json"


class Plan(Struct, frozen=True, kw_only=True):
    """What decides the weights."""

    recipe: str
    """Its name; what of it was changed stands in `training`."""
    training: TrainingConfig
    """Its schedule's steps and warm-up are those of the recipe; the run's own follow from `steps`
    or `minutes`."""
    steps: int | None
    minutes: float | None
    """At most one of them is given."""
    first_step: int = 0
    """Steps of the schedule, and of the chance that goes with them, that others have done."""
    schedule_steps: int | None = None
    """Of a schedule that others go on with; None: it ends with this training."""
    model: Xr0Config
    robot_type: str
    embodiment: Embodiment
    fresh_statistics: bool
    data: tuple[Source, ...]
    init: str | None
    """Hash of the checkpoint that it begins with."""
    device: str
    threads: int
    """Of torch, on a CPU: sums depend on their number."""
    processes: int
    sharded: bool = False
    """Whether each of them holds a part of the weights."""

    def scheduled(self, steps: int) -> TrainingConfig:
        """The training with its schedule, where it has so many `steps`. Raises BadValue where a
        longer schedule is over before it."""
        last = self.first_step + steps
        whole = last if self.schedule_steps is None else self.schedule_steps
        if whole < last:
            raise BadValue("schedule_steps", whole, f"this training ends at step {last}")
        return self.training.lasting(whole)


class Run(Struct, frozen=True, kw_only=True):
    """What run.json says."""

    plan: Plan
    steps: int
    """As given, or as measured for the minutes given."""
    command: tuple[str, ...]
    folders: tuple[str, ...]
    """Of the data, in the plan's order."""
    init: str | None
    software: Mapping[str, str]
    parameters: Mapping[str, int]
    """Counts: `model`, and `moving` with the localiser's; `held` by the first process, where the
    weights are cut into parts."""

    @property
    def last(self) -> int:
        """The step at which it ends, counted as the schedule counts."""
        return self.plan.first_step + self.steps

    @property
    def training(self) -> TrainingConfig:
        """With the schedule of this run."""
        return self.plan.scheduled(self.steps)


def read_run(folder: Path) -> Run | None:
    """What `folder`/run.json says; None where there is none. Raises SetupError for one that cannot
    be read, and for a folder with other things in it."""
    path = folder / RUN
    if not path.is_file():
        if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
            raise SetupError(f"{folder}: is not empty and holds no training; name another --out.")
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=Run)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SetupError(f"{path}: cannot be read ({error}).") from error


def write_json(path: Path, value: Any) -> None:
    """`value` as JSON over `path`, whole or not at all. Raises SetupError."""
    partial = path.with_name(f"{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(msgspec.json.format(msgspec.json.encode(value)) + b"\n")
        partial.replace(path)
    except OSError as error:
        raise SetupError(f"{path}: cannot be written ({error.strerror}).") from error


def check_same(folder: Path, begun: Plan, now: Plan) -> None:
    """Raises SetupError naming the first difference between the run in `folder` and this one."""
    before, after = (_flat(replace(plan, data=_bare(plan))) for plan in (begun, now))
    for name in [*before, *(name for name in after if name not in before)]:
        if before.get(name) != after.get(name):
            own, asked = (json.dumps(values.get(name)) for values in (before, after))
            raise SetupError(
                f"{folder}: holds a training with {name} {own}, and not {asked}; repeat its own "
                "command or name another --out."
            )


def _bare(plan: Plan) -> tuple[Source, ...]:
    """Of the data only what cannot be hidden."""
    return tuple(replace(source, facts={}) for source in plan.data)


def _flat(value: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def walk(name: str, part: Any) -> None:
        if isinstance(part, dict):
            for key, inner in part.items():
                walk(f"{name}.{key}" if name else key, inner)
        elif isinstance(part, list) and part and isinstance(part[0], dict):
            for k, inner in enumerate(part):
                walk(f"{name}[{k}]", inner)
        else:
            found[name] = part

    walk("", json.loads(msgspec.json.encode(value)))
    return found
