"""P-values of several tests at once."""

from collections.abc import Sequence


def holm(ps: Sequence[float]) -> list[float]:
    """`ps` adjusted so that refusing those below a level refuses a true hypothesis, any of them, no
    more often than that level (Holm 1979); in their order. It takes no independence."""
    adjusted = [1.0] * len(ps)
    largest = 0.0
    for rank, place in enumerate(sorted(range(len(ps)), key=lambda k: ps[k])):
        largest = max(largest, min(1.0, (len(ps) - rank) * ps[place]))
        adjusted[place] = largest
    return adjusted
