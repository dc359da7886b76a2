"""How long an experiment will still take, from the shifts that have ended."""

from collections.abc import Collection


class TimeLeft:
    """Learns seconds for a unit of size. Shifts of one size are taken to last equally long."""

    def __init__(self) -> None:
        self._seconds = self._size = 0.0

    def learn(self, size: float, seconds: float) -> None:
        """A shift of `size` has lasted `seconds`."""
        self._size += size
        self._seconds += seconds

    def seconds(
        self, waiting: float, under_way: Collection[tuple[float, float]], jobs: int
    ) -> float | None:
        """[s] until all is done, `jobs` at a time: `waiting` is the size of what has not begun,
        `under_way` each shift's size and the seconds since it began. None before any has ended."""
        if not self._size:
            return None
        rate = self._seconds / self._size
        rest = [max(size * rate - since, 0.0) for size, since in under_way]
        return max((waiting * rate + sum(rest)) / jobs, *rest, 0.0)
