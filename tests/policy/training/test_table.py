"""Tables in memory, on the disk, and joined."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
from tests.policy.training.tiny import CAMERAS, HORIZON, episode, processor, table, written

from ontakt.contract import BadValue, Episode, SetupError
from ontakt.policy.dataset import read_dataset
from ontakt.policy.processor import Processor, Statistics
from ontakt.policy.training.kept_table import joined, kept_table, table_key
from ontakt.policy.training.table import Table, tabulate


def equal(a: Table, b: Table) -> None:
    for name in Table.__struct_fields__:
        if name == "views":
            rows = np.arange(len(a))
            for one, other in zip(a.views, b.views, strict=True):
                np.testing.assert_array_equal(one[rows], other[rows])
        elif name not in ("text", "texts"):
            np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
    assert [a.texts[k] for k in a.text] == [b.texts[k] for k in b.text]


def test_a_row_tells_what_the_processor_tells() -> None:
    one, made = episode(2).lessons[1], table()
    row = 2 * 6 + 1
    np.testing.assert_array_equal(made.state[row], processor().state(one.observation))
    wanted = processor().motions(one.behind, one.observation)
    np.testing.assert_allclose(made.behind[row], wanted, rtol=1e-6)
    assert made.committed[row] == one.committed
    assert made.source[row] == 1
    assert made.episode[row] == 2
    assert made.texts[made.text[row]] == one.observation.instruction


def test_places_are_told_from_the_tool_and_in_the_mirror_of_the_side() -> None:
    one = episode(2).lessons[1]
    tools = {str(side): arm.position for side, arm in one.observation.arms.items()}
    for i, (side, sign) in enumerate((("left", 1.0), ("right", -1.0))):
        for j, what in enumerate(("nut", "pin")):
            place = one.places.get(f"{side}_{what}")
            assert table().known[13, i, j] == (place is not None)
            wanted = np.zeros(3)
            if place is not None:
                wanted = (place - tools[side]) * np.array([1.0, sign, 1.0])
            np.testing.assert_allclose(table().places[13, i, j], wanted, atol=1e-7)


def test_no_lessons_are_refused() -> None:
    with pytest.raises(SetupError, match="nothing to learn from"):
        tabulate([[Episode(lessons=(), hz=10, good={})]], processor())


def test_a_kept_table_is_the_same_and_made_once(tmp_path: Path) -> None:
    dataset = read_dataset(written(tmp_path / "data"))
    told: list[tuple[int, int]] = []
    first = kept_table(dataset, processor(), tmp_path / "kept", lambda *c: told.append(c))
    assert told == [(6, 12), (12, 12)]
    # As read from its films: what is coded differs a little from what was filmed.
    equal(first, tabulate([[dataset.lessons(0), dataset.lessons(1)]], processor()))
    again = kept_table(dataset, processor(), tmp_path / "kept", lambda *c: told.append(c))
    equal(first, again)
    assert len(told) == 2
    assert len(list((tmp_path / "kept").iterdir())) == 1


def test_two_processes_that_make_the_same_table_keep_one(tmp_path: Path) -> None:
    dataset = read_dataset(written(tmp_path / "data"))

    def meanwhile(done: int, count: int) -> None:
        if done == count:
            kept_table(dataset, processor(), tmp_path / "kept", lambda *_: None)

    equal(
        kept_table(dataset, processor(), tmp_path / "kept", meanwhile),
        tabulate([[dataset.lessons(0), dataset.lessons(1)]], processor()),
    )
    assert len(list((tmp_path / "kept").iterdir())) == 1


def test_other_data_and_another_embodiment_are_another_table(tmp_path: Path) -> None:
    one = read_dataset(written(tmp_path / "one"))
    other = read_dataset(written(tmp_path / "other", seeds=(0, 2)))
    ours = processor()
    assert table_key(one, ours) != table_key(other, ours)
    assert table_key(one, ours) == table_key(read_dataset(one.folder), ours)
    body = msgspec.structs.replace(ours.embodiment, mirrored=())
    plain = Processor(body, ours.statistics, ours.tokenizer, ours.geometry, ours.state_width)
    assert table_key(one, ours) != table_key(one, plain)
    statistics = Statistics.of("x", np.zeros((HORIZON, 32)), np.ones((HORIZON, 32)))
    told = Processor(body, statistics, ours.tokenizer, ours.geometry, ours.state_width)
    assert table_key(one, plain) == table_key(one, told)


def test_a_table_that_fails_leaves_nothing(tmp_path: Path) -> None:
    cameras = {name: size for name, size in CAMERAS.items() if name != "head"}
    dataset = read_dataset(written(tmp_path / "data", cameras=cameras))
    with pytest.raises(BadValue, match="'head' is missing"):
        kept_table(dataset, processor(), tmp_path / "kept", lambda *_: None)
    assert list((tmp_path / "kept").iterdir()) == []


def test_joined_tables_are_one(tmp_path: Path) -> None:
    parts = [tabulate([[episode(2 * k), episode(2 * k + 1)]], processor()) for k in range(2)]
    whole = joined(parts)
    equal(whole, table())
    rows = np.array([20, 3, 13, 3])
    np.testing.assert_array_equal(whole.views[1][rows], table().views[1][rows])
    np.testing.assert_array_equal(whole.image(2, 20), table().image(2, 20))
