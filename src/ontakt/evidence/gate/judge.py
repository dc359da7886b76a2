"""A trial judged: every requirement's finding, and the one verdict that they support."""

from msgspec import Struct

from ontakt.contract import Readiness, Verdict
from ontakt.evidence.gate.finding import Finding, Status
from ontakt.evidence.gate.plan import GatePlan
from ontakt.evidence.gate.tally import Tally
from ontakt.evidence.gate.trial import Trial
from ontakt.evidence.numbers import plural


class Judgement(Struct, frozen=True, kw_only=True):
    """The verdict with all that it rests on."""

    verdict: Verdict
    findings: tuple[Finding, ...]
    trial: Trial


def judge(
    plan: GatePlan,
    tallies: tuple[Tally, ...],
    takt_s: float,
    *,
    finished: bool,
    policy_hash: str,
    config_hash: str,
) -> Judgement:
    """What `tallies` say of `plan`.

    READY when every requirement is met: then the chance that one of them is not true is at most
    the largest error of a single one (an intersection-union test; nothing is gained by asking for
    more). NOT READY when one has failed. Else NOT ENOUGH DATA, with what could decide it.
    """
    trial = Trial(
        tallies=tallies,
        cells=plan.cell_names,
        planned_cycles=plan.all_cycles,
        planned_hours=plan.hours(takt_s),
        takt_s=takt_s,
        method=plan.method,
        finished=finished,
    )
    findings = tuple(one.judge(trial) for one in plan.require)
    failed = [one for one in findings if one.status is Status.FAILED]
    open_ = [one for one in findings if one.status is Status.OPEN]
    cycles = hours = None
    if failed:
        readiness = Readiness.NOT_READY
        reason = _told(failed)
    elif open_:
        readiness = Readiness.NOT_ENOUGH_DATA
        reason = _told(open_)
        cycles = max((one.cycles_needed for one in open_ if one.cycles_needed), default=None)
        hours = max((one.hours_needed for one in open_ if one.hours_needed), default=None)
    else:
        readiness = Readiness.READY
        reason = f"All {plural(len(findings), 'requirement')} are met."
    return Judgement(
        verdict=Verdict(
            readiness=readiness,
            requirement=plan.gate,
            reason=reason,
            config_hash=config_hash,
            policy_hash=policy_hash,
            cycles_needed=cycles,
            hours_needed=hours,
        ),
        findings=findings,
        trial=trial,
    )


def decided(judgement: Judgement) -> bool:
    """True when no further shift of the plan can change the verdict, so that none need be worked:
    a fixed plan that has failed, or an anytime one that is READY or NOT READY."""
    if judgement.verdict.readiness is Readiness.NOT_READY:
        return True
    anytime = judgement.trial.method == "anytime"
    return anytime and judgement.verdict.readiness is Readiness.READY


def _told(findings: list[Finding]) -> str:
    return " ".join(
        f"{one.requirement[0].upper()}{one.requirement[1:]}: {one.reason}" for one in findings
    )
