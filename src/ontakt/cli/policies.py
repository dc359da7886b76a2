"""Names of policies, resolved in this one place."""

from ontakt.contract import Policy, Station, UnknownName
from ontakt.station.registry import StationFile

POLICIES = {
    "expert": "scripted: nominal places, a vision estimate with a stated error, force and lag",
}


def find_policy(name: str) -> str:
    """`name` when a policy answers to it. Raises UnknownName."""
    if name not in POLICIES:
        raise UnknownName("policy", name, POLICIES)
    return name


def build_policy(name: str, file: StationFile, station: Station) -> Policy:
    """The policy called `name`, for the station that `file` describes. Raises UnknownName."""
    find_policy(name)
    from ontakt.station.expert import Expert
    from ontakt.station.expert_config import ExpertConfig

    return Expert(station.spec, file.config.section("expert", ExpertConfig))
