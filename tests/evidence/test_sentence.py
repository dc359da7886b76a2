"""The numbers decide which sentence may be said, and its own numbers would decide the same."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ontakt.evidence.sentence import PERCENT, TIMES, Unit, comparison, frequency, requirement
from ontakt.evidence.statistics.intervals import Interval, clopper_pearson, poisson_rate
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
    ("k", "n", "asked", "text"),
    [
        (299, 299, 0.99,
         "shown: 100.0 % seen, with 95 % confidence at least 99.0 %; at least 99.0 % is asked"),
        (297, 300, 0.995,
         "not shown: 99.0 % seen, with 95 % confidence at least 97.4 %; at least 99.5 % is asked"),
        (298, 298, 0.99,
         "not shown: 100.0 % seen, with 95 % confidence at least 98.9 %; at least 99.0 % is asked"),
        (2999, 3000, 0.9985,
         "not shown: 99.96 % seen, with 95 % confidence at least 99.84 %; "
         "at least 99.85 % is asked"),
    ],
)  # fmt: skip
def test_requirements_by_a_lower_bound(k: int, n: int, asked: float, text: str) -> None:
    assert requirement(k / n, clopper_pearson(k, n, side="lower"), asked).text == text


def test_a_requirement_is_refuted_by_the_other_end() -> None:
    said = requirement(128 / 142, clopper_pearson(128, 142, side="upper"), 0.99)
    assert said.word == "refuted"
    assert said.text == (
        "refuted: 90.1 % seen, with 95 % confidence at most 94.0 %; at least 99.0 % is asked"
    )


def test_a_most_that_is_allowed() -> None:
    calls = Unit(" calls/h", places=3)
    bounds = poisson_rate(3, 10, side="upper")
    allowed = requirement(0.3, bounds, 1.0, unit=calls, at_least=False)
    assert allowed.text == (
        "shown: 0.300 calls/h seen, with 95 % confidence at most 0.776 calls/h; "
        "at most 1.000 calls/h is asked"
    )
    assert requirement(0.3, bounds, 0.5, unit=calls, at_least=False).word == "not shown"
    above = poisson_rate(30, 10, side="lower")
    assert requirement(3.0, above, 1.0, unit=calls, at_least=False).word == "refuted"


def test_a_requirement_without_data_is_neither() -> None:
    said = requirement(None, None, 0.99)
    assert (said.word, said.text) == (
        "not enough data",
        "not enough data: at least 99.0 % is asked",
    )


@given(st.floats(0, 1), st.floats(0, 1), st.integers(1, 9999))
def test_printed_numbers_lead_to_the_same_word(low: float, width: float, asked: int) -> None:
    required = asked / 10_000
    high = min(1.0, low + width)
    said = requirement((low + high) / 2, _between(low, high), required)
    seen, bound, limit = (float(x) for x in re.findall(r"(\d+\.\d+) %", said.text))
    assert limit == pytest.approx(100 * required)
    if said.word == "shown":
        assert bound >= limit
    elif said.word == "refuted":
        assert bound <= limit
    elif 100 * (required - low) > 1e-8:
        assert bound < limit
    assert 0 <= 100 * (low + high) / 2 - seen <= 0.1 + 1e-6


def test_zero_events_say_how_rare_they_are() -> None:
    said = frequency(0, 8)
    assert said.word == "none seen"
    assert said.text == "none in 8 h; with 95 % confidence fewer than one in 2.67 h"
    assert frequency(0, 10).text.endswith("fewer than one in 3.33 h"), "3.338: never more than that"
    assert frequency(0, 23026, 0.9).text == (
        "none in 23026 h; with 90 % confidence fewer than one in 10000 h"
    )
    assert frequency(0, 379, unit="cycles").text.endswith("fewer than one in 126 cycles")


def test_some_events_have_an_interval() -> None:
    assert frequency(3, 10).text == "3 in 10 h; one in 1.14 to 16.2 h (95 % interval)"
    assert frequency(3, 10).word == "seen"
    assert frequency(0, 0.0).word == "not enough data"


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
