"""Lessons as columns of numbers: a feature's name to an array (n, *shape), in float32."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ontakt.contract import Array, BadValue, Episode, Observation
from ontakt.policy.dataset.layout import DRIVERS, Layout

Columns = dict[str, NDArray[Any]]


def names_in(maps: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Every name that occurs in `maps`, sorted."""
    return tuple(sorted({name for found in maps for name in found}))


def rows_of(episode: Episode, layout: Layout) -> tuple[Columns, tuple[str, ...]]:
    """The columns of `episode` without its place in the dataset, and its instructions.

    Column `task_index` counts in those instructions, in the order of their first use. Raises
    BadValue for what `layout` does not allow and for a number that is not finite.
    """
    lessons, seen = episode.lessons, [lesson.observation for lesson in episode.lessons]
    tasks = tuple(dict.fromkeys(o.instruction for o in seen))
    n, answer = len(lessons), (layout.horizon, layout.space.width)
    with np.errstate(over="ignore"):  # what float32 cannot hold is found below, by name
        columns: Columns = {
            "observation.state": _stack([_state(o, layout) for o in seen], "state"),
            "action": _stack([x.command for x in lessons], "command", (layout.space.width,)),
            "teacher.free": _stack([x.free for x in lessons], "free", answer),
            "teacher.behind": _stack([x.behind for x in lessons], "behind", answer),
        }
        for key, maps, names, width in (
            ("observation.places", [x.places for x in lessons], layout.places, 3),
            ("observation.sights", [_sights(o) for o in seen], layout.sights, 4),
        ):
            if names:
                columns[key], columns[f"{key}_known"] = _points(maps, names, width)
    whole = {
        "teacher.committed": [x.committed for x in lessons],
        "driver": [DRIVERS.index(x.driver) for x in lessons],
        "tick": [o.tick for o in seen],
        "utc_ns": [o.utc_ns for o in seen],
        "frame_index": range(n),
        "task_index": [tasks.index(o.instruction) for o in seen],
    }
    columns.update((k, np.array(v, dtype=np.int64).reshape(n, 1)) for k, v in whole.items())
    columns["job"] = np.array([[side in o.job for side in layout.space.sides] for o in seen])
    columns["timestamp"] = timestamps(n, layout.fps)
    refuse_unfinite(columns, "episode")
    return columns, tasks


def timestamps(n: int, fps: int) -> NDArray[np.float32]:
    """Shape (n, 1): the time [s] of each row since the episode's first."""
    return (np.arange(n, dtype=np.float64) / fps).astype(np.float32).reshape(n, 1)


def refuse_unfinite(columns: Columns, place: str) -> None:
    """Raises BadValue that names the column and the row of a number that is not finite."""
    for name, values in columns.items():
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            row = tuple(np.argwhere(~np.isfinite(values))[0].tolist())
            raise BadValue(
                f"{place}: {name} of row {row[0]}",
                float(values[row]),
                "every number must be finite in float32",
            )


def widened(columns: Columns, own: Layout, common: Layout) -> Columns:
    """`columns` of layout `own` as those of `common`, which knows at least the same names."""
    found = dict(columns)
    n = len(columns["tick"])
    for key, width, before, after in (
        ("observation.places", 3, own.places, common.places),
        ("observation.sights", 4, own.sights, common.sights),
    ):
        if not after:
            continue
        values = np.zeros((n, len(after), width), dtype=np.float32)
        known = np.zeros((n, len(after)), dtype=bool)
        if before:
            at = [after.index(name) for name in before]
            values[:, at] = columns[key].reshape(n, len(before), width)
            known[:, at] = columns[f"{key}_known"]
        found[key], found[f"{key}_known"] = values.reshape(n, -1), known
    return found


def _state(observation: Observation, layout: Layout) -> Array:
    parts: list[Any] = []
    for side in layout.space.sides:
        arm = observation.arms[side]
        parts += [
            _sized(arm.position, 3, f"position of the {side} arm"),
            _sized(arm.quaternion, 4, f"quaternion of the {side} arm"),
            [arm.opening, arm.grip_force],
            _sized(arm.wrist_force, 3, f"wrist force of the {side} arm"),
            _sized(arm.target, 3, f"target of the {side} arm"),
            [arm.target_opening],
            _sized(
                () if arm.joints is None else arm.joints,
                layout.joints,
                f"joints of the {side} arm",
            ),
        ]
    return np.concatenate(parts)


def _sights(observation: Observation) -> dict[str, Array]:
    return {k: np.append(s.position, s.sigma) for k, s in observation.sights.items()}


def _points(
    maps: Sequence[Mapping[str, Array]], names: tuple[str, ...], width: int
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    values = np.zeros((len(maps), len(names), width), dtype=np.float32)
    known = np.zeros((len(maps), len(names)), dtype=bool)
    for row, found in enumerate(maps):
        for name, point in found.items():
            at = names.index(name)
            values[row, at] = _sized(point, width, f"place of {name!r}")
            known[row, at] = True
    return values.reshape(len(maps), -1), known


def _sized(values: Any, width: int, what: str) -> Any:
    if np.shape(values) != (width,):
        raise BadValue(f"shape of the {what}", np.shape(values), f"it must be ({width},)")
    return values


def _stack(
    values: list[Any], what: str, shape: tuple[int, ...] | None = None
) -> NDArray[np.float32]:
    wanted = np.shape(values[0]) if shape is None else shape
    for row, value in enumerate(values):
        if np.shape(value) != wanted:
            raise BadValue(f"shape of {what} of row {row}", np.shape(value), f"it must be {wanted}")
    return np.asarray(values, dtype=np.float64).astype(np.float32)
