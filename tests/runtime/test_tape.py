"""What was recorded is read back, number by number and pixel by pixel."""

from pathlib import Path

import numpy as np
import pytest

from ontakt.contract import (
    SIDES,
    ActionSpace,
    ArmState,
    Command,
    Drive,
    Observation,
    RecordError,
    Side,
    Signals,
    frozen_array,
)
from ontakt.contract.event import CycleEnded, CycleStarted
from ontakt.runtime import VirtualClock
from ontakt.runtime.recorder import Recorder
from ontakt.runtime.tape import Moment, read_tape

SPACE = ActionSpace()


def arm(rng: np.random.Generator, joints: int | None) -> ArmState:
    def numbers(count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        return frozen_array(rng.standard_normal(count))

    return ArmState(
        position=numbers(3),
        quaternion=numbers(4),
        opening=float(rng.random()),
        grip_force=float("nan"),
        wrist_force=frozen_array([0.1, np.nan, -3e-17]),
        target=numbers(3),
        target_opening=float(rng.random()),
        joints=None if joints is None else numbers(joints),
    )


def moment(tick: int, joints: int | None) -> Moment:
    """One by chance; `watch` is a camera that nobody records."""
    rng = np.random.default_rng(tick)
    drives: dict[Side, Drive] = {"left": "policy", "right": "home"}
    seen = {
        name: rng.integers(0, 256, (5 + tick, 7, 3), dtype=np.uint8)
        for name in ("head", "wrist", "watch")
    }
    return Moment(
        observation=Observation(
            tick=tick,
            utc_ns=10**18 + tick,
            arms={side: arm(rng, joints) for side in SIDES},
            images=seen if tick % 2 else {},
            instruction="Load the left nut only.",
            job=("left",),
        ),
        command=frozen_array(rng.standard_normal(16)),
        drives=drives,
        starved=tick % 3 == 0,
    )


def recorded(folder: Path, moments: list[Moment], *, ended: bool = True) -> Path:
    recorder = Recorder(folder, SPACE, VirtualClock(30, 0), cameras=("head", "wrist"))
    recorder.on_event(CycleStarted(cycle=4, due_tick=0, job=SIDES, variation={}))
    for one in moments:
        seen = one.observation
        signals = Signals(
            tick=seen.tick,
            arms=seen.arms,
            drives=one.drives,
            homed=dict.fromkeys(SIDES, False),
            beliefs={},
            starved=one.starved,
        )
        recorder.on_tick(seen.tick, seen, {}, Command(seen.tick, one.command, 30.0), signals)
    if ended:
        recorder.on_event(CycleEnded(cycle=4, ending="done", robot_done_tick=None, retries={}))
    recorder.close()
    return folder / "cycles" / "00004.mcap"


@pytest.mark.parametrize("joints", [None, 7])
def test_a_tape_is_what_was_recorded(joints: int | None, tmp_path: Path) -> None:
    told = [moment(tick, joints) for tick in range(5)]
    found = read_tape(recorded(tmp_path, told), SPACE)
    assert len(found) == len(told)
    for one, was in zip(found, told, strict=True):
        seen, before = one.observation, was.observation
        assert (one.drives, one.starved) == (was.drives, was.starved)
        assert (seen.tick, seen.utc_ns) == (before.tick, before.utc_ns)
        assert (seen.instruction, seen.job) == (before.instruction, before.job)
        np.testing.assert_array_equal(one.command, was.command)
        for side in SIDES:
            for field in ArmState.__struct_fields__:
                mine, theirs = getattr(seen.arms[side], field), getattr(before.arms[side], field)
                np.testing.assert_equal(mine, theirs)
        assert seen.images.keys() == before.images.keys() - {"watch"}
        for name, image in seen.images.items():
            np.testing.assert_array_equal(image, before.images[name])
            assert not image.flags.writeable


def test_a_tape_that_ends_before_its_cycle_is_refused(tmp_path: Path) -> None:
    path = recorded(tmp_path, [moment(0, None)], ended=False)
    with pytest.raises(RecordError, match="ends before its cycle does"):
        read_tape(path, SPACE)
    with pytest.raises(RecordError, match="cannot be read"):
        read_tape(tmp_path / "none.mcap", SPACE)
