"""A damaged or foreign dataset is refused with one line that says where and what."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from tests.policy.dataset.lessons import written

from ontakt.contract import BadValue, SetupError
from ontakt.policy.dataset import check_dataset, read_dataset, video
from ontakt.policy.dataset.tables import TableReader, TableWriter

DATA = "data/chunk-000/file-000.parquet"
FILM = "videos/observation.images.head/chunk-000/file-000.mp4"
EPISODES = "meta/episodes/chunk-000/file-000.parquet"
Damage = Callable[[Path], None]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("whole") / "data")


def _removed(name: str) -> Damage:
    return lambda folder: (folder / name).unlink()


def _emptied(name: str) -> Damage:
    def damage(folder: Path) -> None:
        (folder / name).write_text("{}")

    return damage


def _cut(name: str) -> Damage:
    def damage(folder: Path) -> None:
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: len(content) * 2 // 3])

    return damage


def _json(name: str, **changes: Any) -> Damage:
    def damage(folder: Path) -> None:
        path = folder / "meta" / name
        path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))

    return damage


def _feature(name: str, **changes: Any) -> Damage:
    def damage(folder: Path) -> None:
        path = folder / "meta" / "info.json"
        info = json.loads(path.read_text())
        if changes:
            info["features"].setdefault(name, {}).update(changes)
        else:
            del info["features"][name]
        path.write_text(json.dumps(info))

    return damage


def _rows(column: str, value: float, *, more: bool = False, group: int = 2) -> Damage:
    """Row 1 of a row group gets `value`, or all rows so much more."""

    def damage(folder: Path) -> None:
        features = read_dataset(folder).layout.columns()
        table = TableReader(folder / DATA, features)
        groups = [table.read(k) for k in range(table.groups)]
        values = groups[group][column] = groups[group][column].copy()
        if more:
            values += np.asarray(value, dtype=values.dtype)
        else:
            values[1] = value
        with TableWriter(folder / DATA, features) as into:
            for columns in groups:
                into.write(columns)

    return damage


def _episodes(column: str, value: Any, row: int = 1) -> Damage:
    def damage(folder: Path) -> None:
        table = pq.read_table(str(folder / EPISODES), partitioning=None)
        values = table.column(column).to_pylist()
        values[row] = value
        at = table.schema.get_field_index(column)
        pq.write_table(table.set_column(at, column, [values]), str(folder / EPISODES))

    return damage


def _one_row_group(folder: Path) -> None:
    pq.write_table(pq.read_table(str(folder / DATA), partitioning=None), str(folder / DATA))


def _without(column: str, name: str) -> Damage:
    def damage(folder: Path) -> None:
        table = pq.read_table(str(folder / name), partitioning=None)
        pq.write_table(table.drop_columns([column]), str(folder / name))

    return damage


def _filmed(frames: int, height: int = 6, width: int = 8, fps: int = 10) -> Damage:
    images = [np.zeros((height, width, 3), np.uint8)] * frames
    return lambda folder: video.encode(images, folder / FILM, fps)


BAD: list[tuple[str, Damage, str]] = [
    ("no info", _removed("meta/info.json"), r"holds no LeRobot dataset \(no meta/info.json\)"),
    ("info", _cut("meta/info.json"), "meta/info.json: cannot be read"),
    (
        "version",
        _json("info.json", codebase_version="v2.1"),
        "codebase_version is 'v2.1'; only v3.0 can be read",
    ),
    ("empty", _json("info.json", total_episodes=0), "needs at least one episode"),
    ("more", _json("info.json", total_episodes=4), "total_episodes is 4; it must be 3"),
    ("frames", _json("info.json", total_frames=9), "total_frames is 9; it must be 10"),
    ("tasks", _json("info.json", total_tasks=1), "total_tasks is 1; it must be 2"),
    ("fps", _json("info.json", fps=30), "fps is 30; it must be 10"),
    ("robot", _json("info.json", robot_type="x"), "robot_type is 'x'; it must be 'ontakt'"),
    ("unknown feature", _feature("smell", dtype="int64"), "feature 'smell' is unknown"),
    ("missing feature", _feature("action"), "feature 'action' is missing"),
    ("shape", _feature("action", shape=[7]), r"shape of feature 'action' is \[7\]"),
    ("size", _feature("observation.images.head", shape=[9, 9, 3]), r"is \[9, 9, 3\]; it must be"),
    ("no stats", _removed("meta/stats.json"), "stats.json: no such file"),
    ("stats", _emptied("meta/stats.json"), "stats.json has nothing on"),
    ("no card", _removed("meta/ontakt.json"), "ontakt.json: no such file"),
    ("card", _emptied("meta/ontakt.json"), "ontakt.json: cannot be read"),
    ("no tasks", _removed("meta/tasks.parquet"), "tasks.parquet: no such file"),
    ("no episodes", _removed(EPISODES), "file-000.parquet: no such file"),
    ("cut episodes", _cut(EPISODES), "damaged or not parquet"),
    (
        "no film column",
        _without("videos/observation.images.head/from_timestamp", EPISODES),
        "column 'videos/observation.images.head/from_timestamp' is missing",
    ),
    ("episode order", _episodes("episode_index", 2), "episode_index is 2; it must be 1"),
    ("gap", _episodes("dataset_from_index", 5), "dataset_from_index is 5; it must be 4"),
    ("overlap", _episodes("dataset_to_index", 6), "dataset_to_index is 6; it must be 5"),
    ("length", _episodes("length", 0), "length is 0; it must be at least 1"),
    (
        "film shift",
        _episodes("videos/observation.images.head/from_timestamp", 0.5),
        "from_timestamp is 0.5; it must be 0.4",
    ),
    ("no data", _removed(DATA), r"file-000.parquet: no such file"),
    ("cut data", _cut(DATA), r"file-000.parquet: damaged or not parquet"),
    ("no column", _without("action", DATA), "columns differ from meta/info.json: action"),
    ("row groups", _one_row_group, "row groups is 1; meta/episodes puts 3 episodes there"),
    ("index", _rows("index", 1, more=True), "episode 2: index of row 0 is 6; it must be 5"),
    ("frame", _rows("frame_index", 3), "frame_index of row 1 is 3; it must be 1"),
    ("episode", _rows("episode_index", 1), "episode_index of row 1 is 1; it must be 2"),
    ("time", _rows("timestamp", 0.2), r"timestamp of row 1 is 0.2.*; it must be 0.1"),
    ("tick", _rows("tick", 0), "tick of row 1 is 0; it must be"),
    ("task", _rows("task_index", 2), "task_index of row 1 is 2; it must be 0 to 1"),
    ("driver", _rows("driver", 2), "driver of row 1 is 2; it must be 0 to 1"),
    ("committed", _rows("teacher.committed", 4), "committed of row 1 is 4; it must be 1 to 3"),
    ("nan action", _rows("action", np.nan), "episode 2: action of row 1 is nan; every number"),
    ("inf state", _rows("observation.state", np.inf), "observation.state of row 1 is inf"),
    ("nan free", _rows("teacher.free", np.nan), "teacher.free of row 1 is nan"),
    ("no film", _removed(FILM), "file-000.mp4: no such file"),
    ("cut film", _cut(FILM), "file-000.mp4: damaged or not an MP4"),
    ("few pictures", _filmed(9), "file-000.mp4: holds 9 pictures; there must be 10"),
    ("other size", _filmed(10, 8, 8), r"size is \(8, 8\); meta/info.json says \(6, 8\)"),
    ("other rate", _filmed(10, fps=30), "pictures/s is '30'; it must be 10"),
]


@pytest.mark.parametrize(("damage", "message"), [b[1:] for b in BAD], ids=[b[0] for b in BAD])
def test_damage(tmp_path: Path, whole: Path, damage: Damage, message: str) -> None:
    folder = tmp_path / "data"
    shutil.copytree(whole, folder)
    damage(folder)
    with pytest.raises(SetupError, match=message) as caught:
        check_dataset(folder)
    assert "\n" not in str(caught.value)
    assert str(folder) in str(caught.value)


def test_a_whole_one_passes(whole: Path) -> None:
    check_dataset(whole, expected_robot_type="ontakt")


def test_another_robot(whole: Path) -> None:
    with pytest.raises(BadValue, match="robot type is 'ontakt'; 'libero' is expected"):
        check_dataset(whole, expected_robot_type="libero")


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="nowhere: no such folder"):
        check_dataset(tmp_path / "nowhere")


def test_damage_inside_a_picture_is_found_when_it_is_read(tmp_path: Path, whole: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(whole, folder)
    content = bytearray((folder / FILM).read_bytes())
    start = content.index(b"mdat") + 4
    content[start : start + len(content) // 2] = bytes(len(content) // 2)
    (folder / FILM).write_bytes(content)
    with pytest.raises(SetupError, match=r"file-000.mp4: (damaged|picture \d+ is missing)"):
        read_dataset(folder).lessons(0)
