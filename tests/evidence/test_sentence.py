"""The numbers decide which sentence may be said, and its own numbers would decide the same."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ontakt.evidence.sentence import PERCENT, TIMES, comparison
from ontakt.evidence.statistics.intervals import Interval
from ontakt.evidence.statistics.mcnemar import mcnemar
from ontakt.evidence.statistics.paired import paired_difference
from ontakt.evidence.statistics.two_proportions import compare_proportions, newcombe
from ontakt.evidence.statistics.two_rates import compare_rates, rate_ratio


def _between(low: float, high: float) -> Interval:
    return Interval(low, high, 0.95, "by hand")


def _against(k1: int, n1: int, k2: int, n2: int) -> tuple[str, str]:
    found, least = compare_proportions(k1, n1, k2, n2), compare_proportions(n1, n1, 0, n2)
    said = comparison(
        newcombe(k1, n1, k2, n2), found.p if found else None, least.p if least else 1.0
    )
    return said.word, said.text


def test_no_difference_says_what_is_still_possible() -> None:
    assert _against(17, 20, 14, 20) == (
        "no difference shown",
        "no difference shown, still possible: -11.2 to +39.0 points (95 % interval, p = 0.287)",
    )


def test_better_and_worse() -> None:
    word, text = _against(190, 200, 150, 200)
    assert word == "better"
    assert text.startswith("better: +13.2 to +26.9 points (95 % interval, p = ")
    assert _against(150, 200, 190, 200)[0] == "worse"


def test_so_few_that_silence_means_nothing() -> None:
    text = "not enough data: so few could not have shown any difference"
    assert _against(2, 2, 0, 2) == _against(1, 1, 0, 0) == ("not enough data", text)
    for n, word in ((5, "not enough data"), (6, "better")):
        said = comparison(paired_difference(n, 0, n), mcnemar(n, 0).p, mcnemar(n, 0).p)
        assert said.word == word
    assert comparison(None, 0.01, 0.001).word == "not enough data"
    assert comparison(_between(0.1, 0.2), None, 0.001).word == "not enough data"


def test_fewer_calls_are_better() -> None:
    found = compare_rates(20, 100, 4, 100)
    assert found is not None
    said = comparison(
        rate_ratio(20, 100, 4, 100), found.p, 0.0, unit=TIMES, same=1.0, higher_is_better=False
    )
    assert said.word == "worse"
    assert said.text.startswith("worse: 1.67 to 20.12 times (95 % interval")


@given(st.floats(-1, 1), st.floats(0, 1), st.floats(0, 1))
def test_a_claim_takes_both_the_test_and_the_interval(low: float, width: float, p: float) -> None:
    here = comparison(_between(low, low + width), p, 0.001).word
    there = comparison(_between(-low - width, -low), p, 0.001).word
    turned = {"better": "worse", "worse": "better"}
    assert there == turned.get(here, here), "who is the first"
    claimed = here in turned
    assert claimed == (p < 0.05 and not low <= 0 <= low + width)
    if claimed:
        assert (here == "better") == (low > 0)
        assert comparison(_between(low, low + width), p, p).word == here
        assert comparison(_between(low, low + width), p, 0.05).word == "not enough data"


@pytest.mark.parametrize(
    ("value", "floor", "nearest", "ceiling"),
    [(0.29, "29.0 %", "29.0 %", "29.0 %"), (0.98996, "98.9 %", "99.0 %", "99.0 %"),
     (0.0, "0.0 %", "0.0 %", "0.0 %"), (1.0, "100.0 %", "100.0 %", "100.0 %"),
     (0.00001, "0.0 %", "0.0 %", "0.1 %"), (math.inf, "inf %", "inf %", "inf %")],
)  # fmt: skip
def test_bounds_are_rounded_outwards(value: float, floor: str, nearest: str, ceiling: str) -> None:
    assert (PERCENT.floor(value), PERCENT(value), PERCENT.ceiling(value)) == (
        floor,
        nearest,
        ceiling,
    )
