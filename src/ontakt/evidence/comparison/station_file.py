"""Was it the same station file? Events hold its hash only inside that of the configuration."""

from ontakt.evidence.comparison.arm import Arm
from ontakt.evidence.shift_record import ShiftRecord


def same_station_file(one: Arm, other: Arm) -> bool | None:
    """False when some shifts of both are known to have been worked with different station files,
    True when each shift has one in the other arm that is known to have had the same; None when it
    cannot be told."""
    found = [
        [
            _same(
                a,
                b,
                one.station_hashes.get(a.origin.shift),
                other.station_hashes.get(b.origin.shift),
            )
            for b in _distinct(other)
        ]
        for a in _distinct(one)
    ]
    if any(False in row for row in found):
        return False
    columns = zip(*found, strict=True)
    return True if all(True in row for row in (*found, *columns)) else None


def _same(a: ShiftRecord, b: ShiftRecord, hash_a: str | None, hash_b: str | None) -> bool | None:
    if a.source is not None or b.source is not None:
        return None
    if hash_a is not None and hash_b is not None:
        return hash_a == hash_b
    if a.origin.station != b.origin.station:
        return False
    if a.origin.config_hash == b.origin.config_hash:
        return True
    # the file is the one thing under the hash that is told nowhere else
    return False if _told(a) == _told(b) else None


def _told(shift: ShiftRecord) -> tuple[object, ...]:
    """What else the configuration's hash covers."""
    started = shift.started
    return (
        shift.origin.robot, dict(started.variation), started.takt_s, started.latency,
        started.strategy, started.clock, dict(started.software),
    )  # fmt: skip


def _distinct(arm: Arm) -> list[ShiftRecord]:
    """A shift of each configuration."""
    return list({(s.origin.config_hash, s.origin.station): s for s in arm.shifts}.values())
