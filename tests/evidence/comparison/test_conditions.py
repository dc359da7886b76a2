"""In what the arms differ besides, said in plain words."""

import msgspec
import pytest
from tests.evidence.comparison.arms import arm, one, shift

from ontakt.contract import SetupError
from ontakt.contract.event import ShiftEnded
from ontakt.evidence.comparison import Arm, By, compare
from ontakt.evidence.comparison.by import told_apart_by
from ontakt.evidence.shift_record import Source


def test_versions_under_one_roof_need_no_warning() -> None:
    assert compare([one("a", "gggggggg"), one("b", "gggggggg")]).warnings == ()


def test_everything_else_that_differs_is_named() -> None:
    other = one(
        "b", "gg", seed=2, level="harsh", takt_s=76.0, config="c1", strategy="prefix",
        software={"ontakt": "0", "mujoco": "3.17.0"},
    )  # fmt: skip
    (said,) = [w for w in compare([one("a", "gg"), other]).warnings if "differ in" in w]
    assert said.replace("\N{NO-BREAK SPACE}", " ") == (
        "The arms differ in more than the policy: takt (30 s, 76 s), variation (plant, harsh), "
        "strategy (sync, prefix), software (mujoco)."
    )


def test_another_station_file_of_the_same_name_is_noticed() -> None:
    found = compare([one("a", "gg"), one("b", "gg", config="c1")])
    assert found.warnings[0] == "The arms differ in more than the policy: station file."


@pytest.mark.parametrize(
    ("second", "by", "said"),
    [
        (one("b", "gg", policy="a"), "version", "The arms do not differ in the policy: all are"),
        (one("b", "gg", seed=2), "line", "The arms differ in more than the line: policy"),
        (one("b", "gg", seed=2), "line", "The arms do not differ in the line: all are bench."),
        (one("b", "gg", seed=2), "robot", "The arms do not differ in the robot: all are sim:hand."),
        (one("b", "gg", seed=2), "shift", "The arms differ in what they were worked with: policy"),
    ],
)
def test_what_is_meant_to_differ_decides_what_is_warned_of(second: Arm, by: By, said: str) -> None:
    first = arm("a", shift("gg", policy="a", name="first"))
    assert any(warning.startswith(said) for warning in compare([first, second], by).warnings)


def test_what_the_arms_are_is_told_by_their_shifts() -> None:
    a = one("a", "gg")
    assert told_apart_by([a, one("b", "gg")]) == "version"
    assert told_apart_by([a, one("b", "gg", policy="a", station="other")]) == "line"
    assert told_apart_by([a, one("b", "gg", policy="a", robot="sim:other")]) == "robot"
    assert told_apart_by([a, one("b", "gg", policy="a", seed=2)]) == "shift"


def test_an_arm_of_two_takts_is_not_of_one_piece() -> None:
    mixed = arm("a", shift("gg", 1, policy="a"), shift("gg", 2, policy="a", takt_s=76.0))
    said = [w.replace("\N{NO-BREAK SPACE}", " ") for w in compare([mixed, one("b", "gg")]).warnings]
    assert "a is not of one piece: its shifts differ in takt (30 s, 76 s)." in said


def test_a_cut_and_a_stopped_shift_are_told() -> None:
    cut = arm("a", shift("ggggx", policy="a", ended=False))
    stopped = one("b", "ggggg")
    early = msgspec.structs.replace(stopped.shifts[0], ended=ShiftEnded(reason="stopped"))
    said = compare([cut, arm("b", early)]).warnings
    assert [w.replace("\N{NO-BREAK SPACE}", " ") for w in said] == [
        "a: shift bench-1-a-plant was cut; its 4 finished cycles count.",
        "b: shift bench-1-b-plant was stopped before its planned end.",
    ]


def imported(name: str, letters: str, log: str) -> Arm:
    """As an import makes them: shifts called alike, seeds that mean nothing."""
    source = Source(
        file=f"{log}.csv", sha256=log, kind="csv", columns={}, timezone=None,
        untold=frozenset({"recoveries", "step_ins"}),
    )  # fmt: skip
    worked = shift(letters, name="monday", policy="pi", config=log)
    return arm(name, msgspec.structs.replace(worked, source=source))


def test_logs_are_never_paired_and_say_what_is_not_on_record() -> None:
    found = compare([imported("a", "g" * 30, "1"), imported("b", "g" * 20 + "b" * 10, "2")])
    assert not found.paired
    assert found.why == "the log of a does not say which parts were the same"
    assert found.word == "better"
    assert found.warnings[0].startswith("a and b: imported; station file, latency, strategy")
    assert "a and b: one shift each" in found.warnings[-1]
    figures = {figure.name: figure for figure in found.figures}
    for name in ("step_ins", "recoveries"):
        assert [e.value for e in figures[name].arms] == [None, None]
        assert figures[name].note == "a log leaves it open"
        assert figures[name].p is None


def test_one_log_twice_is_refused() -> None:
    with pytest.raises(SetupError, match="Shift monday is in 'a' and in 'b'"):
        compare([imported("a", "gg", "1"), imported("b", "gg", "1")])
