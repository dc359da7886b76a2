"""Field by field against the published layout of LeRobot datasets v3.0."""

import json
from pathlib import Path
from typing import Any

import av
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.policy.dataset.lessons import CAMERAS, PLACES, SPACE, TASKS, episode, writer, written

from ontakt.policy.dataset import Layout, read_dataset
from ontakt.policy.dataset.assembly import assemble, spread
from ontakt.policy.dataset.meta import FileSizes
from ontakt.policy.dataset.video import ERROR

HEAD = "observation.images.head"
STATISTICS = {"min", "max", "mean", "std", "count", "q01", "q10", "q50", "q90", "q99"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("layout") / "data")


def _json(folder: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "meta" / name).read_text())
    return found


def test_files(folder: Path) -> None:
    films = [f"videos/observation.images.{c}/chunk-000/file-000.mp4" for c in CAMERAS]
    assert sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()) == [
        "data/chunk-000/file-000.parquet",
        "meta/episodes/chunk-000/file-000.parquet",
        "meta/info.json",
        "meta/ontakt.json",
        "meta/stats.json",
        "meta/tasks.parquet",
        *films,
    ]


def test_info(folder: Path) -> None:
    info = _json(folder, "info.json")
    features = info.pop("features")
    assert info == {
        "codebase_version": "v3.0",
        "robot_type": "ontakt",
        "fps": 10,
        "total_episodes": 3,
        "total_frames": 10,
        "total_tasks": 2,
        "chunks_size": 1000,
        "data_files_size_in_mb": 100,
        "video_files_size_in_mb": 200,
        "splits": {"train": "0:3"},
        "data_path": "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet",
        "video_path": "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4",
    }
    shapes = {name: (f["dtype"], f["shape"]) for name, f in features.items()}
    assert shapes == {
        HEAD: ("video", [6, 8, 3]),
        "observation.images.left_wrist": ("video", [4, 4, 3]),
        "observation.state": ("float32", [46]),
        "action": ("float32", [16]),
        "teacher.free": ("float32", [3, 16]),
        "teacher.behind": ("float32", [3, 16]),
        "teacher.committed": ("int64", [1]),
        "driver": ("int64", [1]),
        "job": ("bool", [2]),
        "tick": ("int64", [1]),
        "utc_ns": ("int64", [1]),
        "observation.places": ("float32", [9]),
        "observation.places_known": ("bool", [3]),
        "observation.sights": ("float32", [12]),
        "observation.sights_known": ("bool", [3]),
        "timestamp": ("float32", [1]),
        "frame_index": ("int64", [1]),
        "episode_index": ("int64", [1]),
        "index": ("int64", [1]),
        "task_index": ("int64", [1]),
    }
    for name, feature in features.items():
        names, shape = feature["names"], feature["shape"]
        assert names is None or len(names) == (
            len(shape) if name.startswith(HEAD[:18]) else shape[0]
        )
        assert "/" not in name
    assert features["action"]["names"][:8] == [
        f"left.{n}" for n in ("x", "y", "z", "qw", "qx", "qy", "qz", "opening")
    ]
    state = features["observation.state"]["names"]
    assert state[:9] == [
        *(f"left.position.{axis}" for axis in "xyz"),
        *(f"left.quaternion.{axis}" for axis in "wxyz"),
        "left.opening",
        "left.grip_force",
    ]
    assert state[9:23] == [
        *(f"left.wrist_force.{axis}" for axis in "xyz"),
        *(f"left.target.{axis}" for axis in "xyz"),
        "left.target_opening",
        *(f"left.joint_{k}" for k in range(7)),
    ]
    assert features["observation.places"]["names"][:4] == [
        "left_nut.x",
        "left_nut.y",
        "left_nut.z",
        "left_pin.x",
    ]
    assert features["observation.places_known"]["names"] == list(PLACES)
    assert features[HEAD]["info"] == {
        "video.height": 6,
        "video.width": 8,
        "video.codec": "h264",
        "video.pix_fmt": "yuv444p",
        "video.fps": 10,
        "video.channels": 3,
        "video.g": 2,
        "video.crf": 0,
        "video.preset": "veryfast",
        "is_depth_map": False,
        "has_audio": False,
    }


