"""How often a word is wrong: "better" is said of an arm that is not at most once in twenty."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import binom
from tests.evidence.comparison.arms import arm, shift

from ontakt.evidence.comparison import Arm
from ontakt.evidence.comparison.sentence import of_two
from ontakt.evidence.comparison.share import MAIN
from ontakt.evidence.comparison.two_arms import compare_share

LEVEL = 0.05
Draw = Callable[[np.random.Generator], tuple[Arm, Arm]]


def letters(good: np.ndarray) -> str:
    return "".join(np.where(good, "g", "b"))


def same_parts(chance: np.random.Generator) -> tuple[Arm, Arm]:
    """Parts are easy or hard for both; beyond that each arm has its own luck."""
    hard = chance.random(130) < 0.2
    each = [chance.random(130) > np.where(hard, 0.5, 0.05) for _ in range(2)]
    return tuple(arm(n, shift(letters(g), policy=n)) for n, g in zip("ab", each, strict=True))  # type: ignore[return-value]


def other_parts(chance: np.random.Generator) -> tuple[Arm, Arm]:
    return arm("a", shift(letters(chance.random(30) < 0.9), 1, policy="a")), arm(
        "b", shift(letters(chance.random(40) < 0.9), 2, policy="b")
    )


def unlike_shifts(chance: np.random.Generator) -> tuple[Arm, Arm]:
    """Six shifts each of 60, mean .92, intraclass correlation .03: naively 1 in 5 is wrong."""
    share = chance.beta(0.92 * 32.3, 0.08 * 32.3, (2, 6))
    return tuple(
        arm(
            n,
            *(
                shift(letters(chance.random(60) < p), 10 * k + s, policy=n)
                for s, p in enumerate(ps)
            ),
        )
        for k, (n, ps) in enumerate(zip("ab", share, strict=True))
    )  # type: ignore[return-value]


def same_cells(chance: np.random.Generator) -> tuple[Arm, Arm]:
    """Two variations, one hard, and one arm that worked more of the hard one."""
    sizes = {"a": {"nominal": 60, "harsh": 30}, "b": {"nominal": 30, "harsh": 60}}
    share = {"nominal": 0.97, "harsh": 0.75}
    return tuple(
        arm(
            n,
            *(
                shift(letters(chance.random(m) < share[level]), k, level=level, policy=n)
                for level, m in cells.items()
            ),
        )
        for k, (n, cells) in enumerate(sizes.items())
    )  # type: ignore[return-value]


def words(draw: Draw, times: int, seed: int) -> list[str]:
    chance = np.random.default_rng(seed)
    return [of_two("a", "b", compare_share(MAIN, *draw(chance))).word for _ in range(times)]


DRAWS = [same_parts, other_parts, unlike_shifts, same_cells]


@pytest.mark.parametrize("draw", DRAWS)
def test_better_is_seldom_wrong(draw: Draw) -> None:
    said = words(draw, 60, 1)
    assert said.count("better") <= 8, "3 standard errors above 5 %: 3 + 3 * 1.7"
    assert said.count("worse") <= 8


@pytest.mark.slow
@pytest.mark.parametrize("draw", DRAWS)
def test_better_is_wrong_at_most_once_in_twenty(draw: Draw) -> None:
    times = 400
    most = binom.ppf(0.999, times, LEVEL)
    said = words(draw, times, 2)
    assert said.count("better") <= most
    assert said.count("worse") <= most


def test_what_is_better_is_found() -> None:
    def much_better(chance: np.random.Generator) -> tuple[Arm, Arm]:
        a, b = chance.random(120) < 0.97, chance.random(120) < 0.8
        return arm("a", shift(letters(a), policy="a")), arm("b", shift(letters(b), policy="b"))

    said = words(much_better, 40, 3)
    assert said.count("better") >= 36
    assert "worse" not in said
