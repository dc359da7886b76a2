"""The report: one page for who runs a plant, then verdict, plan, answers, figures, definitions and
hashes for who has to defend it."""

from ontakt.evidence.report.page import RawFile, write_page, write_report

__all__ = ["RawFile", "write_page", "write_report"]