def test_data(folder: Path) -> None:
    file = pq.ParquetFile(str(folder / "data/chunk-000/file-000.parquet"))
    groups = [file.metadata.row_group(k) for k in range(file.metadata.num_row_groups)]
    assert [group.num_rows for group in groups] == [4, 1, 5]
    assert {group.column(0).compression for group in groups} == {"SNAPPY"}
    types = {field.name: field.type for field in file.schema_arrow}
    assert types["action"] == pa.list_(pa.field("element", pa.float32()), 16)
    rows = pa.field("element", pa.list_(pa.field("element", pa.float32())))
    assert types["teacher.free"] == pa.list_(rows)
    assert types["job"] == pa.list_(pa.field("element", pa.bool_()), 2)
    assert (types["timestamp"], types["index"]) == (pa.float32(), pa.int64())
    table = file.read()
    assert table["index"].to_pylist() == list(range(10))
    assert table["episode_index"].to_pylist() == [0] * 4 + [1] + [2] * 5
    assert table["frame_index"].to_pylist() == [*range(4), 0, *range(5)]
    times = table["timestamp"].to_pylist()
    np.testing.assert_allclose(times[5:], [0, 0.1, 0.2, 0.3, 0.4], rtol=1e-7)


def test_episodes(folder: Path) -> None:
    path = folder / "meta/episodes/chunk-000/file-000.parquet"
    table = pq.read_table(str(path), partitioning=None)
    names = set(table.column_names)
    features = _json(folder, "info.json")["features"]
    films = {
        f"videos/observation.images.{c}/{n}"
        for c in CAMERAS
        for n in ("chunk_index", "file_index", "from_timestamp", "to_timestamp")
    }
    assert names == films | {f"stats/{name}/{s}" for name in features for s in STATISTICS} | {
        "episode_index",
        "tasks",
        "length",
        "data/chunk_index",
        "data/file_index",
        "dataset_from_index",
        "dataset_to_index",
        "meta/episodes/chunk_index",
        "meta/episodes/file_index",
    }
    assert table["dataset_from_index"].to_pylist() == [0, 4, 5]
    assert table["dataset_to_index"].to_pylist() == [4, 5, 10]
    assert table[f"videos/{HEAD}/from_timestamp"].to_pylist() == [0.0, 0.4, 0.5]
    assert table[f"videos/{HEAD}/to_timestamp"].to_pylist() == [0.4, 0.5, 1.0]
    assert all(set(tasks) <= set(TASKS) for tasks in table["tasks"].to_pylist())
    assert table.schema.field("tasks").type == pa.list_(pa.field("element", pa.string()))


def test_tasks_are_a_pandas_frame_with_an_index(folder: Path) -> None:
    table = pq.read_table(str(folder / "meta/tasks.parquet"))
    assert table.column_names == ["task_index", "task"]
    assert table["task_index"].to_pylist() == [0, 1]
    assert set(table["task"].to_pylist()) == set(TASKS)
    pandas = json.loads(table.schema.metadata[b"pandas"])
    assert pandas["index_columns"] == ["task"]
    assert pandas["columns"] == [
        {
            "name": "task_index",
            "field_name": "task_index",
            "pandas_type": "int64",
            "numpy_type": "int64",
            "metadata": None,
        },
        {
            "name": "task",
            "field_name": "task",
            "pandas_type": "unicode",
            "numpy_type": "object",
            "metadata": None,
        },
    ]
    assert pandas["column_indexes"] == [
        {
            "name": None,
            "field_name": None,
            "pandas_type": "unicode",
            "numpy_type": "object",
            "metadata": {"encoding": "UTF-8"},
        }
    ]


def test_statistics(folder: Path) -> None:
    statistics, info = _json(folder, "stats.json"), _json(folder, "info.json")
    assert statistics.keys() == info["features"].keys()
    for name, found in statistics.items():
        assert found.keys() == STATISTICS
        assert found["count"] == [10]
        shape = (3, 1, 1) if "images" in name else tuple(info["features"][name]["shape"])
        assert all(np.shape(found[key]) == shape for key in STATISTICS - {"count"})
    dataset = read_dataset(folder)
    actions = np.concatenate([dataset.columns(k)["action"] for k in range(3)]).astype(np.float64)
    np.testing.assert_allclose(statistics["action"]["mean"], actions.mean(axis=0), atol=1e-12)
    np.testing.assert_allclose(statistics["action"]["std"], actions.std(axis=0), atol=1e-12)
    assert statistics["action"]["max"] == actions.max(axis=0).tolist()
    written_pixels = np.concatenate(
        [
            [lesson.observation.images["head"] for lesson in episode(seed, n).lessons]
            for seed, n in enumerate((4, 1, 5))
        ]
    ).reshape(-1, 3)
    head = {key: np.ravel(value) for key, value in statistics[HEAD].items()}
    np.testing.assert_allclose(head["mean"], written_pixels.mean(axis=0) / 255, atol=1e-12)
    np.testing.assert_allclose(head["std"], written_pixels.std(axis=0) / 255, atol=1e-12)
    np.testing.assert_allclose(head["min"], written_pixels.min(axis=0) / 255, atol=1e-12)
    np.testing.assert_allclose(head["max"], written_pixels.max(axis=0) / 255, atol=1e-12)


