"""Times as a table tells them."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct


class Spread(Struct, frozen=True, kw_only=True):
    """Quantiles of some times, in one unit; between two of them a straight line is drawn."""

    p50: float
    p95: float
    p99: float
    max: float


def spread(values: Sequence[float], scale: float = 1.0) -> Spread:
    """Of `values`, one at least, each multiplied by `scale`."""
    p50, p95, p99, top = (scale * float(q) for q in np.quantile(values, (0.5, 0.95, 0.99, 1.0)))
    return Spread(p50=p50, p95=p95, p99=p99, max=top)
