"""The KPI formulas of ISO 22400-2 over its own time elements and quantities."""

from msgspec import Struct


def ratio(part: float | None, whole: float | None) -> float | None:
    """`part` / `whole`; unknown without a whole."""
    return None if part is None or not whole else part / whole


class Unit(Struct, frozen=True, kw_only=True):
    """One work unit over a planned busy time; times in one unit, whatever it is."""

    pbt: float
    """Planned busy time."""
    adot: float
    """Actual unit down time."""
    adet: float
    """Actual unit delay time."""
    aust: float
    """Actual unit setup time."""
    pru: float
    """Planned run time per item."""
    pq: int
    """Produced quantity."""
    gq: int
    """Good quantity."""

    @property
    def aupt(self) -> float:
        """Actual unit processing time."""
        return self.pbt - self.adot - self.adet

    @property
    def apt(self) -> float:
        """Actual production time."""
        return self.aupt - self.aust

    @property
    def availability(self) -> float | None:
        """APT / PBT."""
        return ratio(self.apt, self.pbt)

    @property
    def effectiveness(self) -> float | None:
        """PRU x PQ / APT."""
        return ratio(self.pru * self.pq, self.apt)

    @property
    def quality(self) -> float | None:
        """GQ / PQ."""
        return ratio(self.gq, self.pq)

    @property
    def oee(self) -> float | None:
        """Availability x effectiveness x quality = PRU x GQ / PBT."""
        return ratio(self.pru * self.gq, self.pbt)

    @property
    def nee(self) -> float | None:
        """Net equipment effectiveness: as OEE, but setup is not held against it."""
        factors = (ratio(self.aupt, self.pbt), self.effectiveness, self.quality)
        product = 1.0
        for factor in factors:
            if factor is None:
                return None
            product *= factor
        return product

    @property
    def technical_efficiency(self) -> float | None:
        """APT / (APT + ADET)."""
        return ratio(self.apt, self.apt + self.adet)
