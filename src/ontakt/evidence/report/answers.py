"""The ten questions that no published humanoid deployment answers, answered for these shifts."""

from collections.abc import Sequence

from ontakt.evidence.report import performance, scope
from ontakt.evidence.report.answer import Answer
from ontakt.evidence.report.axes import AxisResponse
from ontakt.evidence.report.pool import Pool


def answers(pool: Pool, responses: Sequence[AxisResponse], events_file: str) -> tuple[Answer, ...]:
    """All ten, in the order in which a plant asks them."""
    return (
        performance.step_ins(pool),
        performance.uptime(pool),
        performance.shift_hours(pool),
        performance.completed_cycles(pool),
        performance.failure_breakdown(pool),
        scope.misaligned_parts(responses),
        scope.variation(responses),
        scope.lines(pool),
        scope.validation(pool, events_file),
        scope.confidence(pool),
    )
