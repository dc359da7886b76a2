"""The files of a dataset: where they are, and what stands in those that are JSON."""

from typing import Any

from msgspec import Struct

from ontakt.policy.dataset.layout import Layout

VERSION = "v3.0"
META, DATA, VIDEOS = "meta", "data", "videos"
INFO, STATS, CARD = f"{META}/info.json", f"{META}/stats.json", f"{META}/ontakt.json"
TASKS = f"{META}/tasks.parquet"
EPISODES = META + "/episodes/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"
DATA_PATH = DATA + "/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"
VIDEO_PATH = VIDEOS + "/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4"
CHUNK_FILES = 1000
"""Files in one chunk folder."""


class FileSizes(Struct, frozen=True):
    """When the next file is begun."""

    data_mb: int = 100
    video_mb: int = 200
    episodes: int = 500
    """Rows of meta/episodes: with all their statistics about 80 kB each."""


class Ending(Struct, frozen=True, kw_only=True):
    """What LeRobot has no place for: how one episode ended, and what else is known of it."""

    good: dict[str, bool]
    facts: dict[str, str]


class Card(Struct, frozen=True, kw_only=True):
    """meta/ontakt.json."""

    layout: Layout
    facts: dict[str, str]
    """Who made it: software version, station hash, and what else the maker knows."""
    episodes: tuple[Ending, ...]


def file_at(number: int) -> dict[str, int]:
    """Chunk and file of the `number`-th file of its kind, as paths and episodes name them."""
    return {"chunk_index": number // CHUNK_FILES, "file_index": number % CHUNK_FILES}


def info_of(
    layout: Layout, coding: dict[str, Any], sizes: FileSizes, episodes: int, frames: int, tasks: int
) -> dict[str, Any]:
    """meta/info.json of a whole dataset."""
    return {
        "codebase_version": VERSION,
        "robot_type": layout.robot_type,
        "fps": layout.fps,
        "total_episodes": episodes,
        "total_frames": frames,
        "total_tasks": tasks,
        "chunks_size": CHUNK_FILES,
        "data_files_size_in_mb": sizes.data_mb,
        "video_files_size_in_mb": sizes.video_mb,
        "splits": {"train": f"0:{episodes}"},
        "data_path": DATA_PATH,
        "video_path": VIDEO_PATH,
        "features": {name: f.entry() for name, f in layout.features(coding).items()},
    }
