"""A share of two arms held against each other, part by part where that can be."""

from ontakt.evidence.comparison.arm import Arm
from ontakt.evidence.comparison.difference import Difference
from ontakt.evidence.comparison.dispersion import Dispersion
from ontakt.evidence.comparison.paired_shares import paired_share
from ontakt.evidence.comparison.parts import Parts, match
from ontakt.evidence.comparison.share import Share
from ontakt.evidence.comparison.unpaired_shares import dispersed, unpaired_share


def compare_share(share: Share, first: Arm, second: Arm, parts: Parts | None = None) -> Difference:
    """`share` of `first` minus that of `second`; `parts` are those that both have worked, looked up
    when left out."""
    common = match((first, second)) if parts is None else parts
    if common.paired and share.whole_cycles:
        return paired_share(share, first, second, common)
    return unpaired_share(share, first, second, dispersed(share, (first, second)))


def compare_share_of_pair(
    share: Share,
    first: Arm,
    second: Arm,
    unlike: Dispersion | None,
    confidence: float = 0.95,
    *,
    tested: bool = True,
) -> Difference:
    """The same for two of several arms, whose shifts are all `unlike` so much. Without `tested` the
    interval is wanted alone, and p may be missing."""
    common = match((first, second))
    if common.paired and share.whole_cycles:
        return paired_share(share, first, second, common, confidence)
    return unpaired_share(share, first, second, unlike, confidence, tested=tested)
