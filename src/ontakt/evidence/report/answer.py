"""One answer to one question of a plant."""

from msgspec import Struct

NOT_MEASURED = "not measured in this shift"


class Answer(Struct, frozen=True, kw_only=True):
    """One question with its answer in a figure and in one to three sentences."""

    topic: str
    question: str
    figure: str
    sentences: tuple[str, ...]
    measured: bool = True


def unmeasured(topic: str, question: str, *why: str) -> Answer:
    """The honest answer to what these shifts say nothing about, and why."""
    return Answer(
        topic=topic, question=question, figure=NOT_MEASURED, sentences=why, measured=False
    )
