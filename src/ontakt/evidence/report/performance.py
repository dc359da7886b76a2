"""What a shift showed: step-ins, uptime, hours, cycles, failures."""

from statistics import median

from ontakt.evidence.numbers import (
    UNKNOWN,
    count,
    duration,
    figure,
    interval,
    percent,
    plural,
    seconds,
)
from ontakt.evidence.report.answer import Answer, unmeasured
from ontakt.evidence.report.figures.cycle_times import MARKERS
from ontakt.evidence.report.pool import Pool
from ontakt.evidence.shift_record import ShiftRecord, Untold


def step_ins(pool: Pool) -> Answer:
    """How often a person acted, with the hours behind it."""
    rate = pool.kpis.get("step_ins")
    calls = [(chapter, call) for chapter in pool.chapters for call in chapter.shift.calls]
    acted = sum(chapter.shift.step_ins for chapter in pool.chapters)
    worked = sum(chapter.shift.hours for chapter in pool.chapters)
    question = "How often must a person step in?"
    if _untold(pool, "step_ins"):
        return unmeasured("Step-ins", question, "The log does not say when a person acted.")
    if not worked:
        return unmeasured("Step-ins", question, "No time passed.")
    told = [f"A person acted {plural(acted, 'time')} in {duration(3600 * worked)} of shift."]
    if not acted:
        told = [f"Nobody acted in {duration(3600 * worked)} of shift."]
    if rate is not None and (span := interval(rate)):
        told.append(f"With {percent(rate.confidence, 0)} confidence the rate is {span}.")
    refills = sum(chapter.shift.refills for chapter in pool.chapters)
    if refills:
        told.append(f"Feeders were refilled {plural(refills, 'time')} besides.")
    waits = [chapter.since(call.raised, call.arrived) for chapter, call in calls]
    known = [wait for wait in waits if wait is not None]
    if known:
        told.append(
            f"{plural(len(calls), 'call')}; from call to arrival {seconds(median(known))} in the "
            f"median, {seconds(max(known))} at most."
        )
    return Answer(
        topic="Step-ins",
        question=question,
        figure=figure(rate) if rate is not None else "unknown",
        sentences=tuple(told),
    )


def uptime(pool: Pool) -> Answer:
    """Share of the shift in which the station could work, and where the rest went."""
    up = pool.kpis.get("uptime")
    lost: dict[str, float] = {}
    for chapter in pool.chapters:
        for who, ticks in chapter.elements.lost.items():
            lost[who] = lost.get(who, 0.0) + chapter.seconds(ticks)
    stops = [stop for chapter in pool.chapters for stop in chapter.elements.stops]
    long = sum(stop.kind == "breakdown" for stop in stops)
    known = up is not None and up.value is not None
    if not known:
        why = "No time passed."
        if _untold(pool, "stops"):
            why = "The log does not say when the station stood, or who answered for it."
        return unmeasured("Uptime", "How much of the shift could it work?", why)
    told = ["Nothing stopped it."]
    if stops:
        minor = duration(pool.chapters[0].shift.started.minor_stop_s)
        told = [
            f"Stops: {plural(len(stops) - long, 'minor stop')} and {plural(long, 'breakdown')}, "
            f"by a limit of {minor} between them."
        ]
    if lost:
        by = ", ".join(f"{who} {duration(s)}" for who, s in sorted(lost.items(), key=_largest))
        told.append(f"Delay by who answers for it: {by}.")
    return Answer(
        topic="Uptime",
        question="How much of the shift could it work?",
        figure=figure(up) if up is not None else "unknown",
        sentences=tuple(told),
    )


def shift_hours(pool: Pool) -> Answer:
    """How long it ran, and whether that was the plan."""
    told = []
    if _untold(pool, "hours"):
        why = "The log does not say when its cycles began and ended."
        return unmeasured("Hours per shift", "How long did it work?", why)
    if len(pool.detailed) < len(pool.chapters):
        hours = [chapter.shift.hours for chapter in pool.chapters]
        told.append(
            f"{count(len(hours))} shifts of {duration(3600 * min(hours))} to "
            f"{duration(3600 * max(hours))}; of the latest:"
        )
    for chapter in pool.detailed:
        shift, of = chapter.shift, f"{chapter.name}: " if pool.several else ""
        planned = shift.started.planned_s
        if planned is None and chapter.planned_cycles is not None:
            planned = chapter.planned_cycles * chapter.takt_s
        plan = "" if planned is None else f" of {duration(planned)} planned"
        told.append(f"{of}{duration(shift.ticks / shift.hz)}{plan}; {_end(shift)}.")
    told.append("What a longer one would bring is not shown.")
    return Answer(
        topic="Hours per shift",
        question="How long did it work?",
        figure=duration(3600 * sum(chapter.shift.hours for chapter in pool.chapters)),
        sentences=tuple(told),
    )


