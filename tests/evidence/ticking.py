"""A clock that tests set by hand."""


class Hand:
    """Its tick is whatever `tick` was set to; UTC follows at 10 Hz from 6:00 on."""

    def __init__(self, tick: int = 0) -> None:
        self.tick = tick

    def utc_ns(self) -> int:
        return 1_790_000_000_000_000_000 + self.tick * 100_000_000
