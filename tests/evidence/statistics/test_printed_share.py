"""Printed shares: which counts and numbers of cycles they can stand for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ontakt.contract import BadValue
from ontakt.evidence.statistics.printed_share import PrintedShare, numbers_behind


def test_the_shares_of_march_2026_have_one_number_in_common() -> None:
    shares = [PrintedShare.read(text) for text in ("90.2 %", "91.7 %", "96.7 %")]
    assert numbers_behind(shares, 320) == [276]
    assert [list(share.counts(276)) for share in shares] == [[249], [253], [267]]
    assert list(shares[0].counts(142)) == []  # 3 h at 76 s


def test_more_digits_leave_fewer_counts() -> None:
    assert list(PrintedShare.read("90 %").counts(1000)) == list(range(895, 906))
    assert list(PrintedShare.read("90.0 %").counts(1000)) == [900]  # 899.5 to 900.5
    assert list(PrintedShare.read("100%").counts(3)) == [3]
    assert list(PrintedShare.read("0 %").counts(3)) == [0]


@given(st.integers(1, 500), st.integers(0, 500), st.integers(0, 3))
def test_a_share_prints_as_what_it_was_printed_from(n: int, good: int, digits: int) -> None:
    good = min(good, n)
    share = PrintedShare.read(f"{100 * good / n:.{digits}f} %")
    assert share.prints(good, n)
    assert [k for k in range(n + 1) if share.prints(k, n)] == list(share.counts(n))


@pytest.mark.parametrize("text", ["", "90.2", "ninety %", "> 90 %", "-1 %"])
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(BadValue, match="a share is as 90"):
        PrintedShare.read(text)
