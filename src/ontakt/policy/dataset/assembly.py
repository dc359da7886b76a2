"""Makes the LeRobot dataset of the pieces: rows into parquet, films joined, and what is told of
both. `meta` appears last, so that a dataset is there or not there."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from msgspec.structs import replace

from ontakt.policy.dataset import statistics, video
from ontakt.policy.dataset.columns import names_in, widened
from ontakt.policy.dataset.durable import settle, write_json
from ontakt.policy.dataset.layout import IMAGES, Layout
from ontakt.policy.dataset.meta import (
    CARD,
    DATA,
    DATA_PATH,
    EPISODES,
    INFO,
    META,
    STATS,
    TASKS,
    VIDEO_PATH,
    VIDEOS,
    Card,
    Ending,
    FileSizes,
    file_at,
    info_of,
)
from ontakt.policy.dataset.piece import Piece, film_path, piece_path, read_piece, read_rows
from ontakt.policy.dataset.statistics import Summary
from ontakt.policy.dataset.tables import TableWriter, write_records, write_tasks

_MB = 2**20


def assemble(
    folder: Path,
    staging: Path,
    episodes: int,
    layout: Layout,
    facts: dict[str, str],
    sizes: FileSizes | None = None,
) -> None:
    """The dataset in `folder` of the first `episodes` pieces in `staging`, which then goes."""
    new = staging / "dataset"
    shutil.rmtree(new, ignore_errors=True)
    folders = [piece_path(staging, k) for k in range(episodes)]
    assembly = _Assembly(new, folders, layout, sizes or FileSizes())
    assembly.write_rows()
    for camera in layout.cameras:
        assembly.join_films(camera)
    assembly.write_meta(facts)
    for name in (DATA, VIDEOS, META):
        shutil.rmtree(folder / name, ignore_errors=True)
        if (new / name).is_dir():
            settle(new / name, folder / name)
    shutil.rmtree(staging)


def spread(sizes: Sequence[int], most: int) -> list[int]:
    """The file for each thing of `sizes`, in their order, so that no file holds more than `most`
    unless one thing alone does."""
    files, file, used = [], 0, 0
    for size in sizes:
        if used and used + size > most:
            file, used = file + 1, 0
        files.append(file)
        used += size
    return files


class _Assembly:
    """The dataset in folder `new`, in the making."""

    def __init__(
        self, new: Path, folders: Sequence[Path], layout: Layout, sizes: FileSizes
    ) -> None:
        self._new, self._folders, self._sizes = new, folders, sizes
        self._pieces: list[Piece] = [read_piece(folder) for folder in folders]
        self._layout = replace(
            layout,
            joints=self._pieces[0].layout.joints,
            places=names_in(dict.fromkeys(p.layout.places) for p in self._pieces),
            sights=names_in(dict.fromkeys(p.layout.sights) for p in self._pieces),
        )
        self._tasks = tuple(dict.fromkeys(task for p in self._pieces for task in p.tasks))
        self._records: list[dict[str, Any]] = []
        """What meta/episodes says of each episode, but its statistics."""
        self._summaries: list[dict[str, Summary]] = []
        """Statistics of each episode by feature."""

    def write_rows(self) -> None:
        """The data files, one row group an episode."""
        bytes_of = [(folder / "rows.parquet").stat().st_size for folder in self._folders]
        files = spread(bytes_of, self._sizes.data_mb * _MB)
        for file in range(files[-1] + 1):
            path = self._new / DATA_PATH.format(**file_at(file))
            with TableWriter(path, self._layout.columns()) as table:
                for k in (k for k, at in enumerate(files) if at == file):
                    self._write_episode(k, file, table)

    def _write_episode(self, k: int, file: int, table: TableWriter) -> None:
        piece = self._pieces[k]
        start = self._records[-1]["dataset_to_index"] if self._records else 0
        columns = widened(read_rows(self._folders[k], piece), piece.layout, self._layout)
        columns["episode_index"] = np.full((piece.length, 1), k, dtype=np.int64)
        columns["index"] = start + columns["frame_index"]
        numbers = np.array([self._tasks.index(task) for task in piece.tasks], dtype=np.int64)
        columns["task_index"] = numbers[columns["task_index"]]
        table.write(columns)
        self._summaries.append({n: statistics.of_rows(columns[n]) for n in self._layout.columns()})
        self._records.append(
            {
                "episode_index": k,
                "tasks": list(piece.tasks),
                "length": piece.length,
                **_place("data", file),
                "dataset_from_index": start,
                "dataset_to_index": start + piece.length,
            }
        )

    def join_films(self, camera: str) -> None:
        """The films of one camera, and where each episode is in them."""
        key, fps = f"{IMAGES}{camera}", self._layout.fps
        films = [film_path(folder, camera) for folder in self._folders]
        files = spread([film.stat().st_size for film in films], self._sizes.video_mb * _MB)
        headers = [video.header(film) for film in films]
        joined: list[list[Path]] = []
        end = 0
        for k, film in enumerate(films):
            if not k or files[k] != files[k - 1] or headers[k] != headers[k - 1]:
                joined.append([])
                end = 0
            joined[-1].append(film)
            start, end = end, end + self._pieces[k].length
            self._records[k] |= {
                **_place(f"videos/{key}", len(joined) - 1),
                f"videos/{key}/from_timestamp": start / fps,
                f"videos/{key}/to_timestamp": end / fps,
            }
            self._summaries[k][key] = self._pieces[k].summary(camera)
        for number, members in enumerate(joined):
            path = self._new / VIDEO_PATH.format(video_key=key, **file_at(number))
            path.parent.mkdir(parents=True, exist_ok=True)
            video.join(members, path, fps)

    def write_meta(self, facts: dict[str, str]) -> None:
        """All of `meta`, once rows and films are there."""
        pieces, most = self._pieces, self._sizes.episodes
        for file, first in enumerate(range(0, len(pieces), most)):
            rows = [
                {**self._records[k], **_flat(self._summaries[k]), **_place("meta/episodes", file)}
                for k in range(first, min(first + most, len(pieces)))
            ]
            write_records(self._new / EPISODES.format(**file_at(file)), rows)
        write_tasks(self._new / TASKS, self._tasks)
        whole = {
            name: statistics.together([summary[name] for summary in self._summaries])
            for name in self._summaries[0]
        }
        told = {name: {k: v.tolist() for k, v in found.items()} for name, found in whole.items()}
        write_json(self._new / STATS, told)
        frames = sum(piece.length for piece in pieces)
        info = info_of(
            self._layout, video.CODING, self._sizes, len(pieces), frames, len(self._tasks)
        )
        write_json(self._new / INFO, info)
        endings = tuple(Ending(good=p.good, facts=p.facts) for p in pieces)
        write_json(self._new / CARD, Card(layout=self._layout, facts=facts, episodes=endings))


def _place(key: str, file: int) -> dict[str, int]:
    return {f"{key}/{name}": number for name, number in file_at(file).items()}


def _flat(summaries: dict[str, Summary]) -> dict[str, Any]:
    return {
        f"stats/{name}/{k}": v.tolist()
        for name, found in summaries.items()
        for k, v in found.items()
    }
