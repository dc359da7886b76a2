"""What each ingredient of the small recipe is worth in closed loop.

    ontakt demos nut-loading --episodes 300 --seed 0 --out DEMOS
    ontakt demos nut-loading --episodes 200 --seed 1 --learner xr0-compact --shift 10 --out DAGGER
    python -m benchmarks.ablation --data DEMOS DAGGER --steps 3000 --episodes 200 --out OUT

Each variant (`variants`) is the recipe `small` with one thing left out or changed. All are trained
from nothing, or from the checkpoint of `--init`, on the same data for the same number of steps, on
one thread with the same seed, and then work the same parts by `ontakt evaluate` at 80 ms. Stopped
or killed, the same command goes on; what is done is not done again, also with --only or other
--jobs. Use a source that nobody edits: an evaluation that was cut goes on with no other, and
ablation.json tells which each variant had.

Columns: good parts, all and by side, with their exact 95 % interval (Clopper-Pearson); what the
share of good parts differs from the full recipe's, in points, with a paired 95 % interval (exact up
to 100 parts, Tango's score beyond), and on how many parts; sides by kind of failure; median time of
good parts; the flow's squared error and the localisation error, means over the last hundred steps;
minutes of training, which other work on the machine lengthens. The intervals are about parts, not
about the chance of a training: `other-seed` shows how much that alone may change.
"""

import signal
import sys
from pathlib import Path
from typing import Annotated, Any

import tyro
from benchmarks.ablation.orders import Orders
from benchmarks.ablation.table import markdown, rows_of
from benchmarks.ablation.variants import find_variants
from benchmarks.ablation.work import say, work
from tyro.conf import arg

from ontakt.contract import BadValue, SetupError
from ontakt.policy.dataset import read_dataset
from ontakt.policy.training.plan import write_json

STOPPED = 130


def run(
    data: Annotated[tuple[Path, ...], arg(metavar="DIR [DIR ...]")],
    out: Annotated[Path, arg(metavar="DIR")],
    steps: Annotated[int, arg(metavar="N")] = 3_000,
    episodes: Annotated[int, arg(metavar="N")] = 200,
    variation: Annotated[tuple[str, ...], arg(metavar="LEVEL|AXIS=VALUE")] = ("plant",),
    only: Annotated[tuple[str, ...], arg(metavar="NAME ...")] = (),
    jobs: Annotated[int, arg(metavar="J")] = 1,
    config: Annotated[str, arg(metavar="NAME|FOLDER")] = "xr0-compact",
    init: Annotated[Path | None, arg(metavar="CHECKPOINT")] = None,
    batch: Annotated[int | None, arg(metavar="N")] = None,
) -> int:
    """Work the variants that are missing, and tell all that are there.

    Args:
        data: Datasets; the first is the teacher's own work, the others are corrections.
        out: Where everything lies: a folder for each variant, ablation.json, ablation.md.
        steps: Of each training.
        episodes: Parts that each variant is examined on.
        variation: At which, as in ontakt evaluate.
        only: Variants to work; all when left out.
        jobs: Variants at a time, each on one thread.
        config: Of a model that begins with nothing.
        init: What all begin with instead, as a model that was trained without a prefix: then it is
            post-training that is compared, as in the paper.
        batch: Lessons a step, the recipe's when left out: a training too short for it gets further
            by more steps of fewer.
    """
    counts = {"--steps": steps, "--episodes": episodes, "--jobs": jobs, "--batch": batch}
    for what, value in counts.items():
        if value is not None and value < 1:
            raise BadValue(what, value, "it is 1 or greater")
    variants = find_variants(only, len(data))
    sets = [read_dataset(folder) for folder in data]
    orders = Orders(
        data={folder: one.hash for folder, one in zip(data, sets, strict=True)},
        robot_type=sets[0].robot_type,
        config=config,
        init=init,
        steps=steps,
        batch=batch,
        episodes=episodes,
        variation=variation,
        out=out,
    )
    failed = work(orders, variants, jobs)
    rows = rows_of(orders)
    write_json(out / "ablation.json", rows)
    where = f"{episodes} parts at {' '.join(variation)}, {steps} steps"
    where += "" if batch is None else f" of {batch}"
    where += "" if init is None else f" from {init}"
    table = f"{where}, {len(data)} dataset{'s' * (len(data) > 1)}\n\n{markdown(rows)}"
    (out / "ablation.md").write_text(table)
    print(table, end="")
    if len(sources := {source for row in rows for source in row.sources}) > 1:
        say(f"ablation: not all by the same source: {', '.join(sorted(sources))}; ablation.json")
    for name, why in failed.items():
        say(f"ablation: {name}: {why}")
    return 1 if failed else 0


def interrupt(*_: Any) -> None:
    """A service manager's stop is Ctrl-C."""
    raise KeyboardInterrupt


def main() -> int:
    signal.signal(signal.SIGTERM, interrupt)
    try:
        return tyro.cli(run)
    except SetupError as error:
        say(f"ablation: {error}")
        return 2
    except KeyboardInterrupt:
        say("ablation: stopped and saved; the same command goes on.")
        return STOPPED


if __name__ == "__main__":
    sys.exit(main())
