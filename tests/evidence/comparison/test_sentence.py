"""The sentences, word for word: whoever changes one changes what Ontakt claims."""

import pytest
from tests.evidence.comparison.arms import arm, one, shift, turned

from ontakt.evidence.comparison import Arm, compare


def of(good: int, bad: int, seed: int) -> Arm:
    return one(f"v{seed}", "g" * good + "b" * bad, seed)


GOLDEN = [
    (
        turned(11, 2, 40, 4),
        "better",
        "new is better than old: +3.3 to +29.3 points of cycles with both sides good (95 % "
        "interval, p = 0.0225, McNemar, exact).",
    ),
    (
        turned(2, 11, 40, 4),
        "worse",
        "new is worse than old: -29.3 to -3.3 points of cycles with both sides good (95 % "
        "interval, p = 0.0225, McNemar, exact).",
    ),
    (
        turned(0, 0, 20),
        "no difference shown",
        "No difference between new and old is shown: new may still be up to 18.5 points better or "
        "up to 18.5 points worse in cycles with both sides good (95 % interval, p = 1, McNemar, "
        "exact).",
    ),
    (
        (of(17, 3, 1), of(14, 6, 2)),
        "no difference shown",
        "No difference between v1 and v2 is shown: v1 may still be up to 39.0 points better or up "
        "to 11.2 points worse in cycles with both sides good (95 % interval, p = 0.287, Boschloo).",
    ),
    (
        turned(2, 0, 3),
        "not enough data",
        "Not enough data to tell new from old: so few could not have shown any difference.",
    ),
    (
        (one("a", "ss"), one("b", "ss", seed=2)),
        "not enough data",
        "Not enough data to tell a from b: so few could not have shown any difference.",
    ),
    (
        (of(128, 14, 1), of(131, 11, 2), of(120, 22, 3), of(135, 7, 4)),
        "differ",
        "The 4 versions differ in cycles with both sides good (p = 0.0194, chi-square): v3 is "
        "worse than v4 (pairs after Holm's adjustment).",
    ),
    (
        (of(60, 40, 1), of(95, 5, 2), of(97, 3, 3), of(80, 20, 4)),
        "differ",
        "The 4 versions differ in cycles with both sides good (p < 0.0001, chi-square): v1 is "
        "worse than v2, v3 and v4; v4 is worse than v2 and v3 (pairs after Holm's adjustment).",
    ),
    (
        (of(128, 14, 1), of(126, 16, 2), of(130, 12, 3)),
        "no difference shown",
        "No difference between the 3 versions is shown in cycles with both sides good (p = 0.728, "
        "chi-square); two of them may still lie up to 11.8 points apart (95 % for all pairs at "
        "once, Bonferroni).",
    ),
    (
        (of(2, 0, 1), of(1, 1, 2), of(2, 0, 3)),
        "not enough data",
        "Not enough data to tell the 3 versions apart: so few could not have shown any difference.",
    ),
    (
        (of(2, 1, 1), of(0, 0, 2), of(0, 0, 3)),
        "not enough data",
        "Not enough data to tell the 3 versions apart: of fewer than two of them any result is "
        "known.",
    ),
    (
        (one("a", "gbgggggb"), one("b", "ggggggbg"), one("c", "gggggggg")),
        "no difference shown",
        "No difference between the 3 versions is shown in cycles with both sides good (p = 0.781, "
        "Cochran's Q, drawn); two of them may still lie up to 71.7 points apart (95 % for all "
        "pairs at once, Bonferroni).",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("arms", "word", "sentence"), GOLDEN)
def test_golden(arms: tuple[Arm, ...], word: str, sentence: str) -> None:
    found = compare(arms)
    assert (found.word, found.sentence) == (word, sentence)


def test_two_shifts_that_contradict_each_other_are_not_enough() -> None:
    """One shift says better, the other worse: an average of both is neither's."""
    new = arm("new", shift("g" * 60, 1), shift("b" * 20 + "g" * 40, 2))
    old = arm("old", shift("b" * 30 + "g" * 30, 1, policy="o"), shift("g" * 60, 2, policy="o"))
    found = compare([new, old])
    assert found.paired
    assert found.word == "not enough data"
    assert found.sentence == (
        "Not enough data to tell new from old: the difference may change from shift to shift, and "
        "2 shifts are too few to tell what another one would show."
    )
    assert found.p is None


def test_shifts_that_differ_are_told_in_the_sentence_and_as_a_warning() -> None:
    new = arm("new", *(shift("g" * k + "b" * (100 - k), k) for k in (99, 90, 81)))
    old = arm("old", *(shift("g" * k + "b" * (100 - k), k, policy="o") for k in (95, 86, 77)))
    found = compare([new, old])
    assert found.word == "no difference shown"
    assert found.test == "student's t over shifts, 7.9 times the variance"
    assert "Shifts of one arm may differ by more than chance: a cycle counts for 0.13." in (
        found.warnings
    )


def test_nothing_judged_is_said_for_each_arm() -> None:
    found = compare([one("a", "sss"), one("b", "ggg")])
    assert found.word == "not enough data"
    assert "a: no cycle could be judged." in found.warnings
    assert found.difference is None
