"""In what else the arms differ, in plain words: a difference is of all that is not the same."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations

from ontakt.evidence.comparison.arm import Arm
from ontakt.evidence.comparison.by import MEANT, By
from ontakt.evidence.comparison.station_file import same_station_file
from ontakt.evidence.numbers import plural, seconds
from ontakt.evidence.shift_record import ShiftRecord

_MAY_DIFFER: Mapping[By, tuple[str, ...]] = {
    "version": ("policy",),
    "line": ("station", "station file"),
    "robot": ("robot", "station", "station file"),
    "shift": (),
}
_ATTRIBUTES: Mapping[str, Callable[[ShiftRecord], str]] = {
    "policy": lambda shift: f"{shift.started.policy} {shift.origin.policy_hash[:8]}",
    "station": lambda shift: shift.origin.station,
    "robot": lambda shift: shift.origin.robot,
    "takt": lambda shift: seconds(shift.started.takt_s),
    "control rate": lambda shift: f"{shift.started.control_hz} Hz",
    "variation": lambda shift: shift.started.variation.get("level", "none recorded"),
    "latency": lambda shift: shift.started.latency,
    "strategy": lambda shift: shift.started.strategy,
    "clock": lambda shift: shift.started.clock,
}
_MAY_VARY = ("variation",)
"""What shifts of one arm may differ in: a qualification works several variations."""
_RECORDED = ("control rate", "latency", "strategy", "clock")
"""What only Ontakt's own records tell."""


def warnings(arms: Sequence[Arm], by: By) -> tuple[str, ...]:
    """What a reader has to know of `arms` before he believes a difference between them."""
    return (*_more_than(arms, by), *_mixed(arms), *_unsound(arms), *_one_shift(arms))


def _more_than(arms: Sequence[Arm], by: By) -> Iterable[str]:
    foreign = [arm.name for arm in arms if _is_foreign(arm)]
    unlike = {
        name: [_values(arm, tell) for arm in arms]
        for name, tell in _ATTRIBUTES.items()
        if len({_identity(name, arm) for arm in arms}) > 1 and not (foreign and name in _RECORDED)
    }
    said = [_told(name, values) for name, values in unlike.items() if name not in _MAY_DIFFER[by]]
    files = {same_station_file(one, other) for one, other in combinations(arms, 2)}
    if False in files and "station" not in unlike and "station file" not in _MAY_DIFFER[by]:
        said.append("station file")
    said += [] if foreign else _software(arms)
    if said:
        more = "more than the policy" if by == "version" else f"more than the {MEANT[by]}"
        yield (
            f"The arms differ in {more if _MAY_DIFFER[by] else 'what they were worked with'}: "
            + (f"{', '.join(said)}.")
        )
    if foreign:
        yield (
            f"{' and '.join(foreign)}: imported; station file, latency, strategy and software are "
            "not on record."
        )
    elif None in files and False not in files and "station file" not in _MAY_DIFFER[by]:
        yield "Whether the station files are the same is not on record."
    if by != "shift" and not any(name in unlike for name in _MAY_DIFFER[by]):
        yield f"The arms do not differ in the {MEANT[by]}: all are {_all(arms, by)}."


def _is_foreign(arm: Arm) -> bool:
    return any(shift.source is not None for shift in arm.shifts)


def _identity(name: str, arm: Arm) -> tuple[str, ...]:
    """What `arm` is in one respect; a policy is its hash, whatever it is called, and a variation
    all of its axes."""
    if name == "policy":
        return tuple(sorted({shift.origin.policy_hash for shift in arm.shifts}))
    if name == "variation":
        return tuple(sorted({str(sorted(s.started.variation.items())) for s in arm.shifts}))
    return _values(arm, _ATTRIBUTES[name])


def _values(arm: Arm, tell: Callable[[ShiftRecord], str]) -> tuple[str, ...]:
    return tuple(sorted({tell(shift) for shift in arm.shifts}))


def _told(name: str, values: Sequence[tuple[str, ...]]) -> str:
    """`takt (30 s, 76 s)`; of many arms the name alone."""
    texts = list(dict.fromkeys(" and ".join(one) for one in values))
    return f"{name} ({', '.join(texts)})" if 1 < len(texts) <= 4 else name


def _software(arms: Sequence[Arm]) -> list[str]:
    packages = sorted({name for arm in arms for one in arm.starts for name in one.software})
    unlike = [
        name
        for name in packages
        if len({frozenset(one.software.get(name, "") for one in arm.starts) for arm in arms}) > 1
    ]
    return [f"software ({', '.join(unlike)})"] if unlike else []


def _all(arms: Sequence[Arm], by: By) -> str:
    name = {"version": "policy", "line": "station", "robot": "robot"}[by]
    return _values(arms[0], _ATTRIBUTES[name])[0]


def _mixed(arms: Sequence[Arm]) -> Iterable[str]:
    for arm in arms:
        mixed = [
            _told(name, [(one,) for one in _values(arm, tell)])
            for name, tell in _ATTRIBUTES.items()
            if name not in _MAY_VARY and len(_values(arm, tell)) > 1
        ]
        if mixed:
            yield f"{arm.name} is not of one piece: its shifts differ in {', '.join(mixed)}."


def _unsound(arms: Sequence[Arm]) -> Iterable[str]:
    for arm in arms:
        for shift in arm.shifts:
            where = f"{arm.name}: shift {shift.origin.shift}"
            if shift.cut:
                counted = plural(len(shift.finished), "finished cycle")
                yield f"{where} was cut; its {counted} count."
            elif shift.ended is not None and shift.ended.reason != "planned":
                yield f"{where} was {shift.ended.reason} before its planned end."
            yield from (f"{where}: {problem}" for problem in shift.problems)


def _one_shift(arms: Sequence[Arm]) -> Iterable[str]:
    """On a line of metal a shift has a day, a crew and a lot of its own."""
    alone = [
        arm.name
        for arm in arms
        if len(arm.shifts) == 1
        and (arm.shifts[0].source is not None or arm.starts[0].clock == "wall")
    ]
    if alone:
        yield (
            f"{' and '.join(alone)}: one shift each; what changes from shift to shift cannot be "
            "told from a difference between the arms."
        )
