"""What is told of a version: what it learnt from, and how good it is."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from ontakt.cli.evaluation.evaluation import Evaluation, Share
from ontakt.cli.internship.plan import InternshipPlan


class Gathered(Struct, frozen=True, kw_only=True):
    """What a round's dataset holds; None: not a shift, and nobody could step in."""

    parts: int
    lessons: int
    step_ins: int | None
    """Parts that the teacher took over."""
    corrections: int | None
    """Lessons of what he did then."""

    @classmethod
    def count(cls, episodes: Sequence[tuple[int, Mapping[str, str]]]) -> "Gathered":
        """Of `episodes`, each with its number of lessons and its facts; a part may have several."""
        shift = bool(episodes) and all("step_in" in facts for _, facts in episodes)
        return cls(
            parts=len({facts["cycle"] for _, facts in episodes}),
            lessons=sum(length for length, _ in episodes),
            step_ins=sum(facts["step_in"] != "" for _, facts in episodes) if shift else None,
            corrections=sum(int(facts["corrections"]) for _, facts in episodes) if shift else None,
        )


class Version(Struct, frozen=True, kw_only=True):
    """The version of one round; None: unknown."""

    round: int
    checkpoint: str
    """Its folder in the run's."""
    parts: int | None
    """Worked for its round: demonstrations, or a shift by the version before it."""
    lessons: int | None
    """From those."""
    step_ins: int | None
    corrections: int | None
    corrections_a_step_in: float | None
    both: Share | None
    """Of the examination, with the 95 % interval."""
    left: Share | None
    right: Share | None
    failures: dict[str, int] | None
    time_s: float | None
    """Median until both sides were done [s]."""

    @classmethod
    def of(
        cls, number: int, checkpoint: str, gathered: Gathered | None, told: Evaluation | None
    ) -> "Version":
        """The row of round `number`."""
        step_ins = None if gathered is None else gathered.step_ins
        corrections = None if gathered is None else gathered.corrections
        return cls(
            round=number,
            checkpoint=checkpoint,
            parts=None if gathered is None else gathered.parts,
            lessons=None if gathered is None else gathered.lessons,
            step_ins=step_ins,
            corrections=corrections,
            corrections_a_step_in=(
                corrections / step_ins if corrections is not None and step_ins else None
            ),
            both=None if told is None else told.both,
            left=None if told is None else told.left,
            right=None if told is None else told.right,
            failures=None if told is None else dict(told.failures),
            time_s=None if told is None else told.time_s.get("p50"),
        )


class Internship(Struct, frozen=True, kw_only=True):
    """intern.json."""

    plan: InternshipPlan
    rounds: int
    """That were asked for last."""
    command: tuple[str, ...]
    software: dict[str, str]
    """Of the last session."""
    versions: tuple[Version, ...]
    """Those that are examined, oldest first."""
