"""The internship's bookkeeping: shares, counts, what is refused, what is not done twice."""

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ontakt.cli.evaluation.evaluation import Share
from ontakt.cli.internship.examine import examined
from ontakt.cli.internship.learn import learn, shares
from ontakt.cli.internship.place import Round
from ontakt.cli.internship.plan import InternshipPlan
from ontakt.cli.internship.run import check_same
from ontakt.cli.internship.version import Gathered, Internship, Version
from ontakt.cli.main import run
from ontakt.contract import SetupError
from ontakt.evidence.internship import RECORD, write_page

PLAN = InternshipPlan(station="nut-loading")


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=9))
def test_half_of_a_batch_is_from_the_newest_round(lessons: list[int]) -> None:
    found = shares(lessons)
    assert sum(found) == pytest.approx(1.0)
    if len(lessons) > 1:
        assert found[-1] == 0.5
        assert found[0] / lessons[0] == pytest.approx(found[-2] / lessons[-2])


def test_all_of_it_is_from_the_only_one() -> None:
    assert shares([7]) == (1.0,)
    assert shares([300, 100, 50]) == (0.375, 0.125, 0.5)


def test_step_ins_and_corrections_are_counted() -> None:
    told = Gathered.count(
        [
            (90, {"cycle": "0", "step_in": "", "corrections": "0"}),
            (150, {"cycle": "1", "step_in": "301", "corrections": "50"}),
            (120, {"cycle": "2", "step_in": "301", "corrections": "0"}),
        ]
    )
    assert (told.parts, told.lessons, told.step_ins, told.corrections) == (3, 360, 2, 50)
    version = Version.of(1, "round-1/checkpoint", told, None)
    assert version.corrections_a_step_in == 25.0
    assert (version.both, version.time_s, version.failures) == (None, None, None)


def test_where_nobody_could_step_in_that_is_unknown() -> None:
    demos = Version.of(0, "c", Gathered.count([(90, {"cycle": "7"}), (20, {"cycle": "7"})]), None)
    assert (demos.parts, demos.lessons, demos.step_ins, demos.corrections) == (1, 110, None, None)
    shift = Gathered.count([(9, {"cycle": "0", "step_in": "", "corrections": "0"})])
    calm = Version.of(1, "c", shift, None)
    assert (calm.step_ins, calm.corrections, calm.corrections_a_step_in) == (0, 0, None)
    start = Version.of(0, "c", None, None)
    assert (start.parts, start.lessons) == (None, None)


def test_every_piece_has_a_chance_of_its_own() -> None:
    plan = msgspec.structs.replace(PLAN, seed=3)
    seeds = [plan.course(k).seed for k in range(5)] + [plan.examination("x").seed]
    assert len(set(seeds)) == 6
    assert plan.course(0).shift is None


@pytest.mark.parametrize(("parts", "shift"), [(60, 10), (45, 5), (7, 1), (1, 1)])
def test_parts_are_worked_in_shifts_that_are_whole(parts: int, shift: int) -> None:
    plan = msgspec.structs.replace(PLAN, parts=parts)
    assert plan.course(1, "chunk-expert").shift == shift


def test_all_data_so_far_is_learnt_from(tmp_path: Path) -> None:
    for number in (0, 2):
        (tmp_path / f"round-{number}/data/meta").mkdir(parents=True)
        (tmp_path / f"round-{number}/data/meta/info.json").write_text("{}")
    found = Round(tmp_path, 3).all_data
    assert [folder.parent.name for folder in found] == ["round-0", "round-2"]
    assert Round(tmp_path, 1).all_data == found[:1]


def test_a_version_that_is_there_is_not_trained_again(tmp_path: Path) -> None:
    where = Round(tmp_path, 1)
    where.checkpoint.mkdir(parents=True)
    assert learn(PLAN, where) == where.checkpoint
    assert examined(PLAN, where) is None
    assert examined(PLAN, Round(tmp_path, 2)) is None


