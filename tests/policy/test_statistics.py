"""Statistics of actions: both published conventions, and what is refused by name."""

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ontakt.contract.errors import BadValue, SetupError, UnknownName
from ontakt.policy.processor.statistics import Statistics


def _config(**robots: Any) -> dict[str, Any]:
    return {"action_config": robots}


def test_the_released_convention() -> None:
    entry = {"mean": [[1.0, 2.0, 3.0]], "std": [[2.0, 1e-5, 0.0]]}
    statistics = Statistics.read(_config(arm=entry), "arm")
    # masked where the deviation is not above 1e-5, decoded by x * std + mean
    assert statistics.mask.tolist() == [[1.0, 0.0, 0.0]]
    np.testing.assert_allclose(statistics.decode([[0.5, 0.0, 7.0]]), [[2.0, 2.0, 3.0]])
    np.testing.assert_allclose(statistics.encode(np.array([[2.0, 9.0, 9.0]])), [[0.5, 0, 0]])
    assert (statistics.horizon, statistics.width, statistics.epsilon) == (1, 3, 0.0)


def test_the_post_training_convention() -> None:
    statistics = Statistics.of("arm", [[1.0, 0.0]], [[2.0, 0.0]], epsilon=1e-6, active=[1, 1])
    # (a - mean) / (std + 1e-6), and the mask is fixed whatever the deviation is
    np.testing.assert_allclose(
        statistics.encode(np.array([[2.0, 3e-6]])), [[1 / (2 + 1e-6), 3.0]], rtol=1e-6
    )
    np.testing.assert_allclose(statistics.decode([[1.0, 3.0]]), [[3.000001, 3e-6]], rtol=1e-12)


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 1e-6]), st.integers(1, 5))
def test_decode_undoes_encode_row_by_row(seed: int, epsilon: float, rows: int) -> None:
    rng = np.random.default_rng(seed)
    statistics = Statistics.of(
        "arm", rng.normal(size=(5, 4)), rng.uniform(0.1, 2, (5, 4)), epsilon=epsilon
    )
    actions = rng.normal(size=(rows, 4))
    np.testing.assert_allclose(statistics.decode(statistics.encode(actions)), actions, atol=2e-6)


def test_statistics_differ_by_step_and_a_prefix_takes_the_first_rows() -> None:
    statistics = Statistics.of("arm", [[0.0], [10.0]], [[1.0], [5.0]], epsilon=0.0)
    np.testing.assert_allclose(statistics.encode(np.array([[3.0]])), [[3.0]])
    np.testing.assert_allclose(statistics.encode(np.array([[3.0], [20.0]])), [[3.0], [2.0]])


def test_entry_reads_back() -> None:
    rng = np.random.default_rng(1)
    mean, std = rng.normal(size=(3, 4)), rng.uniform(0, 1, (3, 4))
    for active in (None, [1, 0, 1, 1]):
        before = Statistics.of("arm", mean, std, active=active)
        text = json.dumps({"action_config": {"arm": before.entry()}})
        after = Statistics.read(json.loads(text), "arm", width=4)
        for field in ("mean", "std", "mask", "epsilon"):
            np.testing.assert_array_equal(getattr(before, field), getattr(after, field))
    assert not before.mean.flags.writeable


BAD: list[tuple[str, Any, Any, str]] = [
    ("nan", [[math.nan, 0.0]], [[1.0, 1.0]], r"robot type 'arm': mean\[0\]\[0\] is nan"),
    ("infinite", [[0.0, 0.0]], [[1.0, math.inf]], r"std\[0\]\[1\] is inf"),
    ("overflow", [[0.0, 1e300]], [[1.0, 1.0]], r"mean\[0\]\[1\] is inf"),
    ("huge", [[0.0, 10**400]], [[1.0, 1.0]], "must be a table of numbers"),
    ("negative", [[0.0, 0.0]], [[1.0, -1.0]], r"std\[0\]\[1\] is -1.0; it must not be negative"),
    ("flat", [0.0, 0.0], [1.0, 1.0], r"mean: shape is \(2,\); it must be \(horizon, width\)"),
    ("ragged", [[0.0, 0.0], [0.0]], [[1.0, 1.0]], "must be a table of numbers"),
    ("words", [["a", "b"]], [[1.0, 1.0]], "must be a table of numbers"),
    ("differ", [[0.0, 0.0]], [[1.0, 1.0], [1.0, 1.0]], r"shape of std is \(2, 2\)"),
    ("empty", [], [], "shape"),
]


@pytest.mark.parametrize(("mean", "std", "text"), [b[1:] for b in BAD], ids=[b[0] for b in BAD])
def test_bad_statistics_are_refused_by_name_and_place(mean: Any, std: Any, text: str) -> None:
    with pytest.raises(BadValue, match=text) as told:
        Statistics.read(_config(arm={"mean": mean, "std": std}), "arm", place="here.json")
    assert str(told.value).startswith("here.json: robot type 'arm'")


def test_a_robot_type_must_be_named_and_be_there() -> None:
    config = _config(b={"mean": [[0.0]], "std": [[1.0]]}, a={"mean": [[0.0]], "std": [[1.0]]})
    with pytest.raises(SetupError, match="must be named; available: a, b"):
        Statistics.read(config, None)
    with pytest.raises(UnknownName, match=r"Unknown robot type 'c'.*Available: a, b"):
        Statistics.read(config, "c")
    with pytest.raises(SetupError, match="'action_config' with statistics"):
        Statistics.read({}, "a")
    with pytest.raises(SetupError, match="robot type 'x' has no 'std'"):
        Statistics.read(_config(x={"mean": [[0.0]]}), "x")
    with pytest.raises(BadValue, match="width of robot type 'a' is 1; it must be 32"):
        Statistics.read(config, "a", width=32)


@pytest.mark.parametrize(
    ("key", "value"), [("epsilon", 1e-3), ("active", [1]), ("active", [2, 0]), ("active", "ab")]
)
def test_other_conventions_are_refused(key: str, value: Any) -> None:
    entry = {"mean": [[0.0, 0.0]], "std": [[1.0, 1.0]], key: value}
    with pytest.raises(BadValue, match=key):
        Statistics.read(_config(arm=entry), "arm")
