"""What a worker process says, one JSON object a line: first `Ready`, then a result an index."""

from msgspec import Struct

from ontakt.cli.evaluation.result import EpisodeResult


class Ready(Struct, frozen=True, kw_only=True, tag="ready"):
    """Station and policy are built; who they are."""

    policy_hash: str
    station_hash: str
    strategy: str
    """The one that is used."""


class Refused(Struct, frozen=True, tag="refused"):
    """It cannot be worked."""

    reason: str


class Halted(Struct, frozen=True, tag="halted"):
    """It could not be gone on with."""

    reason: str


Message = Ready | EpisodeResult | Refused | Halted
