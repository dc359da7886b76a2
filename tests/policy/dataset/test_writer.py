"""The writer: equal input is equal bytes, a kill costs one episode at most, and what it refuses."""

import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace
from tests.policy.dataset.lessons import CAMERAS, episode, writer, written

from ontakt.contract import BadValue, Episode, SetupError
from ontakt.policy.dataset import dataset_hash, read_dataset

ROOT = Path(__file__).parents[3]
EPISODES = 6
SESSION = f"""
import sys
from pathlib import Path
from tests.policy.dataset.lessons import episode, writer
into = writer(Path(sys.argv[1]))
print(into.episodes, flush=True)
for seed in range(into.episodes, {EPISODES}):
    into.add(episode(seed, 3))
    print(into.episodes, flush=True)
print("closing", flush=True)
into.close()
print("closed", flush=True)
"""


def test_equal_episodes_are_equal_bytes(tmp_path: Path) -> None:
    one, two = written(tmp_path / "one"), written(tmp_path / "two")
    assert dataset_hash(one) == dataset_hash(two) == read_dataset(two).hash
    assert dataset_hash(written(tmp_path / "other", (4, 1, 6))) != dataset_hash(one)
    (one / "meta" / "more").write_text("")
    assert dataset_hash(one) != dataset_hash(two)


