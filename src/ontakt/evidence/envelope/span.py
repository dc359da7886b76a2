"""One axis of variation as an envelope looks at it: from calm to harsh, in people's unit."""

from msgspec import Struct

from ontakt.contract import BadValue


class Span(Struct, frozen=True, kw_only=True):
    """The stretch of an axis that is studied, in the axis's own unit."""

    axis: str
    unit: str
    """As "mm"; empty for a bare number."""
    si: float
    """One unit in SI."""
    calm: float
    harsh: float
    """The other end; below `calm` where small is hard, as with a clearance."""
    whole: bool = False
    """True for things that are counted."""

    def __post_init__(self) -> None:
        """Refuse an axis that does not go anywhere. Raises BadValue."""
        if self.calm == self.harsh:
            raise BadValue(self.axis, self.text(self.calm), "a ladder has two ends")

    @property
    def down(self) -> bool:
        """True where small is hard."""
        return self.harsh < self.calm

    @property
    def title(self) -> str:
        """The name with its unit, as a plot's axis says it."""
        return f"{self.axis}, {self.unit}" if self.unit else self.axis

    def at(self, share: float) -> float:
        """The value at `share` of the way from calm (0) to harsh (1), with four digits: what is
        planned, typed and worked is then one and the same number."""
        value = self.calm + share * (self.harsh - self.calm)
        return float(round(value)) if self.whole else float(f"{value:.4g}")

    def share(self, value: float) -> float:
        """The inverse: how far from calm to harsh `value` lies."""
        return (value - self.calm) / (self.harsh - self.calm)

    def text(self, value: float) -> str:
        """`value` as a variation is typed, "2 mm"."""
        return f"{value:.6g} {self.unit}".rstrip()
