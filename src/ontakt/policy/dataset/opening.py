"""Opens a dataset by what its `meta` tells, refusing what contradicts itself."""

from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from ontakt.contract import BadValue, SetupError
from ontakt.policy.dataset import video
from ontakt.policy.dataset.layout import IMAGES
from ontakt.policy.dataset.meta import (
    CARD,
    DATA_PATH,
    EPISODES,
    INFO,
    STATS,
    TASKS,
    VERSION,
    VIDEO_PATH,
    Card,
    file_at,
)
from ontakt.policy.dataset.reader import (
    FILM_COLUMNS,
    RECORD_COLUMNS,
    Dataset,
    EpisodeRecord,
    FilmPlace,
    data_path,
    film_place,
)
from ontakt.policy.dataset.tables import read_records

T = TypeVar("T")


def open_dataset(folder: Path, expected_robot_type: str | None = None) -> Dataset:
    """The dataset in `folder`, its rows and films unread. Raises SetupError or BadValue."""
    info = _info(folder)
    card = _json(folder / CARD, Card)
    _agree(folder, info, card, expected_robot_type)
    tasks = _tasks(folder, info)
    rows = _rows(folder, info, card)
    episodes, start = [], 0
    groups: dict[str, int] = {}
    filmed: dict[tuple[str, str], int] = {}
    for k, (row, ending) in enumerate(zip(rows, card.episodes, strict=True)):
        place = f"{folder}: episode {k} of meta/episodes"
        _is(place, "episode_index", row["episode_index"], k)
        _is(place, "dataset_from_index", row["dataset_from_index"], start)
        if row["length"] < 1:
            raise BadValue(f"{place}: length", row["length"], "it must be at least 1")
        _is(place, "dataset_to_index", row["dataset_to_index"], start + row["length"])
        path = data_path(row)
        films = {}
        for camera in card.layout.cameras:
            found = films[camera] = film_place(row, camera, card.layout.fps)
            _check_film(place, row, camera, card, found, filmed)
        episodes.append(
            EpisodeRecord(
                index=k,
                length=row["length"],
                good=ending.good,
                facts=ending.facts,
                tasks=tuple(row["tasks"]),
                start=start,
                data_path=path,
                row_group=groups.get(path, 0),
                films=films,
            )
        )
        groups[path] = groups.get(path, 0) + 1
        start += row["length"]
    _is(f"{folder}: meta/info.json", "total_frames", info["total_frames"], start)
    return Dataset(folder, info, card.layout, card.facts, tasks, tuple(episodes))


def _info(folder: Path) -> dict[str, Any]:
    if not folder.is_dir():
        raise SetupError(f"{folder}: no such folder.")
    if not (folder / INFO).is_file():
        begun = (folder / "staging").is_dir()
        what = "the dataset is begun and not finished" if begun else "holds no LeRobot dataset"
        raise SetupError(f"{folder}: {what} (no {INFO}).")
    info = _json(folder / INFO, dict[str, Any])
    found = info.get("codebase_version")
    if found != VERSION:
        raise BadValue(f"{folder}: codebase_version", found, f"only {VERSION} can be read")
    for key in ("fps", "features", "total_episodes", "total_frames", "total_tasks"):
        if key not in info:
            raise SetupError(f"{folder}: {key!r} is missing in {INFO}.")
    if not info["total_episodes"]:
        raise BadValue(f"{folder}: total_episodes", 0, "a dataset needs at least one episode")
    return info


def _agree(folder: Path, info: dict[str, Any], card: Card, expected: str | None) -> None:
    """Between info.json, our own card, statistics and what the caller expects."""
    layout, place = card.layout, f"{folder}: {INFO}"
    if expected is not None and info.get("robot_type") != expected:
        found = info.get("robot_type")
        raise BadValue(f"{folder}: robot type", found, f"{expected!r} is expected")
    _is(place, "robot_type", info.get("robot_type"), layout.robot_type)
    _is(place, "fps", info["fps"], layout.fps)
    _is(place, "data_path", info.get("data_path"), DATA_PATH)
    _is(place, "video_path", info.get("video_path"), VIDEO_PATH)
    _is(place, "total_episodes", info["total_episodes"], len(card.episodes))
    wanted = {name: f.entry() for name, f in layout.features(video.CODING).items()}
    for what, names in (
        ("is missing", wanted.keys() - info["features"].keys()),
        ("is unknown", info["features"].keys() - wanted.keys()),
    ):
        if names:
            raise SetupError(f"{place}: feature {sorted(names)[0]!r} {what}.")
    for name, feature in wanted.items():
        for key in ("dtype", "shape", "names"):
            found = info["features"][name].get(key)
            _is(place, f"{key} of feature {name!r}", found, feature[key])
    statistics = _json(folder / STATS, dict[str, Any])
    if absent := sorted(wanted.keys() - statistics.keys()):
        raise SetupError(f"{folder}: {STATS} has nothing on feature {absent[0]!r}.")


def _tasks(folder: Path, info: dict[str, Any]) -> tuple[str, ...]:
    rows = read_records(folder / TASKS, ("task_index", "task"))
    _is(f"{folder}: {TASKS}", "task_index", [r["task_index"] for r in rows], list(range(len(rows))))
    _is(f"{folder}: {INFO}", "total_tasks", info["total_tasks"], len(rows))
    return tuple(row["task"] for row in rows)


def _rows(folder: Path, info: dict[str, Any], card: Card) -> list[dict[str, Any]]:
    """The rows of meta/episodes, in their order."""
    films = [f"videos/{IMAGES}{c}/{name}" for c in card.layout.cameras for name in FILM_COLUMNS]
    rows: list[dict[str, Any]] = []
    for file in count():
        if len(rows) >= info["total_episodes"]:
            break
        path = folder / EPISODES.format(**file_at(file))
        found = read_records(path, (*RECORD_COLUMNS, *films))
        if not found:
            raise SetupError(f"{path}: holds no episode.")
        rows += found
    _is(f"{folder}: {INFO}", "total_episodes", info["total_episodes"], len(rows))
    return rows


def _check_film(
    place: str,
    row: dict[str, Any],
    camera: str,
    card: Card,
    found: FilmPlace,
    filmed: dict[tuple[str, str], int],
) -> None:
    """Films follow one another without gap in every file; `filmed` counts pictures by file."""
    key, fps = f"videos/{IMAGES}{camera}", card.layout.fps
    start = filmed.get((camera, found.path), 0)
    _is(place, f"{key}/from_timestamp", row[f"{key}/from_timestamp"], start / fps)
    _is(place, f"{key}/to_timestamp", row[f"{key}/to_timestamp"], (start + row["length"]) / fps)
    filmed[camera, found.path] = start + row["length"]


def _is(place: str, what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise BadValue(f"{place}: {what}", found, f"it must be {wanted!r}")


def _json(path: Path, kind: type[T]) -> T:
    if not path.is_file():
        raise SetupError(f"{path}: no such file.")
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SetupError(f"{path}: cannot be read ({error}).") from error
