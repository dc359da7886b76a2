"""A qualification as a page carries it: the registered plan, which shifts were read for it, and the
judgement that anyone makes of them again."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from msgspec import Struct
from msgspec.structs import replace

from ontakt.contract import Readiness
from ontakt.evidence.experiment import seed_of
from ontakt.evidence.gate.judge import Judgement, decided, judge
from ontakt.evidence.gate.registration import Registered, Registration
from ontakt.evidence.gate.tally import Tally
from ontakt.evidence.numbers import plural
from ontakt.evidence.shift_record import ShiftRecord


class ReadShift(Struct, frozen=True, kw_only=True):
    """A shift that the gate has read."""

    shift: str
    """Its identity, as its events name it."""
    cell: str
    """The variation of the plan that it was worked at."""


class Qualification(Struct, frozen=True, kw_only=True):
    """A registered plan with the shifts that were read for it. Holds no count and no verdict: both
    follow from the shifts' events. Fields are added with defaults."""

    registration: Registration
    read: tuple[ReadShift, ...]
    """In the order of the plan."""
    stopped: bool = False
    """A person ended it before the plan was worked or decided."""

    @property
    def registered(self) -> Registered:
        """What was sealed."""
        return self.registration.registered


class Qualified(Struct, frozen=True, kw_only=True):
    """A qualification judged."""

    qualification: Qualification
    judgement: Judgement
    problems: tuple[str, ...]
    """Why its shifts are not those that were registered, a sentence each; empty where they are.
    With one of them there is no verdict to give."""

    @property
    def unread(self) -> int:
        """Shifts of the plan that were not read: not worked, or behind the one that decided."""
        return self.qualification.registered.plan.all_shifts - len(self.judgement.trial.tallies)


def qualified(qualification: Qualification, shifts: Sequence[ShiftRecord]) -> Qualified:
    """`qualification` judged by `shifts`, those that it says were read.

    The plan is taken as it stands there, sealed or not, and every shift is held against it: shifts
    that are not the first ones of the plan, in its order and with its seeds, or that another
    policy worked, or another configuration, or after the gate had decided, are `problems`, and the
    verdict is then NOT ENOUGH DATA whatever they count.
    """
    cells = {one.shift: one.cell for one in qualification.read}
    tallies = tuple(
        Tally.of(shift, cells.get(shift.origin.shift, "not in the plan")) for shift in shifts
    )
    judgement = _judge(qualification.registered, tallies)
    problems = tuple(_problems(qualification, shifts, tallies))
    if problems:
        verdict = replace(
            judgement.verdict,
            readiness=Readiness.NOT_ENOUGH_DATA,
            reason=f"These shifts are not the registered ones. {' '.join(problems)}",
            cycles_needed=None,
            hours_needed=None,
        )
        judgement = replace(judgement, verdict=verdict)
    return Qualified(qualification=qualification, judgement=judgement, problems=problems)


def _judge(registered: Registered, tallies: tuple[Tally, ...]) -> Judgement:
    return judge(
        registered.plan,
        tallies,
        registered.takt_s,
        finished=len(tallies) == registered.plan.all_shifts,
        policy_hash=registered.policy_hash,
        config_hash=registered.config_hash,
    )


def places(registered: Registered) -> Iterator[tuple[str, int]]:
    """Cell and seed of every shift of the plan, in the order in which a gate reads them: the first
    of each cell, the second of each, and so on."""
    for repeat in range(registered.plan.shifts):
        for cell in registered.plan.cell_names:
            yield cell, seed_of(registered.seed, cell, repeat)


def _problems(
    qualification: Qualification, shifts: Sequence[ShiftRecord], tallies: tuple[Tally, ...]
) -> Iterator[str]:
    registration, registered = qualification.registration, qualification.registered
    if not registration.intact:
        yield "The registration was changed after it was sealed."
    named = [one.shift for one in qualification.read]
    if named != [shift.origin.shift for shift in shifts]:
        yield (
            f"The plan has read {plural(len(named), 'shift')} ({', '.join(named)}), and these are "
            "others or stand in another order."
        )
    plan = list(islice(places(registered), len(shifts)))
    if len(plan) < len(shifts):
        yield f"The plan has {plural(len(plan), 'shift')}, and {len(shifts)} are here."
    for shift, tally, (cell, seed) in zip(shifts, tallies, plan, strict=False):
        unlike = [words for words, given, asked in _asked(shift, tally.cell, cell, seed, registered)
                  if given != asked]  # fmt: skip
        if unlike:
            yield f"Shift {shift.origin.shift} has another {', '.join(unlike)} than its place."
    for k in range(1, len(tallies)):
        if decided(_judge(registered, tallies[:k])):
            yield f"The gate had decided after {plural(k, 'shift')}; no later one may be read."
            break


def _asked(
    shift: ShiftRecord, said: str, cell: str, seed: int, registered: Registered
) -> Iterator[tuple[str, object, object]]:
    """What a shift is, beside what the plan asks for at its place."""
    started, origin = shift.started, shift.origin
    hashes: Mapping[str, str] = registered.config_hashes
    yield "variation", said, cell
    yield "seed", started.seed, seed
    yield "policy", origin.policy_hash, registered.policy_hash
    yield "configuration", origin.config_hash, hashes.get(cell)
    yield "robot", origin.robot, registered.robot
    yield "takt", started.takt_s, registered.takt_s
    yield "number of cycles", started.planned_cycles, registered.plan.cycles
