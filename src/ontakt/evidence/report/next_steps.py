"""What whoever reads the first page should do next: derived from what it says, and nothing else."""

from collections.abc import Iterator

from msgspec import Struct

from ontakt.contract import Readiness
from ontakt.evidence.gate.ladder import GATES
from ontakt.evidence.gate.qualification import Qualified
from ontakt.evidence.numbers import count, duration, hours, plural, shell
from ontakt.evidence.report.pool import Pool

FIRST_GATE = GATES[0].gate
_WHO = {
    "robot": "the robot itself",
    "upstream": "upstream, from parts and nuts that did not come",
    "downstream": "downstream, from parts that could not leave",
    "part": "parts that could not be worked",
    "safety": "safety stops",
    "operator": "people",
    "none": "nobody in particular",
}
"""Who answers for a delay, as a sentence names him."""


class Step(Struct, frozen=True):
    """One thing to do, with the command that does it if there is one."""

    text: str
    command: str = ""


def next_steps(pool: Pool, judged: Qualified | None) -> tuple[Step, ...]:
    """In the order in which they help."""
    first = _unjudged(pool) if judged is None else _judged(judged)
    return (*first, *_weakest(pool))


def _judged(judged: Qualified) -> Iterator[Step]:
    registration, registered = judged.qualification.registration, judged.qualification.registered
    verdict = judged.judgement.verdict
    if judged.problems:
        yield Step("Do not rely on this page: its shifts are not the registered ones.")
    elif verdict.readiness is Readiness.READY:
        yield Step(
            f"It may do what the gate {registered.plan.gate!r} is for, with this policy, robot, "
            "station, variation and software and no other: whatever is changed is qualified anew."
        )
        higher = _higher(registered.plan.gate)
        if higher is not None:
            command = _command(registered.station, registered.policy, higher)
            yield Step(f"The next rung is {higher!r}:", command)
    elif verdict.readiness is Readiness.NOT_READY:
        yield Step(
            "Do not plan with it yet. Mend what failed; a changed policy or station is then "
            "registered and qualified anew, for this plan is spent."
        )
    elif not judged.judgement.trial.finished:
        yield Step(f"Go on: {_needed(judged)} The same command takes up where it ended:",
                   " ".join(map(shell, registration.command)))  # fmt: skip
    else:
        yield Step(
            f"The whole plan was worked and does not decide it. {_needed(judged)} Register a "
            "larger plan: cycles added to a plan that was read would err more often than it says."
        )


def _needed(judged: Qualified) -> str:
    verdict = judged.judgement.verdict
    if verdict.cycles_needed is None:
        verb = "is" if judged.unread == 1 else "are"
        return f"{plural(judged.unread, 'shift')} of the plan {verb} left." if judged.unread else ""
    time = "" if verdict.hours_needed is None else f", {hours(verdict.hours_needed)} at takt"
    return f"{plural(verdict.cycles_needed, 'further cycle')}{time}, could decide it at best."


def _unjudged(pool: Pool) -> Iterator[Step]:
    shift = pool.chapters[-1].shift
    if shift.source is not None:
        yield Step("A log tells what was. Before the next shifts, write down what they must show.")
        return
    yield Step(
        "Nothing was promised before these cycles, so they qualify the station for nothing. "
        "Register a gate first, then work it:",
        _command(shift.origin.station, shift.started.policy, FIRST_GATE),
    )


def _weakest(pool: Pool) -> Iterator[Step]:
    """Where an improvement would show most."""
    modes: dict[str, list[int]] = {}
    escaped = 0
    lost: dict[str, float] = {}
    for chapter in pool.chapters:
        for one in chapter.pareto:
            total = modes.setdefault(one.mode, [0, 0])
            total[0] += one.count
            total[1] += one.recovered
        escaped += round((chapter.kpis["escapes"].value or 0) * (chapter.kpis["escapes"].n or 0))
        for who, ticks in chapter.elements.lost.items():
            lost[who] = lost.get(who, 0.0) + chapter.seconds(ticks)
    if modes:
        mode, (n, back) = min(modes.items(), key=lambda item: (-item[1][0], item[0]))
        of = sum(total for total, _ in modes.values())
        told = any("recovered" in chapter.shift.untold for chapter in pool.chapters)
        got_over = "" if told else f"; the robot got over {count(back)} by itself"
        yield Step(
            f"Look first at {mode.replace('_', ' ')}: {count(n)} of {plural(of, 'failure')}"
            f"{got_over}."
        )
    if escaped:
        yield Step(
            f"Keep checking every part behind it: it passed {plural(escaped, 'bad side')} as good."
        )
    if lost:
        who, longest = max(lost.items(), key=lambda item: (item[1], item[0]))
        yield Step(f"Most delay comes from {_WHO.get(who, who)}: {duration(longest)}.")


def _higher(gate: str) -> str | None:
    """The rung above; None for the last one and for a plan of one's own."""
    names = [one.gate for one in GATES]
    place = names.index(gate) + 1 if gate in names else len(names)
    return names[place] if place < len(names) else None


def _command(station: str, policy: str, gate: str) -> str:
    words = ("ontakt", "qualify", station, "--policy", policy, "--gate", gate)
    return " ".join(map(shell, words))
