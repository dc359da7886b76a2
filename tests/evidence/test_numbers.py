"""Numbers as they stand on a page."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ontakt.contract import Kpi
from ontakt.evidence import numbers

NB, NARROW, EN = "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}", "\N{EN DASH}"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.901408, "90.1"), (1.0, "100"), (0.0, "0"), (0.9996, "99.96"), (0.0002, "0.02"),
     (0.1 + 0.2 + 0.7, "100"), (1.25, "125.0"), (0.999997, f">{NARROW}99.99"),
     (0.000003, f"<{NARROW}0.01"),
     (1.0000049, "100.0")],
)  # fmt: skip
def test_percent(value: float, text: str) -> None:
    assert numbers.percent(value) == f"{text}{NARROW}%"


@pytest.mark.parametrize(
    ("value", "text"),
    [(3, "+3"), (0, "0"), (-1200, f"\N{MINUS SIGN}1{NARROW}200"), (None, "unknown")],
)
def test_surplus(value: float | None, text: str) -> None:
    assert numbers.surplus(value) == text


@given(st.floats(1e-6, 1 - 1e-6))
def test_percent_never_says_all_or_nothing_of_a_part(value: float) -> None:
    text = numbers.percent(value)[:-2]
    assert float(text.lstrip(f"<>{NARROW}")) not in (0.0, 100.0)
    assert float(text.lstrip(f"<>{NARROW}")) == pytest.approx(100 * value, abs=0.0501)


@pytest.mark.parametrize("unit", ["1", "count", "s", "h", "1/h", "mm"])
@pytest.mark.parametrize("value", [None, math.nan, math.inf])
def test_unknown_is_unknown_in_every_unit(value: float | None, unit: str) -> None:
    assert numbers.amount(value, unit) == "unknown"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0 s"), (9.26, "9.3 s"), (76, "76 s"), (99.96, "100 s"), (100, "1 min 40 s"),
     (240, "4 min"), (3599.6, "1 h"), (10740, "2 h 59 min"), (86400, "24 h")],
)  # fmt: skip
def test_duration(value: float, text: str) -> None:
    assert numbers.duration(value).replace(NB, " ") == text


def _kpi(unit: str, low: float | None, high: float | None) -> Kpi:
    return Kpi(name="k", value=1.0, unit=unit, definition="", source="", low=low, high=high)


@pytest.mark.parametrize(
    ("kpi", "text"),
    [
        (_kpi("1", 0.840114, 0.945043), f"84.0{EN}94.5{NARROW}%"),
        (_kpi("1", 0.987738, 1.0), f"98.8{EN}100{NARROW}%"),
        (_kpi("1/h", 0.0618672, 0.8767273), f"0.0619{EN}0.877{NB}/h"),
        (_kpi("h", 0.1609, 0.5781), f"0.161{EN}0.578{NB}h"),
        (_kpi("h", 1.2897, math.inf), f"at least 1.29{NB}h"),
        (_kpi("1", None, 0.05), f"at most 5.0{NARROW}%"),
        (_kpi("1", None, None), ""),
    ],
)
def test_interval(kpi: Kpi, text: str) -> None:
    assert numbers.interval(kpi) == text


def test_counts_and_words() -> None:
    assert numbers.count(12345) == f"12{NARROW}345"
    assert numbers.plural(0, "call") == f"no{NB}calls"
    assert numbers.plural(1, "axis", "axes") == f"1{NB}axis"
    assert numbers.plural(2, "axis", "axes") == f"2{NB}axes"
    assert numbers.clock(4062.4) == "1:07:42"
    assert numbers.setting(0.2) == "0.2"
    assert numbers.shell("a b") == "'a b'"
