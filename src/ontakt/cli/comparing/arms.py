"""From places to arms: each place is one, unless shifts are to be told apart by what they are."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from ontakt.cli.comparing.reading import Found, read_place
from ontakt.cli.folder import STORE
from ontakt.evidence.comparison import Arm, By
from ontakt.evidence.shift_record import ShiftRecord


def read_arms(places: Sequence[Path], by: By | None) -> list[Arm]:
    """The arms that `places` mean. One place is split into the versions, lines, robots or shifts in
    it, if `by` says into which; by shift every place is. Raises SetupError as `read_place`."""
    found = [read_place(place) for place in places]
    if by == "shift" or (by is not None and len(places) == 1):
        return _split(found, by)
    return [
        Arm(name=name, shifts=one.shifts, station_hashes=_hashes(one))
        for name, one in zip(_places_names(places), found, strict=True)
    ]


def _split(found: Sequence[Found], by: By) -> list[Arm]:
    groups: dict[tuple[str, str], list[ShiftRecord]] = {}
    hashes: dict[str, str] = {}
    for one in found:
        hashes |= _hashes(one)
        for shift in one.shifts:
            groups.setdefault(_what(shift, by), []).append(shift)
    plain = [name for name, _ in groups]
    return [
        Arm(
            name=name if plain.count(name) == 1 else f"{name} {more}",
            shifts=tuple(shifts),
            station_hashes=hashes,
        )
        for (name, more), shifts in groups.items()
    ]


def _what(shift: ShiftRecord, by: By) -> tuple[str, str]:
    """What `shift` is, and what tells it from others of that name."""
    origin = shift.origin
    match by:
        case "version":
            return shift.started.policy, origin.policy_hash[:8]
        case "line":
            return origin.station, ""
        case "robot":
            return origin.robot, ""
        case _:
            return origin.shift, "" if shift.source is None else shift.source.file


def _hashes(found: Found) -> Mapping[str, str]:
    if found.station_hash is None:
        return {}
    return dict.fromkeys((shift.origin.shift for shift in found.shifts), found.station_hash)


def _places_names(places: Sequence[Path]) -> list[str]:
    """The last words of each path that tell it from the others."""
    words = [_words(place) for place in places]
    for last in range(1, max(map(len, words), default=0) + 1):
        names = ["/".join(one[-last:]) for one in words]
        if len(set(names)) == len(names):
            return names
    return [str(place) for place in places]


def _words(place: Path) -> tuple[str, ...]:
    folder = place.parent if place.name == STORE else place
    return folder.parts if folder.name else folder.resolve().parts
