"""Who did what with which versions: the hashes and the origin of a shift."""

import hashlib
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec

from ontakt.cli.options import ShiftOptions
from ontakt.contract import PolicySpec, StationSpec
from ontakt.contract.event import Origin
from ontakt.runtime.latency import Latency

DECISIVE = ("ontakt", "mujoco", "mink", "daqp", "numpy", "torch", "transformers")
"""Packages whose version can change what happens at a station."""


def software() -> dict[str, str]:
    """Versions of what can change the result; a package that is not installed is left out."""
    found = {"python": platform.python_version()}
    for name in DECISIVE:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    found["ontakt source"] = _source()
    return found


@cache
def _source() -> str:
    """Digest of the code that runs: a version number alone does not tell a changed copy."""
    root = Path(__file__).parents[1]
    whole = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        whole.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()[:16]


def digest(value: object) -> str:
    """SHA-256 of `value` in canonical JSON."""
    return hashlib.sha256(msgspec.json.encode(value, order="deterministic")).hexdigest()


def origin(
    options: ShiftOptions,
    station: StationSpec,
    policy: PolicySpec,
    takt_s: float,
    variation: Mapping[str, str],
    latency: Latency,
    start_ns: int,
) -> Origin:
    """The origin of a shift. The configuration hash covers station and robot files, variation,
    takt, latency, strategy, clock and software; the shift id covers that, the policy, the seed and
    the plan, so the same shift on the virtual clock has the same id. On a wall clock
    and with people no two shifts are the same: the id tells the second of its start, `start_ns` [ns
    since 1970]."""
    config_hash = digest(
        [
            station.hash,
            station.robot,
            variation,
            takt_s,
            latency,
            options.strategy,
            options.clock,
            software(),
        ]
    )
    identity = digest([config_hash, policy.hash, options.seed, options.cycles, options.hours])
    begun = datetime.fromtimestamp(start_ns // 1_000_000_000, UTC).strftime("-%Y%m%dT%H%M%SZ")
    return Origin(
        shift=f"{station.name}-{options.seed}-{identity[:8]}"
        + (begun if options.happens_once else ""),
        station=station.name,
        robot=station.robot,
        policy_hash=policy.hash,
        config_hash=config_hash,
    )
