"""What is written is what is read: numbers exact in float32, pictures within the coding's error."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.policy.dataset.lessons import episode, writer, written

from ontakt.contract import ActionSpace, BadValue, Episode
from ontakt.policy.dataset import Layout, observation_of, read_dataset
from ontakt.policy.dataset.columns import rows_of
from ontakt.policy.dataset.video import ERROR


def _f32(values: Any) -> Any:
    return np.asarray(values, dtype=np.float32).astype(np.float64)


def assert_same(before: Episode, after: Episode) -> None:
    """`after` is what may come back of `before`."""
    assert (after.hz, after.good, after.facts) == (before.hz, before.good, before.facts)
    assert len(after.lessons) == len(before.lessons)
    for a, b in zip(after.lessons, before.lessons, strict=True):
        x, y = a.observation, b.observation
        assert (a.driver, a.committed) == (b.driver, b.committed)
        assert (x.tick, x.utc_ns) == (y.tick, y.utc_ns)
        assert (x.instruction, x.job) == (y.instruction, y.job)
        for field in ("command", "free", "behind"):
            np.testing.assert_array_equal(getattr(a, field), _f32(getattr(b, field)))
        assert list(x.arms) == list(y.arms)
        for side, arm in y.arms.items():
            for field in arm.__struct_fields__:
                found, wanted = getattr(x.arms[side], field), getattr(arm, field)
                if wanted is None:
                    assert found is None
                else:
                    np.testing.assert_array_equal(found, _f32(wanted))
        assert a.places.keys() == b.places.keys()
        for name, place in b.places.items():
            np.testing.assert_array_equal(a.places[name], _f32(place))
        assert x.sights.keys() == y.sights.keys()
        for name, sight in y.sights.items():
            np.testing.assert_array_equal(x.sights[name].position, _f32(sight.position))
            assert x.sights[name].sigma == _f32(sight.sigma)
        assert x.images.keys() == y.images.keys()
        for camera, image in y.images.items():
            error = np.abs(x.images[camera].astype(int) - image)
            assert error.max() <= ERROR
            assert not x.images[camera].flags.writeable


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 2**31),
    lengths=st.lists(st.integers(1, 5), min_size=1, max_size=3),
    sides=st.sampled_from([("left", "right"), ("right",)]),
    horizon=st.integers(1, 3),
    joints=st.sampled_from([0, 1, 7]),
    cameras=st.dictionaries(
        st.sampled_from(["head", "wrist"]), st.tuples(st.integers(1, 9), st.integers(1, 9))
    ),
    places=st.lists(st.sampled_from(["nut", "pin", "on pin"]), unique=True).map(tuple),
    fps=st.sampled_from([1, 10, 15, 30]),
)
def test_round_trip(
    seed: int,
    lengths: list[int],
    sides: Any,
    horizon: int,
    joints: int,
    cameras: dict[str, tuple[int, int]],
    places: tuple[str, ...],
    fps: int,
) -> None:
    shape: dict[str, Any] = {
        "space": ActionSpace(sides),
        "horizon": horizon,
        "cameras": cameras,
        "fps": fps,
    }
    episodes = [
        episode(seed + k, n, joints=joints, places=places, **shape) for k, n in enumerate(lengths)
    ]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "data"
        with writer(path, **shape) as into:
            for one in episodes:
                into.add(one)
        dataset = read_dataset(path)
        assert [record.length for record in dataset.episodes] == lengths
        for k in reversed(range(len(episodes))):
            assert_same(episodes[k], dataset.lessons(k))


def test_what_a_dataset_tells(tmp_path: Path) -> None:
    dataset = read_dataset(written(tmp_path / "data"), expected_robot_type="ontakt")
    assert dataset.robot_type == "ontakt"
    assert (dataset.fps, dataset.horizon, dataset.space.width) == (10, 3, 16)
    assert dataset.cameras == {"head": (6, 8), "left_wrist": (4, 4)}
    assert dataset.facts["station"] == "abc"
    record = dataset.episodes[2]
    assert (record.index, record.length, record.facts) == (2, 5, {"seed": "2"})
    assert set(record.tasks) <= {"Load both nuts.", "Wait."}
    assert record.good.keys() == {"left", "right"}
    with pytest.raises(BadValue, match=r"episode is 3; .* has 0 to 2"):
        dataset.lessons(3)


def test_an_observation_from_a_row_alone() -> None:
    layout = Layout(
        fps=10,
        space=ActionSpace(),
        cameras={"head": (6, 8), "left_wrist": (4, 4)},
        robot_type="ontakt",
        horizon=3,
        joints=7,
        places=("left_nut", "left_pin", "right_nut"),
        sights=("left_nut", "left_pin", "right_nut"),
    )
    before = episode(1)
    columns, tasks = rows_of(before, layout)
    row = {name: values[2] for name, values in columns.items()}
    seen = before.lessons[2].observation
    found = observation_of(row, layout, images=seen.images, instruction=seen.instruction)
    assert (found.tick, found.job, found.images) == (seen.tick, seen.job, seen.images)
    np.testing.assert_array_equal(found.arms["left"].target, _f32(seen.arms["left"].target))
    assert tasks[int(row["task_index"][0])] == seen.instruction
    assert {name: values.shape[1:] for name, values in columns.items()} == {
        name: feature.shape
        for name, feature in layout.columns().items()
        if name not in ("episode_index", "index")
    }