def test_a_start_becomes_version_0_as_it_is(tmp_path: Path) -> None:
    start = tmp_path / "start"
    start.mkdir()
    (start / "config.json").write_text("{}")
    where = Round(tmp_path / "run", 0)
    (where.folder / "checkpoint.partial").mkdir(parents=True)  # of a copy that was cut
    learn(msgspec.structs.replace(PLAN, start=str(start)), where)
    assert [path.name for path in where.checkpoint.iterdir()] == ["config.json"]
    assert (where.training / "checkpoint" / "config.json").is_file()


def record(folder: Path, *versions: Version, plan: InternshipPlan = PLAN) -> Internship:
    folder.mkdir(exist_ok=True)
    told = Internship(
        plan=plan, rounds=2, command=("ontakt", "intern"), software={"x": "1"}, versions=versions
    )
    (folder / RECORD).write_bytes(msgspec.json.encode(told))
    return told


def test_another_internship_or_other_things_in_the_folder_are_refused(tmp_path: Path) -> None:
    check_same(tmp_path / "new", PLAN)
    record(tmp_path / "run")
    check_same(tmp_path / "run", PLAN)
    with pytest.raises(SetupError, match="with parts 60, and not 61"):
        check_same(tmp_path / "run", msgspec.structs.replace(PLAN, parts=61))
    (tmp_path / "run" / RECORD).write_text("{")
    with pytest.raises(SetupError, match="cannot be read"):
        check_same(tmp_path / "run", PLAN)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("Dear")
    with pytest.raises(SetupError, match="holds no internship"):
        check_same(tmp_path / "other", PLAN)


def test_the_page_needs_nothing_else_and_calls_unknown_what_is(tmp_path: Path) -> None:
    share = Share.of([True] * 9 + [False])
    first = Version.of(0, "round-0/checkpoint", Gathered.count([(90, {"cycle": "0"})]), None)
    shift = Gathered.count([(9, {"cycle": "0", "step_in": "300", "corrections": "5"})])
    second = msgspec.structs.replace(
        Version.of(1, "c", shift, None),
        both=share,
        left=share,
        right=share,
        failures={"drop": 1},
        time_s=5.25,
    )
    record(tmp_path / "run", first, second)
    page = write_page(tmp_path / "run").read_text()
    assert "9 of 10" in page
    assert "<svg" in page
    assert "unknown" in page
    assert "http" not in page
    assert write_page(tmp_path / "run").read_text() == page
    record(tmp_path / "run")
    assert "No version is examined yet" in write_page(tmp_path / "run").read_text()


BAD = {
    "nut-lading": "Unknown station 'nut-lading'",
    "toy": "has no cameras but people's views",
    "nut-loading --rounds -1": "--rounds is -1",
    "nut-loading --jobs 0": "--jobs is 0",
    "nut-loading --demos 0": "--demos is 0",
    "nut-loading --parts 0": "--parts is 0",
    "nut-loading --steps 0": "--steps is 0",
    "nut-loading --first-steps 0": "--first-steps is 0",
    "nut-loading --episodes 0": "--episodes is 0",
    "nut-loading --seed -1": "--seed is -1",
    "nut-loading --variation mixed": "--variation is 'mixed'",
    "nut-loading --variation rough": "Unknown variation 'rough'",
    "nut-loading --start nowhere": "nowhere",
    "nut-loading --data nowhere": "name a checkpoint by --start",
    "nut-loading --config large": "Unknown configuration 'large'",
    "nut-loading --device tpu": "device is 'tpu'",
}


@pytest.mark.parametrize("words", BAD)
def test_what_cannot_be_worked_is_refused_before_anything_is_written(
    words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    assert run(["intern", *words.split(), "--out", str(out)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert BAD[words] in line
    assert not out.exists()


def test_its_record_is_plain_json(tmp_path: Path) -> None:
    record(tmp_path / "run", Version.of(0, "c", None, None))
    told = json.loads((tmp_path / "run" / RECORD).read_bytes())
    assert told["versions"][0]["step_ins"] is None
    assert told["plan"]["parts"] == 60
