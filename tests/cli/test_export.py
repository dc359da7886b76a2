"""`ontakt export`: a shift that was really worked and recorded becomes lessons, unchanged."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mcap.reader import make_reader
from msgspec.structs import replace as changed
from tests.policy.training.tiny import config

from ontakt.cli.exporting.attempt import attempts_of
from ontakt.cli.exporting.export import Export
from ontakt.cli.exporting.recorded import RecordedShift
from ontakt.cli.main import run
from ontakt.cli.options import ShiftOptions
from ontakt.cli.shift_run import ShiftRun
from ontakt.cli.teaching.part import HORIZON, LONGEST
from ontakt.contract import (
    ActionChunk,
    Array,
    CameraSpec,
    Guidance,
    Image,
    Observation,
    Policy,
    PolicySpec,
    Side,
    StationSpec,
)
from ontakt.policy.dataset import Dataset, read_dataset
from ontakt.policy.dataset.video import ERROR
from ontakt.policy.training.card import read_card
from ontakt.policy.xr0.config import write_config
from ontakt.runtime.recorder import recover
from ontakt.runtime.tape import Moment, read_tape
from ontakt.station.toy import ToyStation

CAMERAS = ("head", "left_wrist", "right_wrist")
EVERY = 6
"""Ticks from one question to the next while the robot moves."""


class Eyes(ToyStation):
    """The toy with the cameras of the nut-loading station, each of which shows something else."""

    @property
    def spec(self) -> StationSpec:
        return changed(super().spec, cameras=tuple(CameraSpec(n, 96, 96, 0.8) for n in CAMERAS))

    def picture(self, view: str, width: int, height: int) -> Image:
        seen = super().picture(view, width, height)
        return np.roll(seen, 11 * CAMERAS.index(view), axis=1) if view in CAMERAS else seen


class Looking:
    """A policy that asks for images; in the attempts `misses`, counted from 0, its left hand
    never closes."""

    def __init__(self, policy: Policy, misses: tuple[int, ...]) -> None:
        self._policy, self._misses, self._attempt = policy, misses, -1

    @property
    def spec(self) -> PolicySpec:
        return changed(self._policy.spec, cameras=CAMERAS)

    def reset(self, sides: tuple[Side, ...], seed: int) -> None:
        self._attempt += 1
        self._policy.reset(sides, seed)

    def infer(
        self,
        observation: Observation,
        prefix: Array | None = None,
        guidance: Guidance | None = None,
    ) -> ActionChunk:
        chunk = self._policy.infer(observation, prefix, guidance)
        if self._attempt not in self._misses:
            return chunk
        targets = chunk.targets.copy()
        targets[:, 7] = 0.03
        return ActionChunk(chunk.observed_tick, targets, chunk.beliefs)


def worked(
    folder: Path, cycles: int, misses: tuple[int, ...], strategy: str = f"prefix?execute={EVERY}"
) -> Path:
    """A shift at the toy, recorded."""
    made = ShiftRun.new(
        ShiftOptions(
            station="toy",
            robot=None,
            policy="chunk-expert",
            cycles=cycles,
            hours=None,
            takt=None,
            seed=1,
            variation=("nominal",),
            latency="fixed:80ms",
            strategy=strategy,
            clock="virtual",
        ),
        folder,
    )
    policy, station = Looking(made.policy, misses), Eyes(made.file.path, made.variation, 1)
    made = replace(made, policy=policy, station=station)
    assert made.work(record=True, video=False, real_time=False, as_json=True) == 0
    return folder


@pytest.fixture(scope="module")
def shift(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two cycles; the first attempt of the second one fails on the left and is tried again."""
    return worked(tmp_path_factory.mktemp("export") / "shift", cycles=2, misses=(1,))


@pytest.fixture(scope="module")
def dataset(shift: Path) -> Dataset:
    assert run(["export", str(shift), "--out", str(shift.parent / "data")]) == 0
    return read_dataset(shift.parent / "data")


