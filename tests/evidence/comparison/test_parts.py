"""Which cycles are of the same part, and which leave the pairs."""

import pytest
from tests.evidence.comparison.arms import arm, one, shift

from ontakt.contract import SetupError
from ontakt.evidence.comparison import Arm, compare
from ontakt.evidence.comparison.parts import match
from ontakt.evidence.comparison.station_file import same_station_file


def test_what_was_nobody_s_to_work_leaves_the_pairs_and_is_counted() -> None:
    found = compare([one("a", "gggggsgggxgu"), one("b", "gbgggggkgggg")])
    assert found.paired
    assert found.left_out == {
        "starved or blocked in an arm": 2,
        "cut or stopped by a person": 1,
        "result unknown": 1,
    }
    assert found.pairs == 8
    assert found.cells is not None
    assert (found.cells.first, found.cells.second) == (1, 0)


def test_cycles_without_a_counterpart_are_counted() -> None:
    found = compare([one("a", "g" * 30), one("b", "g" * 20)])
    assert found.pairs == 20
    assert found.left_out == {"cycles without a counterpart": 10}


def test_shifts_are_matched_by_seed_whatever_their_order() -> None:
    a = arm("a", shift("gb", 1, policy="a"), shift("gg", 2, policy="a"))
    b = arm("b", shift("gg", 2, policy="b"), shift("gg", 1, policy="b"))
    found = compare([a, b])
    assert found.pairs == 4
    (changed,) = found.changed
    assert (changed.seed, changed.cycle, changed.good_in) == (1, 1, "b")


@pytest.mark.parametrize(
    ("second", "why"),
    [
        (one("b", "gggg", seed=2), "their seeds differ, and so do the parts"),
        (one("b", "gggg", level="harsh"), "their variations differ, and so do the parts"),
        (one("b", "gggg", robot="sim:other"), "their robots differ, and so do the parts"),
        (one("b", "gggg", station="other"), "their station files differ, and so do the parts"),
        (one("b", "gggg", config="c1"), "their station files differ, and so do the parts"),
        (one("b", "gggg", drawn=False), "the station did not record what it drew for its parts"),
        (
            arm("b", shift("gggg", policy="b"), shift("gggg", policy="b", name="again")),
            "b worked some parts more than once",
        ),
        (
            arm("b", shift("g", policy="b"), *(shift("ggg", s, policy="b") for s in (7, 8))),
            "only 1 of 4 cycles worked a part that all share",
        ),
    ],
    ids=["seed", "variation", "robot", "station", "file", "undrawn", "twice", "few"],
)
def test_why_arms_are_not_paired(second: Arm, why: str) -> None:
    found = match([one("a", "gggg"), second])
    assert not found.paired
    assert found.why == why


def test_another_strategy_leaves_open_whether_the_file_was_the_same() -> None:
    a, b = one("a", "gg"), one("b", "gg", config="c1", strategy="prefix")
    assert same_station_file(a, b) is None
    assert match([a, b]).paired
    assert "Whether the station files are the same is not on record." in compare([a, b]).warnings


def test_two_variations_of_one_station_are_of_one_file() -> None:
    arms = [
        arm(name, *(shift("gg", level=c, config=c, policy=name) for c in ("plant", "harsh")))
        for name in "ab"
    ]
    assert same_station_file(*arms) is True
    assert compare(arms).warnings == ()


@pytest.mark.parametrize(("hashes", "same"), [(("f", "f"), True), (("f", "h"), False)])
def test_a_registered_station_file_is_known(hashes: tuple[str, str], same: bool) -> None:
    arms = []
    for name, config, known in zip("ab", ("c0", "c1"), hashes, strict=True):
        worked = shift("gggg", policy=name, config=config, strategy=config)
        arms.append(Arm(name=name, shifts=(worked,), station_hashes={worked.origin.shift: known}))
    assert same_station_file(arms[0], arms[1]) is same
    assert match(arms).paired is same


def test_three_arms_share_the_parts_that_all_have() -> None:
    found = match([one("a", "gggg"), one("b", "ggsg"), one("c", "ggg")])
    assert found.paired
    assert [len(rows) for rows in found.rows] == [2, 2, 2]
    assert (found.idle, found.single) == (1, 2)


def test_what_is_no_comparison_is_refused() -> None:
    a = one("a", "gg")
    for arms, message in (
        ([], "at least 2 arms; 0 given"),
        ([a], r"at least 2 arms; 1 given \(a\)"),
        ([a, Arm(name="b", shifts=a.shifts)], "Shift bench-1-a-plant is in 'a' and in 'b'"),
        ([arm("a", *a.shifts, *a.shifts), one("b", "gg")], "is twice in 'a'"),
        ([a, one("a", "gg", seed=2)], "Two arms are called 'a'"),
        ([a, Arm(name="b", shifts=())], "Arm 'b' holds no shift"),
        ([one(f"a{k}", "g", seed=k) for k in range(13)], "at most 12 arms; 13 given"),
    ):
        with pytest.raises(SetupError, match=message):
            compare(arms)
