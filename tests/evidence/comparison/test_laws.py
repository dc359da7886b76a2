"""What must hold whatever the shifts were."""

import msgspec
import numpy as np
import pytest
from tests.evidence.comparison.arms import arm, one, shift, turned

from ontakt.evidence.comparison import Arm, compare
from ontakt.evidence.comparison.rate_figures import RATES
from ontakt.evidence.comparison.share import SHARES
from ontakt.evidence.kpi import kpis


def made_up(name: str, seeds: tuple[int, ...], chance: np.random.Generator) -> Arm:
    return arm(
        name,
        *(
            shift(
                "".join(chance.choice(list("gglbeask"), 40)), seed, policy=name,
                cycle_s=[float(t) for t in chance.integers(300, 900, 40) / 30],
                step_ins=int(chance.integers(0, 4)), recoveries=int(chance.integers(0, 5)),
            )
            for seed in seeds
        ),
    )  # fmt: skip


@pytest.mark.parametrize("case", range(6))
def test_swapped_arms_mirror_the_sentence(case: int) -> None:
    chance = np.random.default_rng(case)
    seeds = ((1, 2, 3), (1, 2, 3) if case % 2 else (4, 5, 6))
    a, b = made_up("a", seeds[0], chance), made_up("b", seeds[1], chance)
    here, there = compare([a, b]), compare([b, a])
    mirrored = {"better": "worse", "worse": "better"}
    assert there.word == mirrored.get(here.word, here.word)
    assert there.p == pytest.approx(here.p)
    assert (there.test, there.pairs) == (here.test, here.pairs)
    assert there.left_out == here.left_out
    for one_figure, other in zip(here.figures, there.figures, strict=True):
        assert other.arms == one_figure.arms[::-1]
        assert other.p == pytest.approx(one_figure.p, abs=1e-9)
        if one_figure.scale != "ratio" and one_figure.difference is not None:
            assert other.difference == pytest.approx(-one_figure.difference, abs=1e-9)
            if one_figure.low is not None and one_figure.high is not None:
                assert other.low == pytest.approx(-one_figure.high, abs=1e-5)
                assert other.high == pytest.approx(-one_figure.low, abs=1e-5)


@pytest.mark.parametrize("seed", [1, 2], ids=["the same parts", "other parts"])
def test_arms_that_came_out_alike_show_no_difference(seed: int) -> None:
    letters = "g" * 45 + "b" * 5
    found = compare([one("a", letters), one("b", letters, seed=seed)])
    assert found.paired is (seed == 1)
    assert found.word == "no difference shown"
    assert found.p == 1.0
    assert found.difference == 0.0
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0 < found.high
    assert "equal" not in found.sentence


def test_the_order_of_shifts_in_an_arm_changes_nothing() -> None:
    chance = np.random.default_rng(5)
    a, b = made_up("a", (1, 2, 3), chance), made_up("b", (4, 5, 6), chance)
    turned_round = [Arm(name=one.name, shifts=one.shifts[::-1]) for one in (a, b)]
    here, there = compare([a, b]), compare(turned_round)
    assert there.sentence == here.sentence
    assert there.figures == here.figures


def test_the_same_comparison_is_the_same_bytes() -> None:
    first, second = (msgspec.json.encode(compare(turned(5, 3, 20, 2))) for _ in range(2))
    assert first == second


def test_an_arm_of_one_shift_has_the_figures_of_its_report() -> None:
    chance = np.random.default_rng(9)
    a, b = made_up("a", (1,), chance), made_up("b", (2,), chance)
    right = kpis(a.shifts[0])
    figures = {figure.name: figure.arms[0] for figure in compare([a, b]).figures}
    for share in SHARES:
        kpi = right[share.name]
        assert (figures[share.name].value, figures[share.name].of) == (kpi.value, kpi.n)
        assert (figures[share.name].low, figures[share.name].high) == (kpi.low, kpi.high)
    for name in ("cycle_time.p50", "cycle_time.p95"):
        assert (figures[name].value, figures[name].of) == (right[name].value, right[name].n)
    assert figures["step_ins"].value == right["step_ins"].value
    assert figures["step_ins"].low == right["step_ins"].low
    assert figures["recoveries"].count == right["recoveries"].n
    assert {rate.name for rate in RATES} <= set(right)


def test_more_data_never_widen_what_is_possible() -> None:
    widths = []
    for n in (10, 40, 160):
        found = compare(turned(0, 0, n))
        assert found.low is not None
        assert found.high is not None
        widths.append(found.high - found.low)
    assert widths == sorted(widths, reverse=True)
