"""Pictures of what went wrong with misaligned parts, one of each kind of failure."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from ontakt.contract.event import PictureTaken
from ontakt.evidence.draft import INSPECTION
from ontakt.evidence.envelope.band import AXIS
from ontakt.evidence.envelope.cell_run import CellRun
from ontakt.evidence.report.gallery import ESCAPED
from ontakt.evidence.report.pictures import Album, embed
from ontakt.evidence.shift_record import Failure

MOST = 6


class Shot(Struct, frozen=True, kw_only=True):
    """A picture of one failure."""

    mode: str
    value: float
    """Misalignment of the part, in the axis's own unit."""
    case: str
    """Cell, cycle and side, and what showed it."""
    uri: str


def shots(runs: Sequence[CellRun], albums: Mapping[str, Album]) -> tuple[Shot, ...]:
    """The first picture of every kind of failure on the ladder `runs`; `albums` are the cells'
    folders by cell. A part that passed as good is a kind of its own."""
    found: dict[str, Shot] = {}
    for run in runs:
        for failure in run.shift.failures:
            kind = ESCAPED if failure.signal == INSPECTION else failure.mode
            if kind in found:
                continue
            for taken in _pictures(run, failure, kind):
                uri = embed(albums.get(run.cell.name), taken.path)
                if uri is not None:
                    side = f", {failure.side}" if failure.side else ""
                    found[kind] = Shot(
                        mode=kind.replace("_", " ").replace("nok escaped", "passed as good"),
                        value=run.cell.at[AXIS],
                        case=f"{run.cell.name}, cycle {failure.cycle}{side}: {failure.signal}",
                        uri=uri,
                    )
                    break
    return tuple(found.values())[:MOST]


def _pictures(run: CellRun, failure: Failure, kind: str) -> list[PictureTaken]:
    """The cycle's pictures of this failure; those that name the side first."""
    taken = [p for p in run.shift.pictures if p.cycle == failure.cycle and kind in p.what]
    return sorted(taken, key=lambda p: (failure.side or "") not in p.what)
