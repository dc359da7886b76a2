"""Versions, lines, robots or shifts against each other, part by part where that can be.

`compare` holds two or more `Arm`s against each other: one main figure decides one sentence, the
others describe. `write_comparison` writes numbers and page.
"""

from ontakt.evidence.comparison.arm import Arm
from ontakt.evidence.comparison.by import By
from ontakt.evidence.comparison.comparison import Comparison, compare
from ontakt.evidence.comparison.page import write_comparison

__all__ = ["Arm", "By", "Comparison", "compare", "write_comparison"]