def _killed_session(folder: Path, at: str, delay: float) -> list[str]:
    """A session of its own process, killed `delay` seconds after it says `at`."""
    session = subprocess.Popen(
        [sys.executable, "-c", SESSION, str(folder)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert session.stdout is not None
    said = []
    for line in session.stdout:
        said.append(line.strip())
        if said[-1] == at:
            time.sleep(delay)
            session.send_signal(signal.SIGKILL)
            break
    said += session.stdout.read().split()
    session.stdout.close()
    session.wait()
    return said


@pytest.mark.parametrize("at", ["2", "closing"])
def test_a_kill_leaves_the_last_whole_episode(tmp_path: Path, at: str) -> None:
    folder, chance = tmp_path / "data", random.Random(at)
    said = _killed_session(folder, at, chance.uniform(0, 0.02))
    if "closed" in said:
        assert len(read_dataset(folder).episodes) == EPISODES
        return
    acknowledged = max(int(word) for word in said if word.isdigit())
    if not (folder / "meta").exists():
        with pytest.raises(SetupError, match="the dataset is begun and not finished"):
            read_dataset(folder)
        with writer(folder) as into:
            assert acknowledged <= into.episodes <= acknowledged + 1
            for seed in range(into.episodes, EPISODES):
                into.add(episode(seed, 3))
    assert dataset_hash(folder) == dataset_hash(written(tmp_path / "whole", (3,) * EPISODES))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_kills_at_any_moment(tmp_path: Path, seed: int) -> None:
    folder, chance = tmp_path / "data", random.Random(seed)
    for _ in range(4):
        if (folder / "meta").exists():
            break
        at = chance.choice(["1", "3", "5", "closing"])
        _killed_session(folder, at, chance.uniform(0, 0.06))
    if not (folder / "meta").exists():
        with writer(folder) as into:
            for number in range(into.episodes, EPISODES):
                into.add(episode(number, 3))
    assert dataset_hash(folder) == dataset_hash(written(tmp_path / "whole", (3,) * EPISODES))
    assert len(read_dataset(folder).episodes) == EPISODES


def _second_session(folder: Path) -> None:
    with writer(folder) as into:
        assert into.episodes == 1
        into.add(episode(1, 1))
        into.add(replace(episode(2), hz=30))


def test_it_goes_on_where_it_stopped(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    writer(folder).add(episode(0, 4))
    (folder / "staging" / "part-000001").mkdir()  # as a kill leaves it
    with pytest.raises(BadValue, match="lessons a second"):
        _second_session(folder)
    assert not (folder / "meta").exists()
    with writer(folder) as into:
        assert into.episodes == 2
        into.add(episode(2, 5))
    assert not (folder / "staging").exists()
    assert dataset_hash(folder) == dataset_hash(written(tmp_path / "whole"))


def test_it_tells_the_facts_of_the_last_episode_kept(tmp_path: Path) -> None:
    into = writer(tmp_path / "set")
    assert into.last is None
    for seed in (3, 4):
        into.add(episode(seed, 2))
        assert into.last == {"seed": str(seed)}
    assert writer(tmp_path / "set").last == {"seed": "4"}, "also to the next session"


def test_a_kill_between_the_last_steps(tmp_path: Path) -> None:
    whole, folder = written(tmp_path / "whole"), tmp_path / "data"
    into = writer(folder)
    for seed, length in enumerate((4, 1, 5)):
        into.add(episode(seed, length))
    shutil.copytree(folder / "staging", tmp_path / "staging")
    (folder / "data").mkdir()
    (folder / "data" / "stale").write_text("of a close that was killed")
    with writer(folder):
        pass
    assert dataset_hash(folder) == dataset_hash(whole)
    (tmp_path / "staging").rename(folder / "staging")
    with pytest.raises(SetupError, match="the dataset is finished"):
        writer(folder)
    assert read_dataset(folder).hash == dataset_hash(whole)


def test_a_finished_dataset_stays(tmp_path: Path) -> None:
    folder = written(tmp_path / "data")
    before = dataset_hash(folder)
    with pytest.raises(SetupError, match="the dataset is finished; write further episodes into"):
        writer(folder)
    assert dataset_hash(folder) == before


def test_closing_twice_is_closing_once(tmp_path: Path) -> None:
    into = writer(tmp_path / "data")
    into.add(episode(0))
    into.close()
    into.close()
    assert len(read_dataset(tmp_path / "data").episodes) == 1


def test_no_episode_is_no_dataset(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="needs at least one episode"), writer(tmp_path / "data"):
        pass


def test_folders_that_are_something_else(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(SetupError, match="mine: is not empty and holds no begun dataset"):
        writer(tmp_path / "mine")
    with pytest.raises(SetupError, match=r"letter.txt: is not a folder"):
        writer(tmp_path / "mine" / "letter.txt")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"robot_type": "libero"}, "robot_type is 'libero'; it was begun with 'ontakt'"),
        ({"horizon": 4}, "horizon is 4; it was begun with 3"),
        ({"facts": {}}, "facts is {}; it was begun with"),
        ({"cameras": {"head": (6, 8)}}, "cameras is"),
    ],
)
def test_another_plan_than_the_begun_one(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    writer(tmp_path / "data")
    with pytest.raises(BadValue, match=message):
        writer(tmp_path / "data", **change)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"fps": 0}, "fps is 0; it must be at least 1"),
        ({"fps": 7}, "fps is 7; it must divide 30 ticks/s"),
        ({"horizon": 0}, "horizon is 0"),
        ({"cameras": {"a/b": (2, 2)}}, "camera is 'a/b'; it must be a plain name"),
        ({"cameras": {"head": (0, 2)}}, r"size of camera 'head' is \(0, 2\)"),
    ],
)
def test_arguments_that_cannot_be(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(BadValue, match=message):
        writer(tmp_path / "data", **change)
    assert not (tmp_path / "data").exists()


def _changed(row: int = 1, **changes: Any) -> Episode:
    whole = episode(0)
    lessons = list(whole.lessons)
    lessons[row] = replace(lessons[row], **changes)
    return replace(whole, lessons=tuple(lessons))


def _seen(row: int = 1, **changes: Any) -> Episode:
    return _changed(row, observation=replace(episode(0).lessons[row].observation, **changes))


def _with_arm(**changes: Any) -> Episode:
    arms = dict(episode(0).lessons[1].observation.arms)
    arms["right"] = replace(arms["right"], **changes)
    return _seen(arms=arms)


_OTHER_SIZE = {k: np.zeros((9, 9, 3), np.uint8) for k in CAMERAS}
BAD: list[tuple[str, Episode, str]] = [
    ("rate", replace(episode(0), hz=30), "lessons a second of the episode is 30; it must be 10"),
    ("none", replace(episode(0), lessons=()), "there must be at least one"),
    ("uneven", _seen(tick=0), r"ticks from lesson 0 to 1 is -\d+; it must be 3"),
    ("good", replace(episode(0), good={"middle": True}), r"sides that are good is \['middle'\]"),
    ("arms", _seen(arms={}), "arms and job of lesson 1"),
    ("job", _seen(job=("middle",)), "arms and job of lesson 1"),
    ("driver", _changed(driver="crowd"), "driver of lesson 1 is 'crowd'; it is one of teacher"),
    ("few", _changed(committed=0), "committed of lesson 1 is 0; it is 1 to 3"),
    ("many", _changed(committed=4), "committed of lesson 1 is 4; it is 1 to 3"),
    ("blind", _seen(images={}), "images of lesson 1 is {}"),
    ("size", _seen(images=_OTHER_SIZE), r"images of lesson 1 is {'head': \(9, 9, 3\)"),
    ("wide", _changed(command=np.zeros(15)), r"shape of command of row 1 is \(15,\)"),
    ("short", _changed(free=np.zeros((2, 16))), r"shape of free of row 1 is \(2, 16\)"),
    ("flat", _changed(places={"left_nut": np.zeros(2)}), r"shape of the place of 'left_nut'"),
    ("nan", _changed(behind=np.full((3, 16), np.nan)), "teacher.behind of row 1 is nan"),
    ("huge", _changed(command=np.full(16, 1e39)), "action of row 1 is inf"),
    ("lost", _changed(places={"left_nut": np.full(3, np.inf)}), "observation.places of row 1"),
    ("arm", _with_arm(opening=np.nan), "observation.state of row 1 is nan"),
    ("pose", _with_arm(position=np.zeros(4)), r"shape of the position of the right arm is \(4,\)"),
    ("joints", _with_arm(joints=None), r"shape of the joints of the right arm is \(0,\)"),
]


@pytest.mark.parametrize(("bad", "message"), [b[1:] for b in BAD], ids=[b[0] for b in BAD])
def test_an_episode_that_does_not_fit(tmp_path: Path, bad: Episode, message: str) -> None:
    into = writer(tmp_path / "data")
    with pytest.raises(BadValue, match=message) as caught:
        into.add(bad)
    assert "\n" not in str(caught.value)
    assert into.episodes == 0
    assert [p.name for p in (tmp_path / "data" / "staging").iterdir()] == ["plan.json"]


def test_all_episodes_have_the_same_joints(tmp_path: Path) -> None:
    writer(tmp_path / "data").add(episode(0))
    with pytest.raises(BadValue, match="joints of the episode is 0; others have 7"):
        writer(tmp_path / "data").add(episode(1, joints=0))
