"""A log of evaluation episodes: results without times, one cycle an episode."""

from collections.abc import Iterator, Sequence

import numpy as np
from msgspec import Struct

from ontakt.evidence.imported.problems import Problems
from ontakt.evidence.imported.table import About, Block


class Episode(Struct, frozen=True):
    """One episode."""

    group: str
    """What was done again and again: a task, a scene."""
    ok: bool | None
    """Whether it succeeded; None where nobody judged it."""
    outcome: str = ""
    """The outcome, where the result does not say it."""


class Episodes(Struct, frozen=True, kw_only=True):
    """A `Table` of episodes."""

    kind: str
    episodes: Sequence[Episode]
    about: About = About()

    @property
    def commas(self) -> bool:
        """There are no numbers but ours."""
        return False

    @property
    def header(self) -> Sequence[str]:
        """`count` says that no cycle has a time of its own."""
        return ("shift", "count", "ok", "outcome")

    def blocks(self, _problems: Problems) -> Iterator[Block]:
        """All of them, counted as if a header were row 1."""
        n = len(self.episodes)
        results = {True: "true", False: "false", None: ""}
        if n:
            yield Block(
                np.arange(2, n + 2),
                (
                    [episode.group for episode in self.episodes],
                    ["1"] * n,
                    [results[episode.ok] for episode in self.episodes],
                    [episode.outcome for episode in self.episodes],
                ),
            )
