"""What is ordered in which episode."""

from msgspec import Struct

from ontakt.contract import INSTRUCTIONS, UnknownName
from ontakt.contract.job import HELD_OUT, WORDINGS, Job

CANONICAL = INSTRUCTIONS["left", "right"]


class Order(Struct, frozen=True):
    """A job, and the words for it."""

    instruction: str
    job: Job


def find_order(text: str, index: int) -> Order:
    """The order of episode `index`: `text` itself where it is a wording that has a job; of `all`
    and `held-out` one of the wordings that models learn from, or that none does: the four jobs take
    turns, each with its wordings in turn. Raises UnknownName."""
    tables = {"all": WORDINGS, "held-out": HELD_OUT}
    if text in tables:
        table = tables[text]
        job = list(table)[index % len(table)]
        return Order(table[job][index // len(table) % len(table[job])], job)
    jobs = {words: job for table in tables.values() for job in table for words in table[job]}
    if text not in jobs:
        near = [*tables, *INSTRUCTIONS.values(), "any other wording of ontakt.contract.job"]
        raise UnknownName("instruction", text, near)
    return Order(text, jobs[text])


def mixes_jobs(text: str) -> bool:
    """True where `text` stands for orders of different jobs."""
    return text in ("all", "held-out")
