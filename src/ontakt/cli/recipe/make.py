"""`ontakt train --recipe nut-loading`: what is asked, checked; its pieces; its display."""

import json
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path

import msgspec

from ontakt.cli.latency_study import cores
from ontakt.cli.recipe.pieces import Piece, pieces_of, seconds_left
from ontakt.cli.recipe.place import BEGUN, Place
from ontakt.cli.recipe.run import Order, RecipeRun
from ontakt.cli.recipe.table import RECIPES
from ontakt.cli.training_options import save_every
from ontakt.cli.training_request import TrainingRequest
from ontakt.contract import BadValue, SetupError
from ontakt.evidence.numbers import duration
from ontakt.policy.training.plan import write_json

STOPPED = 130
OPEN = ("out", "recipe", "config", "device", "save_every", "tables", "seed")
"""Options of a training that a recipe leaves open."""


def make(asked: TrainingRequest, scale: float, jobs: int | None) -> int:
    """Work what is `asked` for from where it stands; returns the exit code. Raises SetupError for
    what cannot be worked, and as the pieces."""
    order = order_of(asked, scale)
    if jobs is not None and jobs < 1:
        raise BadValue("--jobs", jobs, "at least 1 part at a time")
    save_every(asked)
    begin(asked.out, order)
    run = RecipeRun(order, Place(asked.out), jobs or cores(), asked.save_every, asked.tables)
    pieces = pieces_of(order.recipe)
    worked: list[Piece] = []
    begun = time.monotonic()
    try:
        with _heard():
            for k, piece in enumerate(pieces):
                if run.done(piece):
                    _say(f"piece {k + 1} of {len(pieces)}: {piece}: is there")
                    continue
                left_s = seconds_left(pieces[k:], worked, time.monotonic() - begun, run.jobs)
                left = f"roughly {duration(left_s)} left"
                _say(f"piece {k + 1} of {len(pieces)}: {piece}; {left}")
                run.work(piece)
                worked.append(piece)
    except KeyboardInterrupt:
        _say(f"ontakt: {asked.out}: stopped and kept; the same command goes on.")
        return STOPPED
    print(f"{run.place.checkpoint}: made.\n  ontakt policy card {run.place.checkpoint}")
    return 0


def order_of(asked: TrainingRequest, scale: float) -> Order:
    """Raises SetupError for an option that a recipe decides itself, BadValue."""
    assert asked.recipe is not None
    for field in fields(TrainingRequest):
        if field.name not in OPEN and getattr(asked, field.name) != field.default:
            option = f"--{field.name.replace('_', '-')}"
            raise SetupError(f"{option}: recipe {asked.recipe!r} says that itself; leave it out.")
    seed = asked.seed or 0
    if seed < 0:
        raise BadValue("--seed", seed, "a seed is 0 or greater")
    recipe = RECIPES[asked.recipe].scaled(scale)
    config = asked.config
    if config is not None and Path(config).is_dir():
        config = str(Path(config).absolute())
    return Order(recipe=recipe, seed=seed, config=config, device=asked.device)


def begin(folder: Path, order: Order) -> None:
    """Write down in `folder` what is begun there. Raises SetupError for a folder with other things
    in it, or where something else was begun."""
    path = folder / BEGUN
    if not path.is_file():
        if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
            raise SetupError(f"{folder}: is not empty and holds no recipe; name another --out.")
        write_json(path, order)
        return
    try:
        begun = msgspec.json.decode(path.read_bytes(), type=Order)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SetupError(f"{path}: cannot be read ({error}).") from error
    for name in Order.__struct_fields__:
        own, other = (json.loads(msgspec.json.encode(getattr(o, name))) for o in (begun, order))
        if own != other:
            raise SetupError(
                f"{folder}: was begun with {name} {json.dumps(own)}, and not {json.dumps(other)}; "
                "repeat its own command or name another --out."
            )


@contextmanager
def _heard() -> Iterator[None]:
    """A service manager's stop is Ctrl-C."""
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
