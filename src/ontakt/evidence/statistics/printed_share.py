"""Which counts print as a share that somebody published: 90.2 % is not every number's."""

import re
from collections.abc import Sequence
from fractions import Fraction

from msgspec import Struct

from ontakt.contract import BadValue

_SHARE = re.compile(r"(\d+)(?:\.(\d+))?\s*%")


class PrintedShare(Struct, frozen=True):
    """A share with as many digits as were printed."""

    text: str
    value: Fraction
    half: Fraction
    """Half of its last digit."""

    @classmethod
    def read(cls, text: str) -> "PrintedShare":
        """`text`, as "90.2 %". Raises BadValue for anything else."""
        match = _SHARE.fullmatch(text.strip())
        if match is None:
            raise BadValue("share", text, "a share is as 90.2 %")
        whole, digits = match[1], match[2] or ""
        unit = Fraction(1, 100 * 10 ** len(digits))
        return cls(text, int(whole + digits) * unit, unit / 2)

    def prints(self, good: int, n: int) -> bool:
        """True when `good` of `n` print so; exactly between two digits either way."""
        return abs(Fraction(good, n) - self.value) <= self.half

    def counts(self, n: int) -> range:
        """Every number of good ones among `n` that prints so."""
        least = -(-(self.value - self.half) * n // 1)
        most = (self.value + self.half) * n // 1
        return range(max(0, int(least)), min(n, int(most)) + 1)


def numbers_behind(shares: Sequence[PrintedShare], most: int) -> list[int]:
    """Every number of cycles up to `most` of which there are counts that print as all `shares`."""
    return [n for n in range(1, most + 1) if all(share.counts(n) for share in shares)]
