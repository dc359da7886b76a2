"""Up to where a station works: ladders over every axis of variation, points over all of them, and
limits that are shown with a stated confidence.

`Design.new` decides which cycles to work, `CellRun` folds one cell's events, `conclude` reads them
all, `sentences` says it in words, `write_envelope` writes numbers, pages and plot.
"""

from ontakt.evidence.envelope.band import Band, Cost, Detection
from ontakt.evidence.envelope.cell_run import CellRun, Row
from ontakt.evidence.envelope.design import Cell, Design, Ladder
from ontakt.evidence.envelope.envelope import Envelope, LadderReading, conclude
from ontakt.evidence.envelope.interaction import Corner, Effect, Interaction, SpaceReading
from ontakt.evidence.envelope.limit import RULE, Limit
from ontakt.evidence.envelope.page import MISALIGNED, told, write_envelope
from ontakt.evidence.envelope.rung import Median, Rung
from ontakt.evidence.envelope.span import Span
from ontakt.evidence.envelope.wording import misaligned_sentence, sentences, split

__all__ = [
    "MISALIGNED",
    "RULE",
    "Band",
    "Cell",
    "CellRun",
    "Corner",
    "Cost",
    "Design",
    "Detection",
    "Effect",
    "Envelope",
    "Interaction",
    "Ladder",
    "LadderReading",
    "Limit",
    "Median",
    "Row",
    "Rung",
    "SpaceReading",
    "Span",
    "conclude",
    "misaligned_sentence",
    "sentences",
    "split",
    "told",
    "write_envelope",
]
