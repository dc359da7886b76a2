"""The last seconds, kept without pickle."""

from pathlib import Path

import numpy as np
import pytest

from ontakt.contract import SIDES, HaltError
from ontakt.runtime import BlackBox, Executor, VirtualClock
from ontakt.runtime.fake import FakePolicy, FakeStation


def filled(ticks: int, ring: int) -> BlackBox:
    station, box = FakeStation(), BlackBox(ring)
    policy = FakePolicy(station, nan_at=1, cameras=("head",))
    executor = Executor(station, policy, VirtualClock(30, 5), seed=1, observers=(box,))
    executor.work(SIDES)
    for _ in range(ticks):
        executor.step()
    return box


def test_it_holds_the_last_ticks_and_reads_without_pickle(tmp_path: Path) -> None:
    path = filled(ticks=40, ring=30).keep(tmp_path / "deep" / "box.npz")
    with np.load(path, allow_pickle=False) as box:
        assert box["tick"].tolist() == list(range(10, 40))
        assert box["command"].shape == (30, 16)
        assert box["left_wanted"].shape == (30, 8)
        assert box["right_position"].shape == (30, 3)
        starved = box["starved"]
        assert starved[3:6].all()  # ticks 13, 14, 15: the second inference
        assert np.isnan(box["left_wanted"][starved]).all()
        held = box["hold"]
        assert held.tolist() == ["finite hold" in trips for trips in box["trips"].tolist()]
        assert held.sum() == 10
        assert set(box["left_drive"].tolist()) == {"policy"}


def test_the_same_ticks_give_the_same_bytes(tmp_path: Path) -> None:
    first = filled(20, 30).keep(tmp_path / "a.npz").read_bytes()
    assert filled(20, 30).keep(tmp_path / "b.npz").read_bytes() == first


def test_an_empty_ring_is_a_file_too(tmp_path: Path) -> None:
    with np.load(BlackBox(5).keep(tmp_path / "x.npz"), allow_pickle=False) as box:
        assert box["tick"].shape == (0,)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(HaltError, match="black box cannot be written"):
        BlackBox(5).keep(tmp_path / "file" / "x.npz")
