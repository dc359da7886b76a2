"""Step-ins over versions, by counts whose curve is known."""

import pytest
from msgspec.structs import replace

from ontakt.evidence.internship.growth import Version
from ontakt.evidence.internship.step_ins import FEWEST, step_in_growth, word


def versions(*counts: int | None) -> list[Version]:
    """Version 0 learnt from demonstrations, where nobody steps in."""
    learnt = [Version(round=k + 1, parts=50, step_ins=n) for k, n in enumerate(counts)]
    return [Version(round=0, parts=100), *learnt]


def test_a_constant_rate_has_the_shape_1() -> None:
    fit = step_in_growth(versions(10, 10, 10, 10))
    assert fit is not None
    assert (fit.events, fit.exposure) == (40, 200.0)
    assert fit.shape == pytest.approx(1.0)
    assert word(fit) == "no change from version to version is shown"


@pytest.mark.parametrize(("counts", "said"), [((40, 12, 4, 1), "less"), ((1, 4, 12, 40), "more")])
def test_it_says_where_it_goes(counts: tuple[int, ...], said: str) -> None:
    fit = step_in_growth(versions(*counts))
    assert fit is not None
    assert said in word(fit)


def test_too_few_shifts_and_unknown_counts_say_nothing() -> None:
    assert step_in_growth(versions(*[5] * (FEWEST - 1))) is None
    assert step_in_growth(versions(5, None, 5)) is None
    assert step_in_growth([replace(v, parts=None) for v in versions(5, 4, 3)]) is None
    assert step_in_growth(versions(5, 0, 0)) is None  # all in the first: no likeliest curve
