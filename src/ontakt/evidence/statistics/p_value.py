"""What a test of a hypothesis gave, never without the test's name: tests of one hypothesis differ.

12 events against 4 in 100 h each give p = .077 by one exact test and .046 by another.
"""

from typing import Literal

from msgspec import Struct

Alternative = Literal["two-sided", "greater", "less"]
"""What speaks against the hypothesis: any difference, more in the first, or less in the first."""


class PValue(Struct, frozen=True):
    """How often chance alone gives at least what was seen, if the hypothesis is true."""

    p: float
    test: str
    statistic: float | None = None
    """What the test orders outcomes by, where it has a name of its own (chi-square)."""
