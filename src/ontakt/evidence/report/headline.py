"""The line on top: the verdict, or plainly what these cycles can and cannot support."""

from msgspec import Struct
from msgspec.structs import replace

from ontakt.contract.verdict import Readiness, Verdict
from ontakt.evidence.gate.finding import Status
from ontakt.evidence.gate.qualification import Qualified
from ontakt.evidence.numbers import count, duration, percent, plural
from ontakt.evidence.report.chapter import Chapter
from ontakt.evidence.report.pool import Pool

MOST = 40
"""Warnings about single shifts that a page shows."""
FIRST = 4
"""Warnings of them that its first page shows."""
SUCCESS_RUN = 299
"""Cycles without one failure that show 99 % with 95 % confidence: ln 0.05 / ln 0.99."""


class Headline(Struct, frozen=True):
    """The word, its tone (a class of the style sheet), and the sentences under it."""

    word: str
    tone: str
    sentences: tuple[str, ...]
    warnings: tuple[str, ...]
    """What the first page warns of."""
    more: tuple[str, ...] = ()
    """Further warnings, for which it has no room."""
    meaning: str = ""
    """For whom the gate is, in its plan's own words."""


def headline(pool: Pool, verdict: Verdict | None, judged: Qualified | None = None) -> Headline:
    """What the page says first: what was `judged`, or the `verdict` that was given to it, or what
    its cycles support."""
    found = _headline(pool, verdict, judged)
    if len(found.warnings) <= FIRST:
        return found
    rest = found.warnings[FIRST - 1 :]
    here = (*found.warnings[: FIRST - 1], f"And {count(len(rest))} more, overleaf.")
    return replace(found, warnings=here, more=rest)


def _headline(pool: Pool, verdict: Verdict | None, judged: Qualified | None) -> Headline:
    told = [w for chapter in pool.chapters for w in _warnings(chapter)]
    if len(told) > MOST:
        told = [*told[:MOST], f"And {count(len(told) - MOST)} more warnings of this kind."]
    warnings = (*told, *_open(pool))
    if judged is not None:
        readiness = judged.judgement.verdict.readiness
        return Headline(
            readiness.value,
            _TONES.get(readiness, "open"),
            _why(judged),
            warnings,
            meaning=judged.qualification.registered.plan.why,
        )
    if verdict is not None:
        needed: tuple[str, ...] = ()
        if verdict.cycles_needed is not None:
            hours = "" if verdict.hours_needed is None else f" ({verdict.hours_needed:.1f} h)"
            needed = (f"{plural(verdict.cycles_needed, 'further cycle')}{hours} could decide it.",)
        return Headline(
            verdict.readiness.value,
            _TONES.get(verdict.readiness, "open"),
            (f"{verdict.requirement}: {verdict.reason}", *needed),
            warnings,
        )
    good, n = pool.both_sides
    if not n:
        return Headline(
            Readiness.NOT_ENOUGH_DATA.value,
            "open",
            ("No finished cycle could be judged, so this record supports no statement at all.",),
            warnings,
        )
    return Headline("Not judged against a gate", "open", _support(pool, good, n), warnings)


_TONES = {Readiness.READY: "ready", Readiness.NOT_READY: "not-ready"}


def _why(judged: Qualified) -> tuple[str, ...]:
    """The sentence under a verdict that was judged here, and the requirements that decide it."""
    verdict, findings = judged.judgement.verdict, judged.judgement.findings
    gate = judged.qualification.registered.plan.gate
    if judged.problems:
        return (f"Gate {gate!r}: {verdict.reason}",)
    n, met = len(findings), sum(one.status is Status.MET for one in findings)
    status = {Readiness.READY: Status.MET, Readiness.NOT_READY: Status.FAILED}.get(
        verdict.readiness, Status.OPEN
    )
    deciding = [one for one in findings if one.status is status]
    first = f"Gate {gate!r}: {met} of {plural(n, 'requirement')} {'is' if met == 1 else 'are'} met."
    if status is not Status.MET:
        first = f"{first[:-1]}, {len(deciding)} {'open' if status is Status.OPEN else 'failed'}."
    return (
        first,
        *(f"{_capital(one.requirement)}, {one.asked}: {one.reason}" for one in deciding),
    )


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _support(pool: Pool, good: int, n: int) -> tuple[str, ...]:
    sides = " and ".join(pool.chapters[0].shift.started.sides)
    alone = " without a person"
    if any(chapter.shift.source is not None for chapter in pool.chapters):
        sides = "by the log"
    if any("step_ins" in chapter.shift.untold for chapter in pool.chapters):
        alone = ", whether or not a person helped"
    what = f"{count(good)} of {plural(n, 'judged cycle')} were good ({sides}){alone}"
    sentences = [f"{what}: {percent(good / n)}."]
    if not pool.frozen:
        sentences.append(
            "The shifts are of different policies or configurations, so no common bound is given; "
            "each shift stands for itself below."
        )
    elif not pool.alike:
        bound = pool.bound("both_sides_ok", "lower")
        by = (
            "no common bound is given"
            if bound is None
            else (
                f"by the spread between them 95 % confidence supports at least {percent(bound.low)}"
            )
        )
        sentences.append(f"{pool.unlike}; {by}. Each shift stands for itself below.")
    elif good == 0 and (bound := pool.bound("both_sides_ok", "upper")) is not None:
        sentences.append(
            f"With 95 % confidence the true share is at most {percent(bound.high)} "
            "(one-sided Clopper\N{EN DASH}Pearson)."
        )
    elif (bound := pool.bound("both_sides_ok", "lower")) is not None:
        sentences.append(
            f"With 95 % confidence that supports at least {percent(bound.low)} "
            "(one-sided Clopper\N{EN DASH}Pearson)."
        )
    if n < SUCCESS_RUN:
        sentences.append(f"Showing 99 % takes at least {SUCCESS_RUN} cycles without one failure.")
    return tuple(sentences)


def _open(pool: Pool) -> tuple[str, ...]:
    """What imported logs leave open, once for shifts that leave the same."""
    shifts: dict[tuple[str, ...], list[str]] = {}
    for chapter in pool.chapters:
        shifts.setdefault(tuple(chapter.shift.open_points), []).append(chapter.name)
    told = []
    for points, names in shifts.items():
        more = f" and {count(len(names) - 3)} more" if len(names) > 3 else ""
        of = "" if len(shifts) == 1 else f"Shift {', '.join(names[:3])}{more}: "
        if points:
            told.append(f"{of}Unknown, as the log does not tell it: {', '.join(points)}.")
    return tuple(told)


def _warnings(chapter: Chapter) -> tuple[str, ...]:
    shift, told = chapter.shift, []
    if shift.cut:
        plan = chapter.planned_cycles
        of = "" if plan is None else f" of {count(plan)} planned"
        told.append(
            f"Shift {chapter.name} was cut: it has no end. {count(len(shift.finished))}{of} cycles "
            f"were finished in the {duration(shift.ticks / shift.hz)} on record; "
            "what follows counts those."
        )
    if shift.ended is not None and shift.ended.reason != "planned":
        why = f": {shift.ended.detail}" if shift.ended.detail else ""
        told.append(f"Shift {chapter.name} was {shift.ended.reason} before its planned end{why}.")
    if shift.resumes:
        told.append(f"Shift {chapter.name} was cut and resumed {plural(shift.resumes, 'time')}.")
    told.extend(f"Shift {chapter.name}: {problem}" for problem in shift.problems)
    return tuple(told)