def refusal(capsys: pytest.CaptureFixture[str], shift: Path, out: Path, *more: str) -> str:
    """Why an export is refused: one line, with nothing written."""
    capsys.readouterr()
    before = sorted(out.rglob("*"))
    assert run(["export", str(shift), "--out", str(out), *more]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert sorted(out.rglob("*")) == before
    return line


def copied(shift: Path, folder: Path) -> Path:
    shutil.copytree(shift, folder)
    return folder


def tapes(shift: Path) -> list[Path]:
    return sorted((shift / "cycles").iterdir())


def moments(shift: Path) -> Mapping[int, Moment]:
    space = RecordedShift.open(shift).space
    found = [one for tape in tapes(shift) for one in read_tape(tape, space)]
    return {one.observation.tick: one for one in found}


def test_a_tape_says_what_others_read_in_the_recording(shift: Path) -> None:
    found, tape = moments(shift), tapes(shift)[0]
    commands: dict[int, dict[str, Any]] = {}
    filmed = set()
    with tape.open("rb") as stream:
        for schema, channel, message in make_reader(stream).iter_messages():
            content = json.loads(message.data)
            if channel.topic == "/right/command":
                commands[content["tick"]] = content
            if channel.topic == "/cameras/head":
                assert schema is not None
                assert schema.name == "foxglove.CompressedImage"
                assert content["format"] == "png"
                filmed.add(content["tick"])
    assert len(commands) > 100
    for tick, told in commands.items():
        row = [*told["position"], *told["quaternion"], told["opening"]]
        assert found[tick].command[8:].tolist() == row
        assert bool(found[tick].observation.images) == (tick in filmed)
    assert len(filmed) > 5


def test_lessons_are_what_was_seen_and_told_next(shift: Path, dataset: Dataset) -> None:
    found = moments(shift)
    assert (dataset.fps, dataset.robot_type) == (30 // EVERY, "sim:toy")
    assert dataset.cameras == dict.fromkeys(CAMERAS, (96, 96))
    assert dataset.tasks[0] == "Load both nuts."
    lessons = [one for k in range(len(dataset.episodes)) for one in dataset.lessons(k).lessons]
    assert len(lessons) > 30
    for lesson in lessons:
        seen, tick = lesson.observation, lesson.observation.tick
        was = found[tick].observation
        assert (seen.utc_ns, seen.instruction, seen.job) == (was.utc_ns, was.instruction, was.job)
        for name in CAMERAS:
            off = seen.images[name].astype(int) - was.images[name].astype(int)
            assert abs(off).max() <= ERROR
        for side in seen.job:
            np.testing.assert_array_equal(
                seen.arms[side].position, was.arms[side].position.astype(np.float32)
            )
        begun = next(t for t in range(tick, tick + 99) if not found[t].starved)
        told = np.array([found[begun + k].command for k in range(HORIZON)], np.float32)
        np.testing.assert_array_equal(lesson.free, told)
        np.testing.assert_array_equal(lesson.behind, told)
        np.testing.assert_array_equal(lesson.command, found[tick].command.astype(np.float32))
        assert lesson.driver == "policy"
        assert not lesson.places
        assert not seen.sights
    assert {lesson.committed for lesson in lessons} == set(range(1, LONGEST + 1))


def test_only_attempts_that_ended_good_are_taken(
    shift: Path, dataset: Dataset, tmp_path: Path
) -> None:
    taken = {(one.facts["cycle"], one.facts["job"]) for one in dataset.episodes}
    assert taken == {("0", "left right"), ("1", "left")}
    assert all(all(one.good.values()) for one in dataset.episodes)
    assert {one.facts["failure"] for one in dataset.episodes} == {""}
    assert run(["export", str(shift), "--all", "--out", str(tmp_path / "all")]) == 0
    others = [one for one in read_dataset(tmp_path / "all").episodes if one.facts["failure"]]
    # the right hand was done before the left one's failure was seen
    assert {one.facts["job"] for one in others} == {"left right", "left"}
    for one in others:
        assert one.facts["cycle"] == "1"
        assert one.good["left"] is False
        assert one.good.get("right", True)


def test_an_attempt_ends_where_the_drives_change(shift: Path) -> None:
    opened = RecordedShift.open(shift)
    for cycle in opened.cycles:
        for attempt in attempts_of(read_tape(cycle.tape, opened.space)):
            assert attempt.job
            for moment in attempt.moments.values():
                driven = {side for side, drive in moment.drives.items() if drive == "policy"}
                assert driven == set(attempt.job)
                assert moment.observation.job == attempt.job


def test_the_same_shift_gives_the_same_bytes_also_after_a_cut(
    shift: Path, dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = Export.new(RecordedShift.open(shift), failed_too=False)
    whole = list(export._episodes())
    out = tmp_path / "data"

    def cut(self: Export) -> Any:
        yield from whole[:2]
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Export, "_episodes", cut)
        with pytest.raises(KeyboardInterrupt):
            export.write(out)
    assert not (out / "meta").exists()
    assert (out / "staging").is_dir()
    assert run(["export", str(shift), "--out", str(out)]) == 0
    assert read_dataset(out).hash == dataset.hash


def test_what_is_no_recorded_shift_is_refused(
    shift: Path, dataset: Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert "no shift there" in refusal(capsys, tmp_path, out)
    plain = copied(shift, tmp_path / "plain")
    shutil.rmtree(plain / "cycles")
    assert "was recorded; work a shift with --record" in refusal(capsys, plain, out)
    blind = tmp_path / "blind"
    assert run(["shift", "toy", "--cycles", "1", "--record", "--out", str(blind)]) == 0
    said = refusal(capsys, blind, out)
    assert "holds no images, because policy 'expert' did not look" in said
    full = tmp_path / "full"
    full.mkdir()
    (full / "letter.txt").write_text("mine")
    assert "is not empty" in refusal(capsys, shift, full)
    assert "is finished" in refusal(capsys, shift, dataset.folder)


@pytest.mark.parametrize("damage", ["half", "noise", "number"])
def test_a_damaged_recording_is_refused(
    damage: str, shift: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hurt = copied(shift, tmp_path / "hurt")
    tape = tapes(hurt)[-1]
    data = tape.read_bytes()
    wrong = {
        "half": data[: len(data) // 2],
        "noise": np.random.default_rng(0).bytes(len(data)),
        "number": data.replace(b'"starved":true', b'"starved":"no"', 1),
    }
    assert wrong[damage] != data
    tape.write_bytes(wrong[damage])
    assert f"{tape}: is damaged" in refusal(capsys, hurt, tmp_path / "out")


def test_a_cycle_is_read_whole_without_the_end_of_its_file(
    shift: Path, dataset: Dataset, tmp_path: Path
) -> None:
    torn = copied(shift, tmp_path / "torn")
    first, *_, last = tapes(torn)
    last.write_bytes(last.read_bytes()[:-300])
    recover(first)  # makes chunks
    assert run(["export", str(torn), "--out", str(tmp_path / "out")]) == 0
    assert read_dataset(tmp_path / "out").hash == dataset.hash


def test_images_that_do_not_come_evenly_and_work_that_is_not_good_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    uneven = worked(tmp_path / "uneven", 1, misses=(0, 1, 2), strategy="sync?execute=16")
    assert "none of" in refusal(capsys, uneven, tmp_path / "out")
    assert "come every 19 ticks" in refusal(capsys, uneven, tmp_path / "out", "--all")


def test_training_takes_an_export(dataset: Dataset, tmp_path: Path) -> None:
    tiny = tmp_path / "tiny"
    tiny.mkdir()
    write_config(changed(config(), action_length=HORIZON), tiny)
    out = tmp_path / "run"
    words = ("--config", str(tiny), "--batch", "4", "--steps", "3", "--threads", "1")
    assert run(["train", "--data", str(dataset.folder), *words, "--out", str(out)]) == 0
    card = read_card(out / "checkpoint")
    assert card is not None
    assert card.data[0].hash == dataset.hash
    assert card.data[0].facts["policy"] == "chunk-expert"
