"""What is examined, and how: everything that the results of an evaluation depend on."""

from pathlib import Path

from msgspec import Struct, structs

from ontakt.cli.evaluation.order import CANONICAL, find_order
from ontakt.cli.policies import find_policy
from ontakt.contract import BadValue
from ontakt.runtime.disturbed_views import parse_views
from ontakt.runtime.latency import find_latency, parse_latency
from ontakt.runtime.strategies import parse_strategy
from ontakt.station.registry import find_station, stations
from ontakt.station.variation import parse_variation

MOST = 1_000_000
"""Episodes, beyond which something was mistyped."""
LONGEST_S = 600.0
"""An episode, beyond which something was mistyped."""


class EvaluationPlan(Struct, frozen=True, kw_only=True):
    """As on the command line of `ontakt evaluate`. Episode k of one seed has the same part, the
    same order and the same chance in every plan."""

    policy: str
    station: str
    episodes: int = 50
    variation: tuple[str, ...] = ("nominal",)
    seed: int = 0
    strategy: str | None = None
    """None: prefix where the policy can take one, else sync."""
    latency: str = "fixed:80ms"
    limit_s: float = 30.0
    """Until a job is given up [s]."""
    instruction: str = CANONICAL
    """A wording, `all` or `held-out`."""
    cameras: str = "none"
    """What the policy is shown: as `runtime.disturbed_views.parse_views`."""

    def checked(self) -> "EvaluationPlan":
        """The same with whole paths, so that it can be worked from anywhere. Raises SetupError for
        what can be seen to be wrong before station and policy are built."""
        if not 1 <= self.episodes <= MOST:
            raise BadValue("--episodes", self.episodes, f"it lies between 1 and {MOST}")
        if self.seed < 0:
            raise BadValue("--seed", self.seed, "a seed is 0 or greater")
        if not 1.0 <= self.limit_s <= LONGEST_S:
            raise BadValue("--limit", self.limit_s, f"it lies between 1 and {LONGEST_S:g} seconds")
        file = find_station(self.station)
        parse_variation(self.variation, file.levels)
        parse_latency(self.latency, self.seed)
        if self.strategy is not None:
            parse_strategy(self.strategy)
        find_order(self.instruction, 0)
        parse_views(self.cameras)
        shipped = self.station in stations()
        return structs.replace(
            self,
            policy=find_policy(self.policy),
            station=self.station if shipped else str(Path(file.path).absolute()),
            latency=find_latency(self.latency),
        )