def completed_cycles(pool: Pool) -> Answer:
    """Cycles that were finished, against the plan, and what the line lost."""
    if _untold(pool, "cycles"):
        why = "The log does not say how many there were."
        return unmeasured("Completed cycles", "How many cycles were completed?", why)
    done = sum(len(chapter.shift.finished) for chapter in pool.chapters)
    plans = [chapter.planned_cycles for chapter in pool.chapters]
    plan = None if None in plans else sum(p or 0 for p in plans)
    outcomes: dict[str, int] = {}
    for chapter in pool.chapters:
        for outcome, n in chapter.outcomes.items():
            outcomes[outcome] = outcomes.get(outcome, 0) + n
    ended = ", ".join(
        f"{count(outcomes[outcome])} {label}"
        for outcome, (label, _, _) in MARKERS.items()
        if outcomes.get(outcome)
    )
    if outcomes.get(UNKNOWN):
        ended = f"{ended}{', ' if ended else ''}{count(outcomes[UNKNOWN])} in an unknown way"
    stood = sum(chapter.pitch_lost_s for chapter in pool.chapters)
    pitches = sum(len(chapter.shift.pitch_lost) for chapter in pool.chapters)
    told = [f"They ended: {ended}."] if ended else ["No cycle was finished."]
    if not done:
        pass
    elif pitches:
        told.append(f"The line stood {plural(pitches, 'time')}, {duration(stood)} in all.")
    elif any(chapter.shift.source is None for chapter in pool.chapters):
        told.append("The line never stood for this station.")
    return Answer(
        topic="Completed cycles",
        question="How many cycles were completed?",
        figure=count(done) if plan is None else f"{count(done)} of {count(plan)} planned",
        sentences=tuple(told),
    )


def failure_breakdown(pool: Pool) -> Answer:
    """What went wrong, and how much of it the robot put right itself."""
    modes: dict[str, list[int]] = {}
    for chapter in pool.chapters:
        for failure in chapter.pareto:
            total = modes.setdefault(failure.mode, [0, 0])
            total[0] += failure.count
            total[1] += failure.recovered
    seen = sum(n for n, _ in modes.values())
    back = sum(recovered for _, recovered in modes.values())
    done = sum(len(chapter.shift.finished) for chapter in pool.chapters)
    if _untold(pool, "failures"):
        why = "The log does not name failures."
        return unmeasured("Failure breakdown", "What fails, and how often?", why, *_misjudged(pool))
    if not seen and not done:
        return unmeasured(
            "Failure breakdown", "What fails, and how often?", "No cycle was finished."
        )
    if not seen:
        said: tuple[str, ...] = ("No failure was detected and none was found by inspection.",)
    else:
        ranked = sorted(modes.items(), key=lambda mode: (-mode[1][0], mode[0]))
        parts = ", ".join(f"{mode.replace('_', ' ')} {count(n)}" for mode, (n, _) in ranked)
        said = (
            f"{parts}.",
            "How many of them the robot got over is not in the log."
            if _untold(pool, "recovered")
            else f"The robot got over {count(back)} of {count(seen)} by itself.",
        )
    said += _misjudged(pool)
    return Answer(
        topic="Failure breakdown",
        question="What fails, and how often?",
        figure=plural(seen, "failure"),
        sentences=said,
    )


def _misjudged(pool: Pool) -> tuple[str, ...]:
    """Where the station and the inspector did not agree, in sides."""
    told = []
    for name, what in (
        ("escapes", "passed as good, the inspector found {} bad (escaped)"),
        ("false_alarms", "given up as bad, the inspector found {} good (false alarms)"),
    ):
        parts = [chapter.kpis[name] for chapter in pool.chapters]
        n = sum(kpi.n or 0 for kpi in parts)
        if n:
            wrong = sum(round((kpi.value or 0.0) * (kpi.n or 0)) for kpi in parts)
            told.append(f"Of {plural(n, 'side')} {what.format(count(wrong))}.")
    return tuple(told)


def _untold(pool: Pool, what: Untold) -> bool:
    """True when a shift was imported from a log that leaves `what` open."""
    return any(what in chapter.shift.untold for chapter in pool.chapters)


def _largest(item: tuple[str, float]) -> float:
    return -item[1]


def _end(shift: ShiftRecord) -> str:
    if shift.source is not None:
        return "how it ended is not in the log"
    if shift.ended is None:
        return "cut, without an end"
    words = {"planned": "ended as planned", "stopped": "was stopped", "halted": "was halted"}
    return words[shift.ended.reason]
