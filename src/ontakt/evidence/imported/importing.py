"""From a foreign log to a folder that reports, figures and gates can be made of."""

from pathlib import Path

import numpy as np

from ontakt.contract import SetupError
from ontakt.evidence.imported.boundaries import (
    Places,
    check_numbers,
    check_times,
    names_of,
    shifts_of,
)
from ontakt.evidence.imported.fields import fields_of
from ontakt.evidence.imported.folder import Imported, digest_of, software, write_folder
from ontakt.evidence.imported.formats import open_log
from ontakt.evidence.imported.local import zone_of
from ontakt.evidence.imported.log import Log, read
from ontakt.evidence.imported.outcomes import alike, check_outcomes
from ontakt.evidence.imported.problems import Problems
from ontakt.evidence.imported.terms import Terms
from ontakt.evidence.imported.totals import check_totals
from ontakt.evidence.imported.words import Words

MOST_CYCLES = 10_000_000
"""Of one log: more would not fit into a desk's memory."""


def import_log(path: Path, folder: Path, terms: Terms) -> Imported:
    """Import the log in `path` into `folder`, which is new or empty; nothing is written unless all
    of it can be understood. Raises BadLog with a list of what is wrong, SetupError for the rest."""
    if terms.timezone is not None:
        zone_of(terms.timezone)
    table = open_log(path, terms.encoding)
    digest = digest_of(path)
    fields = fields_of(table.header, terms.columns, path.name)
    names = frozenset(field.column.name for field in fields)
    known, takt_s = terms.known(table.about.known, names), terms.beat(table.about.takt_s)
    problems = Problems(path.name)
    log = read(table, fields, terms.timezone, problems)
    shifts = shifts_of(log, terms.shift_gap_s)
    check_outcomes(log, problems)
    if "start" in names:
        check_times(log, problems)
    check_numbers(log, shifts, problems)
    check_totals(log, shifts, problems)
    problems.check()
    cycles = int(np.maximum(log.count("count"), 0).sum()) if "count" in names else len(log)
    if cycles > MOST_CYCLES:
        raise SetupError(f"{path.name} has {cycles} cycles; at most {MOST_CYCLES} can be imported.")
    return write_folder(
        folder,
        _in_order(log, shifts, path.stem),
        Imported(
            file=path.name,
            sha256=digest,
            kind=table.kind,
            columns={field.column.name: field.theirs for field in fields},
            ignored=tuple(
                name
                for place, name in enumerate(table.header)
                if name and place not in {field.place for field in fields}
            ),
            known=known,
            takt_s=takt_s,
            timezone=terms.timezone,
            shift_gap_s=terms.shift_gap_s,
            minor_stop_s=terms.minor_stop_s,
            rows=len(log),
            cycles=cycles,
            shifts=len(shifts),
            software=software(),
            cycles_sha256="",
            notes=table.about.notes,
            caveats=(*table.about.caveats, *alike(log)),
        ),
    )


def _in_order(log: Log, shifts: list[Places], file: str) -> Log:
    """`log` shift by shift, each under its name."""
    names = names_of(log, shifts, file)
    ordered = log.at(np.concatenate(shifts))
    codes = np.repeat(np.arange(len(shifts), dtype=np.int32), [len(places) for places in shifts])
    words = ordered.words | {"shift": Words(codes, tuple(names))}
    return Log(ordered.rows, ordered.values, words)
