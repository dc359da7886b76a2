"""The operator: how long a person takes and what his hands do when the station calls.

The times of the model are assumptions, stated in the station file as median and 95th percentile
of lognormal distributions: people are rarely much quicker than usual and sometimes much slower.
"""

import math
import zlib
from typing import Protocol

import numpy as np
from msgspec import Struct

from ontakt.contract import Assistance, UnknownName
from ontakt.contract.units import Seconds
from ontakt.line.downtime import REASONS

Times = tuple[Seconds, Seconds]
"""Median and 95th percentile of a lognormal distribution."""

Z95 = 1.6448536269514722
"""95th percentile of the standard normal distribution."""


class OperatorConfig(Struct, frozen=True, kw_only=True):
    """`[operator]` of a station file."""

    acknowledge: Times
    """From the call to its acknowledgement."""
    travel: Times
    """From there to the station."""
    finish: Times
    """Load the part by hand and clear the cell."""
    remove: Times
    """Take the part away and clear the cell."""
    clear: Times
    """Take loose nuts away; the part goes on as it is."""
    refill: Times
    """Refill the magazines."""
    action: dict[str, Assistance]
    """Reason of a call to what the person does about it."""

    def __post_init__(self) -> None:
        """Refuse times that no lognormal distribution has. Raises ValueError."""
        for name in ("acknowledge", "travel", "finish", "remove", "clear", "refill"):
            median, p95 = getattr(self, name)
            if not 0 < median <= p95:
                raise ValueError(f"{name} needs 0 s < median <= 95th percentile")
        missing = [reason for reason in REASONS if reason not in self.action]
        if missing:
            raise ValueError(f"action says nothing for {', '.join(missing)}")


class Response(Struct, frozen=True):
    """One person's answer to one call: what he does, and how long each part of it takes [s]."""

    action: Assistance
    acknowledge_s: float
    travel_s: float
    handling_s: float


class Operator(Protocol):
    """Whoever answers a call."""

    def respond(self, call: int, reason: str) -> Response:
        """The answer to call number `call`, raised for `reason`."""
        ...


class ModelOperator:
    """An operator drawn from `config`; the chance of a call depends on `seed` and its number
    alone, so a call takes as long whatever happened before it."""

    def __init__(self, config: OperatorConfig, seed: int) -> None:
        self._config, self._seed = config, seed

    def respond(self, call: int, reason: str) -> Response:
        """Raises UnknownName for a reason that the configuration has no action for."""
        c = self._config
        if reason not in c.action:
            raise UnknownName("reason of a call", reason, c.action)
        action = c.action[reason]
        rng = np.random.default_rng(
            np.random.SeedSequence([self._seed, call, zlib.crc32(b"operator")])
        )
        return Response(
            action=action,
            acknowledge_s=_draw(c.acknowledge, rng),
            travel_s=_draw(c.travel, rng),
            handling_s=_draw(getattr(c, action), rng),
        )


def _draw(times: Times, rng: np.random.Generator) -> float:
    median, p95 = times
    return float(median * math.exp(math.log(p95 / median) / Z95 * rng.standard_normal()))
