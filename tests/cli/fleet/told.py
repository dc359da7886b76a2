"""What an experiment's shifts tell."""

from pathlib import Path

from ontakt.contract.event import Event
from ontakt.evidence.store import open_store


def told_by(folder: Path) -> dict[str, list[tuple[int, int, Event]]]:
    """All events of each shift with their numbers and ticks; only the time of day is left out."""
    told = {}
    for path in sorted((folder / "shifts").glob("*/events.db")):
        with open_store(path) as store:
            heap = store.records(store.find().shift)
            told[path.parent.name] = [(one.seq, one.tick, one.event) for one in heap]
    return told