def test_film(folder: Path) -> None:
    with av.open(str(folder / f"videos/{HEAD}/chunk-000/file-000.mp4")) as film:
        stream = film.streams.video[0]
        assert (stream.codec.canonical_name, stream.pix_fmt) == ("h264", "yuv444p")
        assert (stream.height, stream.width) == (6, 8)
        assert stream.average_rate == 10
        assert stream.time_base is not None
        beat = stream.time_base
        packets = [p for p in film.demux(stream) if p.size]
    assert [(p.pts or 0) * beat * 10 for p in packets] == list(range(10))
    starts = [k for k, p in enumerate(packets) if p.is_keyframe]
    assert {0, 4, 5} <= set(starts)  # anew with every episode
    assert max(np.diff(starts)) <= 2  # and every second picture


def test_our_own_card(folder: Path) -> None:
    card = _json(folder, "ontakt.json")
    assert card["facts"] == {"software": "0.0", "station": "abc", "free": "left, right"}
    assert [one["facts"] for one in card["episodes"]] == [{"seed": str(k)} for k in range(3)]
    assert all(one["good"].keys() == {"left", "right"} for one in card["episodes"])


def test_things_go_into_files() -> None:
    assert spread([4, 4, 4, 4], 10) == [0, 0, 1, 1]
    assert spread([11, 1, 9, 1], 10) == [0, 1, 1, 2]
    assert spread([5], 0) == [0]


def test_several_files_of_everything(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    into = writer(folder)
    for seed in range(5):
        into.add(episode(seed, 3))
    layout = Layout(fps=10, space=SPACE, cameras=CAMERAS, robot_type="ontakt", horizon=3)
    sizes = FileSizes(data_mb=0, video_mb=0, episodes=2)
    assemble(folder, folder / "staging", 5, layout, {}, sizes)
    dataset = read_dataset(folder)
    assert len(list(folder.glob("data/chunk-000/*.parquet"))) == 5
    assert len(list(folder.glob("meta/episodes/chunk-000/*.parquet"))) == 3
    assert [record.films["head"].first for record in dataset.episodes] == [0] * 5
    assert len(list(folder.glob(f"videos/{HEAD}/chunk-000/*.mp4"))) == 5
    for seed in range(5):
        ticks = [x.observation.tick for x in dataset.lessons(seed).lessons]
        assert ticks == [x.observation.tick for x in episode(seed, 3).lessons]
        assert len(dataset.images(seed, "head")) == 3


def test_films_of_another_coder_are_not_joined(tmp_path: Path) -> None:
    folder, episodes = tmp_path / "data", [episode(seed, 3) for seed in range(3)]
    into = writer(folder)
    for one in episodes:
        into.add(one)
    with av.open(str(folder / "staging/episode-000001/head.mp4"), "w") as film:
        stream = film.add_stream("libx264", rate=10, options={"crf": "0", "preset": "ultrafast"})
        stream.height, stream.width, stream.pix_fmt = 6, 8, "yuv444p"
        for lesson in episodes[1].lessons:
            image = lesson.observation.images["head"]
            film.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        film.mux(stream.encode())
    into.close()
    dataset = read_dataset(folder)
    assert len({record.films["head"].path for record in dataset.episodes}) == 3
    for k, one in enumerate(episodes):
        for image, lesson in zip(dataset.images(k, "head"), one.lessons, strict=True):
            assert np.abs(image.astype(int) - lesson.observation.images["head"]).max() <= ERROR


def test_places_of_all_episodes_share_columns(tmp_path: Path) -> None:
    with writer(tmp_path / "data") as into:
        into.add(episode(0, 8, places=("b",)))
        into.add(episode(1, 8, places=("a", "c")))
        into.add(episode(2, 8, places=()))
    dataset = read_dataset(tmp_path / "data")
    assert dataset.layout.places == ("a", "b", "c")
    found = [{n for x in dataset.lessons(k).lessons for n in x.places} for k in range(3)]
    assert found == [{"b"}, {"a", "c"}, set()]
