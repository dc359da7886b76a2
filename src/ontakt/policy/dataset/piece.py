"""One episode on disk before the dataset is whole: a folder of its own, there or not there."""

import shutil
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct

from ontakt.contract import Episode
from ontakt.policy.dataset import statistics, video
from ontakt.policy.dataset.columns import Columns, rows_of
from ontakt.policy.dataset.durable import settle, write_json
from ontakt.policy.dataset.layout import Layout
from ontakt.policy.dataset.statistics import Summary
from ontakt.policy.dataset.tables import TableReader, TableWriter

_PART = "part-"


class Piece(Struct, frozen=True, kw_only=True):
    """What is known of the episode beside its rows and films: piece.json."""

    layout: Layout
    """With the joints, places and sights of this episode alone."""
    length: int
    tasks: tuple[str, ...]
    good: dict[str, bool]
    facts: dict[str, str]
    pictures: dict[str, dict[str, Any]]
    """Statistics by camera."""

    def summary(self, camera: str) -> Summary:
        """Statistics of a camera's pictures."""
        return {name: np.array(value) for name, value in self.pictures[camera].items()}


def piece_path(staging: Path, number: int) -> Path:
    """The folder of episode `number`."""
    return staging / f"episode-{number:06d}"


def film_path(piece: Path, camera: str) -> Path:
    """The film of `camera` in a piece."""
    return piece / f"{camera}.mp4"


def write_piece(staging: Path, number: int, episode: Episode, layout: Layout) -> None:
    """Keep `episode` as piece `number`: on the disk, whole, when this returns.

    Raises BadValue, with nothing kept, for an episode that `layout` does not allow.
    """
    columns, tasks = rows_of(episode, layout)
    part = staging / f"{_PART}{number:06d}"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    pictures = {}
    for camera in layout.cameras:
        images = [lesson.observation.images[camera] for lesson in episode.lessons]
        video.encode(images, film_path(part, camera), layout.fps)
        found = statistics.of_images(images)
        pictures[camera] = {name: value.tolist() for name, value in found.items()}
    with TableWriter(part / "rows.parquet", _own(layout)) as table:
        table.write(columns)
    piece = Piece(
        layout=layout,
        length=len(episode.lessons),
        tasks=tasks,
        good=dict(episode.good),
        facts=dict(episode.facts),
        pictures=pictures,
    )
    write_json(part / "piece.json", piece)
    settle(part, piece_path(staging, number))


def read_piece(folder: Path) -> Piece:
    """What stands in piece.json."""
    return msgspec.json.decode((folder / "piece.json").read_bytes(), type=Piece)


def read_rows(folder: Path, piece: Piece) -> Columns:
    """The rows of a piece; its `task_index` counts in the piece's own tasks."""
    return TableReader(folder / "rows.parquet", _own(piece.layout)).read(0)


def whole_pieces(staging: Path) -> int:
    """How many pieces there are, from the first on; what a kill left half done is removed."""
    for part in staging.glob(f"{_PART}*"):
        shutil.rmtree(part)
    number = 0
    while piece_path(staging, number).is_dir():
        number += 1
    return number


def _own(layout: Layout) -> dict[str, Any]:
    """The columns without those that tell an episode's place in the dataset."""
    found = layout.columns()
    return {k: f for k, f in found.items() if k not in ("episode_index", "index")}
