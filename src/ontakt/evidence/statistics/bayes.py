"""What counts make believable under a prior, which is part of every answer."""

import math

from msgspec import Struct
from scipy.special import betaln
from scipy.stats import beta

from ontakt.contract import BadValue


class Prior(Struct, frozen=True):
    """A Beta distribution of the proportion before any count: worth `a` good and `b` bad parts."""

    a: float
    b: float
    name: str


JEFFREYS = Prior(0.5, 0.5, "jeffreys")
UNIFORM = Prior(1.0, 1.0, "uniform")


class Belief(Struct, frozen=True):
    """A probability that holds only with its prior; no confidence, whatever the truth is."""

    probability: float
    prior: Prior


def chance_above(k: int, n: int, required: float, prior: Prior = JEFFREYS) -> Belief | None:
    """P(p > `required`) after `k` of `n`: Beta(a + k, b + n - k). None for n = 0, where it would be
    nothing but the prior."""
    if not 0 <= required <= 1:
        raise BadValue("required", required, "a proportion lies between 0 and 1")
    if _nothing(k, n, prior):
        return None
    return Belief(float(beta.sf(required, prior.a + k, prior.b + n - k)), prior)


def chance_all_good(k: int, n: int, following: int, prior: Prior = JEFFREYS) -> Belief | None:
    """Probability that each of the `following` cycles is good, after `k` of `n`, if they are like
    those: B(a + k + m, b + n - k) / B(a + k, b + n - k). None for n = 0."""
    if following < 0:
        raise BadValue("following", following, "a number of cycles is not negative")
    if _nothing(k, n, prior):
        return None
    good, bad = prior.a + k, prior.b + n - k
    return Belief(math.exp(float(betaln(good + following, bad) - betaln(good, bad))), prior)


def _nothing(k: int, n: int, prior: Prior) -> bool:
    """True when there is no data. Raises BadValue for what cannot be."""
    if not 0 <= k <= n:
        raise BadValue("(k, n)", (k, n), "successes and trials obey 0 <= k <= n")
    if not (0 < prior.a < math.inf and 0 < prior.b < math.inf):
        raise BadValue("prior", (prior.a, prior.b), "both parameters of a Beta are positive")
    return n == 0
