"""What latency costs a station: strategies by latencies on the same parts, judged by a stated rule.

`CellRun` folds one cell's events, `conclude` compares and judges them, `finding` says it in three
sentences, `write_study` writes numbers, page and plot.
"""

from ontakt.evidence.latency_study.bearing import RULE, Bearing, Verdict
from ontakt.evidence.latency_study.cell import Cell
from ontakt.evidence.latency_study.cell_run import CellRun
from ontakt.evidence.latency_study.comparison import Comparison
from ontakt.evidence.latency_study.estimate import Estimate
from ontakt.evidence.latency_study.page import write_study
from ontakt.evidence.latency_study.sentence import bearing_line, finding, milliseconds
from ontakt.evidence.latency_study.study import Judged, Refused, Study, conclude

__all__ = [
    "RULE",
    "Bearing",
    "Cell",
    "CellRun",
    "Comparison",
    "Estimate",
    "Judged",
    "Refused",
    "Study",
    "Verdict",
    "bearing_line",
    "conclude",
    "finding",
    "milliseconds",
    "write_study",
]
