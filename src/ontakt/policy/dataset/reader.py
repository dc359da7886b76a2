"""A dataset that somebody has checked, episode by episode."""

from functools import cached_property
from pathlib import Path
from typing import Any

from msgspec import Struct

from ontakt.contract import ActionSpace, BadValue, Episode, Image
from ontakt.policy.dataset import video
from ontakt.policy.dataset.columns import Columns
from ontakt.policy.dataset.fingerprint import dataset_hash
from ontakt.policy.dataset.layout import IMAGES, Layout
from ontakt.policy.dataset.meta import DATA_PATH, VIDEO_PATH
from ontakt.policy.dataset.rows import lesson_of
from ontakt.policy.dataset.tables import TableReader


class FilmPlace(Struct, frozen=True):
    """Where an episode's pictures of one camera are."""

    path: str
    first: int
    """The number of its first picture in the file."""


class EpisodeRecord(Struct, frozen=True, kw_only=True):
    """What is known of an episode without opening it."""

    index: int
    length: int
    """Lessons."""
    good: dict[str, bool]
    facts: dict[str, str]
    tasks: tuple[str, ...]
    """Its instructions."""
    start: int
    """Number of its first row in the dataset."""
    data_path: str
    row_group: int
    films: dict[str, FilmPlace]
    """By camera."""


class Dataset:
    """The dataset in `folder`; `read_dataset` makes it, after checking all of it."""

    def __init__(
        self,
        folder: Path,
        info: dict[str, Any],
        layout: Layout,
        facts: dict[str, str],
        tasks: tuple[str, ...],
        episodes: tuple[EpisodeRecord, ...],
    ) -> None:
        self.folder = folder
        self.info = info
        """meta/info.json."""
        self.layout = layout
        self.facts = facts
        """Who made it."""
        self.tasks = tasks
        """The instructions of all episodes; `task_index` counts in them."""
        self.episodes = episodes

    @property
    def fps(self) -> int:
        """Lessons a second."""
        return self.layout.fps

    @property
    def robot_type(self) -> str:
        """As the policy's processor names the body."""
        return self.layout.robot_type

    @property
    def space(self) -> ActionSpace:
        """The layout of an action."""
        return self.layout.space

    @property
    def horizon(self) -> int:
        """Control ticks that an answer covers."""
        return self.layout.horizon

    @property
    def cameras(self) -> dict[str, tuple[int, int]]:
        """Height and width [px] by camera."""
        return self.layout.cameras

    @cached_property
    def hash(self) -> str:
        """`dataset_hash` of the folder, read once."""
        return dataset_hash(self.folder)

    def columns(self, k: int) -> Columns:
        """All numbers of episode `k` by feature, each (length, *shape)."""
        record = self._record(k)
        path = self.folder / record.data_path
        return TableReader(path, self.layout.columns()).read(record.row_group)

    def images(self, k: int, camera: str) -> tuple[Image, ...]:
        """All pictures of one camera in episode `k`, read-only."""
        record = self._record(k)
        place = record.films[camera]
        return video.decode(self.folder / place.path, place.first, record.length, self.fps)

    def lessons(self, k: int) -> Episode:
        """Episode `k`, decoded. Raises BadValue where there is none."""
        record, columns = self._record(k), self.columns(k)
        films = {camera: self.images(k, camera) for camera in self.cameras}
        lessons = []
        for i in range(record.length):
            row = {name: values[i] for name, values in columns.items()}
            images = {camera: film[i] for camera, film in films.items()}
            task = self.tasks[int(row["task_index"][0])]
            lessons.append(lesson_of(row, self.layout, images, task))
        good: dict[Any, bool] = dict(record.good)
        return Episode(lessons=tuple(lessons), hz=self.fps, good=good, facts=record.facts)

    def _record(self, k: int) -> EpisodeRecord:
        if not 0 <= k < len(self.episodes):
            raise BadValue("episode", k, f"{self.folder} has 0 to {len(self.episodes) - 1}")
        return self.episodes[k]


RECORD_COLUMNS = (
    "episode_index",
    "tasks",
    "length",
    "data/chunk_index",
    "data/file_index",
    "dataset_from_index",
    "dataset_to_index",
    "meta/episodes/chunk_index",
    "meta/episodes/file_index",
)
FILM_COLUMNS = ("chunk_index", "file_index", "from_timestamp", "to_timestamp")


def data_path(row: dict[str, Any]) -> str:
    """The data file of an episode's row in meta/episodes."""
    return DATA_PATH.format(chunk_index=row["data/chunk_index"], file_index=row["data/file_index"])


def film_place(row: dict[str, Any], camera: str, fps: int) -> FilmPlace:
    """The film of an episode's row in meta/episodes."""
    key = f"{IMAGES}{camera}"
    path = VIDEO_PATH.format(
        video_key=key,
        chunk_index=row[f"videos/{key}/chunk_index"],
        file_index=row[f"videos/{key}/file_index"],
    )
    return FilmPlace(path, round(row[f"videos/{key}/from_timestamp"] * fps))
