"""What a set of demonstrations is, in a few lines on a terminal."""

from collections import Counter
from shlex import quote
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from ontakt.policy.dataset.meta import DATA, META, VIDEOS

if TYPE_CHECKING:
    from ontakt.policy.dataset import Dataset


def print_demonstrations(dataset: "Dataset") -> None:
    """Counts of all episodes in `dataset`, where it lies, and what to do next."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    lessons = sum(episode.length for episode in dataset.episodes)
    minutes = lessons / dataset.fps / 60
    parts = len({episode.facts["cycle"] for episode in dataset.episodes})
    table.add_row("episodes", f"{len(dataset.episodes)}, from {parts} parts")
    table.add_row("lessons", f"{lessons}, {minutes:.1f} minutes of work")
    table.add_row("as ordered", ", ".join(_by_job(dataset)))
    table.add_row("size", f"{_bytes(dataset) / 2**20:.1f} MiB")
    table.add_row("hash", dataset.hash)
    table.add_row("dataset", str(dataset.folder))
    console = Console(highlight=False)
    console.print(table)
    data, run = quote(str(dataset.folder)), quote(f"runs/{dataset.folder.name}")
    console.print(f"\nNext: ontakt train --data {data} --minutes 60 --out {run}", soft_wrap=True)


def _by_job(dataset: "Dataset") -> list[str]:
    """`left right 70/76` for every job that was ordered, the commonest first; what was cut
    does not count."""
    ended = [episode.facts for episode in dataset.episodes if not episode.facts["cut"]]
    ordered = Counter(facts["job"] for facts in ended)
    good = Counter(facts["job"] for facts in ended if facts["as_ordered"] == "yes")
    return [f"{job} {good[job]}/{count}" for job, count in ordered.most_common()]


def _bytes(dataset: "Dataset") -> int:
    """Of the dataset alone: a training may keep what it prepared beside it."""
    files = (path for part in (META, DATA, VIDEOS) for path in (dataset.folder / part).rglob("*"))
    return sum(path.stat().st_size for path in files if path.is_file())
