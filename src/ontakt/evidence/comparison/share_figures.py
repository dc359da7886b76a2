"""The figures of a comparison that are shares."""

from collections.abc import Sequence

from msgspec.structs import replace

from ontakt.evidence.comparison.arm import Arm
from ontakt.evidence.comparison.difference import Difference
from ontakt.evidence.comparison.dispersion import SEED
from ontakt.evidence.comparison.figure import Estimate, Figure, estimate, held_against, tested
from ontakt.evidence.comparison.parts import Parts
from ontakt.evidence.comparison.several_arms import all_alike
from ontakt.evidence.comparison.share import MAIN, Share
from ontakt.evidence.comparison.two_arms import compare_share
from ontakt.evidence.comparison.unpaired_shares import total
from ontakt.evidence.statistics.clustering import Counts
from ontakt.evidence.statistics.homogeneity import pooled_or_by_shift

UNTOLD = "a log leaves it open"


def share_figure(
    share: Share, arms: Sequence[Arm], parts: Parts, found: Difference | None = None
) -> Figure:
    """`share` of every arm; of two arms the difference, unless it is `found` already, of more the
    test that they are alike."""
    figure = Figure(
        name=share.name,
        label=share.label,
        unit="1",
        higher_is_better=share.higher_is_better,
        role="main" if share is MAIN else "descriptive",
        arms=tuple(
            share_estimate(share.counts(arm)) if share.known(arm) else Estimate(value=None)
            for arm in arms
        ),
        paired=parts.paired and share.whole_cycles,
    )
    if not all(share.known(arm) for arm in arms):
        return replace(figure, note=UNTOLD)
    if len(arms) == 2:
        return held_against(figure, found or compare_share(share, arms[0], arms[1], parts))
    return tested(figure, all_alike(share, arms, parts).p)


def share_estimate(counts: Counts) -> Estimate:
    """A share over shifts (or arms), with the one interval that may be shown."""
    k, n = total(counts)
    if not n:
        return Estimate(value=None, of=0)
    found = pooled_or_by_shift(counts, SEED)
    return estimate(found.value, found.interval, k, n)
