"""Reads every row and counts every picture of a dataset before anything is learnt from it."""

from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ontakt.contract import BadValue, SetupError
from ontakt.policy.dataset import video
from ontakt.policy.dataset.columns import Columns, refuse_unfinite, timestamps
from ontakt.policy.dataset.layout import DRIVERS
from ontakt.policy.dataset.opening import open_dataset
from ontakt.policy.dataset.reader import Dataset, EpisodeRecord
from ontakt.policy.dataset.tables import TableReader


def read_dataset(folder: Path, *, expected_robot_type: str | None = None) -> Dataset:
    """The dataset in `folder`, checked as `check_dataset` does."""
    dataset = open_dataset(folder, expected_robot_type)
    _check_rows(dataset)
    _check_films(dataset)
    return dataset


def check_dataset(folder: Path, *, expected_robot_type: str | None = None) -> None:
    """Raises SetupError or BadValue, one line that names the file and the row, for a dataset that
    is not there, not finished, of another version or robot type, incomplete, damaged, or whose
    parts contradict one another, and for numbers that are not finite.

    Pictures are counted and not decoded; damage inside one is found when it is read.
    """
    read_dataset(folder, expected_robot_type=expected_robot_type)


def _check_rows(dataset: Dataset) -> None:
    by_file: dict[str, list[EpisodeRecord]] = defaultdict(list)
    for record in dataset.episodes:
        by_file[record.data_path].append(record)
    for path, records in by_file.items():
        table = TableReader(dataset.folder / path, dataset.layout.columns())
        if table.groups != len(records):
            raise BadValue(
                f"{dataset.folder / path}: row groups",
                table.groups,
                f"meta/episodes puts {len(records)} episodes there, one each",
            )
        for record in records:
            columns = table.read(record.row_group)
            _check_episode(
                f"{dataset.folder / path}: episode {record.index}", columns, record, dataset
            )


def _check_episode(place: str, columns: Columns, record: EpisodeRecord, dataset: Dataset) -> None:
    n, layout = record.length, dataset.layout
    if len(columns["index"]) != n:
        raise BadValue(f"{place}: rows", len(columns["index"]), f"meta/episodes says {n}")
    frames = np.arange(n).reshape(n, 1)
    refuse_unfinite(columns, place)
    _equal(place, "frame_index", columns, frames)
    _equal(place, "episode_index", columns, np.full((n, 1), record.index))
    _equal(place, "index", columns, record.start + frames)
    _equal(place, "timestamp", columns, timestamps(n, layout.fps))
    _equal(place, "tick", columns, columns["tick"][0] + layout.ticks * frames)
    _within(place, "teacher.committed", columns, 1, layout.horizon)
    _within(place, "driver", columns, 0, len(DRIVERS) - 1)
    _within(place, "task_index", columns, 0, len(dataset.tasks) - 1)
    used = dict.fromkeys(dataset.tasks[int(at)] for at in columns["task_index"][:, 0])
    if tuple(used) != record.tasks:
        raise BadValue(f"{place}: tasks", tuple(used), f"meta/episodes says {record.tasks}")


def _equal(place: str, name: str, columns: Columns, wanted: NDArray[Any]) -> None:
    wrong = columns[name] != wanted
    if wrong.any():
        row = int(wrong.argmax())
        found = columns[name][row, 0].item()
        raise BadValue(
            f"{place}: {name} of row {row}", found, f"it must be {wanted[row, 0].item()}"
        )


def _within(place: str, name: str, columns: Columns, least: int, most: int) -> None:
    wrong = (columns[name] < least) | (columns[name] > most)
    if wrong.any():
        row = int(wrong.argmax())
        found = columns[name][row, 0].item()
        raise BadValue(f"{place}: {name} of row {row}", found, f"it must be {least} to {most}")


def _check_films(dataset: Dataset) -> None:
    wanted: dict[tuple[str, str], int] = {}
    for record in dataset.episodes:
        for camera, film in record.films.items():
            wanted[camera, film.path] = film.first + record.length
    for (camera, path), frames in wanted.items():
        place = dataset.folder / path
        found, (height, width) = video.probe(place), dataset.cameras[camera]
        if (found.height, found.width) != (height, width):
            size = (found.height, found.width)
            raise BadValue(f"{place}: size", size, f"meta/info.json says {(height, width)}")
        if found.fps != dataset.fps:
            raise BadValue(f"{place}: pictures/s", str(found.fps), f"it must be {dataset.fps}")
        if found.frames != frames:
            raise SetupError(f"{place}: holds {found.frames} pictures; there must be {frames}.")
