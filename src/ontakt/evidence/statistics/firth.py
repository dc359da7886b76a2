"""Logistic regression that has an answer where success and failure are told apart without error.

Plain maximum likelihood runs off to infinity there, and a robot that never fails below a limit is
just that case. Jeffreys' prior in the likelihood keeps every coefficient finite and takes the first
order of its bias away (Firth 1993; Heinze and Schemper 2002 for tests by the penalised likelihood).
"""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy.special import expit, xlog1py, xlogy
from scipy.stats import chi2

from ontakt.contract import BadValue
from ontakt.evidence.statistics.p_value import PValue

Floats = NDArray[np.float64]

_STEPS = 200
_LONGEST = 3.0
"""Of a step in any coefficient: beyond it the quadratic picture of the likelihood is wrong."""
_CLOSE = 1e-8


class Fit(Struct, frozen=True, eq=False):
    """A fitted model."""

    coefficients: Floats
    """Log odds per unit of each column, shape (columns,)."""
    likelihood: float
    """Penalised log likelihood at its greatest."""
    dispersion: float
    """Pearson's chi-square per degree of freedom; 1 where a row's trials are alike, more where
    something that is in no column makes them differ. nan without a degree of freedom."""


def firth(
    columns: Floats, good: Sequence[int], n: Sequence[int], free: Sequence[bool] | None = None
) -> Fit:
    """Fit `good` of `n` trials a row, shape (rows,), by `columns`, shape (rows, columns), the
    intercept among them. Coefficients that are not `free` stay 0 but keep their place in the
    penalty, so that two fits of the same columns can be compared. Raises BadValue for columns that
    say the same, and for rows that do not match."""
    k, trials = np.asarray(good, np.float64), np.asarray(n, np.float64)
    x = np.asarray(columns, np.float64)
    if x.ndim != 2 or not len(x) == len(k) == len(trials):
        raise BadValue("rows", (len(x), len(k), len(trials)), "as many of each")
    if np.linalg.matrix_rank(x) < x.shape[1]:
        raise BadValue("columns", x.shape[1], "none may follow from the others")
    on = np.ones(x.shape[1], bool) if free is None else np.asarray(free, bool)
    beta = np.zeros(x.shape[1])
    at = _likelihood(x, k, trials, beta)
    for _ in range(_STEPS):
        chance = expit(x @ beta)
        weight = trials * chance * (1 - chance)
        information = x.T @ (weight[:, None] * x)
        leverage = weight * np.einsum("ij,ji->i", x, np.linalg.solve(information, x.T))
        score = x.T @ (k - trials * chance + leverage * (0.5 - chance))
        step = np.zeros_like(beta)
        step[on] = np.linalg.solve(information[np.ix_(on, on)], score[on])
        step *= min(1.0, _LONGEST / max(np.abs(step).max(), _CLOSE))
        while (reached := _likelihood(x, k, trials, beta + step)) < at - _CLOSE:
            step /= 2
        beta, at = beta + step, reached
        if np.abs(step).max() < _CLOSE:
            break
    chance = expit(x @ beta)
    spread = np.maximum(trials * chance * (1 - chance), np.finfo(np.float64).tiny)
    degrees = int((trials > 0).sum() - on.sum())
    pearson = float((((k - trials * chance) ** 2) / spread).sum())
    return Fit(beta, at, pearson / degrees if degrees > 0 else float("nan"))


def ratio_test(whole: Fit, part: Fit, terms: int = 1) -> PValue:
    """Twice the loss of penalised likelihood from `whole` to `part`, which has `terms` fewer, by
    chi-square. Divided by the whole model's dispersion where that is above 1 (Wedderburn's
    quasi-likelihood, 1974): trials of one row share what no column tells."""
    spread = max(1.0, whole.dispersion) if np.isfinite(whole.dispersion) else 1.0
    statistic = max(0.0, 2 * (whole.likelihood - part.likelihood)) / spread
    return PValue(float(chi2.sf(statistic, terms)), "penalised likelihood ratio", float(statistic))


def _likelihood(x: Floats, k: Floats, n: Floats, beta: Floats) -> float:
    """With half the log determinant of the information added; -inf where that is singular."""
    chance = expit(x @ beta)
    weight = n * chance * (1 - chance)
    sign, size = np.linalg.slogdet(x.T @ (weight[:, None] * x))
    if sign <= 0:
        return -np.inf
    return float((xlogy(k, chance) + xlog1py(n - k, -chance)).sum() + size / 2)
