"""A qualification from its registration to its verdict."""

import sys
from itertools import chain
from pathlib import Path

import msgspec

from ontakt.cli.fleet.claim import claimed
from ontakt.cli.fleet.experiment import work_orders
from ontakt.cli.fleet.fleet import find_fleet
from ontakt.cli.folder import REPORT
from ontakt.cli.qualification.enrolment import VERDICT, Enrolment, registration
from ontakt.cli.qualification.telling import print_judgement, told
from ontakt.cli.qualification.trial_run import TrialRun
from ontakt.contract import Readiness
from ontakt.evidence.gate.qualification import Qualification, ReadShift
from ontakt.evidence.gate.registration import Registration
from ontakt.evidence.report import write_report
from ontakt.evidence.store import open_store

STOPPED = 130
EXIT = {Readiness.READY: 0, Readiness.NOT_READY: 1, Readiness.NOT_ENOUGH_DATA: 1}
"""Exit codes of the verdicts."""


def qualify(
    enrolment: Enrolment,
    command: tuple[str, ...],
    out: Path | None,
    fleet: str,
    jobs: int | None,
    *,
    as_json: bool,
) -> int:
    """Seal the plan, work its shifts until the gate has decided, write the report and tell the
    verdict. Returns the exit code; a plan that was stopped is judged by what there is.

    Raises SetupError and HaltError as `work_orders`; what is complete is kept in every case.
    """
    workers = find_fleet(fleet, jobs)
    folder = out or enrolment.folder()
    sealed = registration(folder, enrolment, command)
    run = TrialRun(sealed.registered, enrolment.orders)
    stopped = False
    with claimed(folder, {"seal": sealed.seal}, "qualification"):
        sealed.write(folder)
        print(
            f"registered {sealed.seal[:12]}: {enrolment.registered.plan.gate}, "
            f"{len(enrolment.orders)} shifts, {enrolment.registered.plan.all_cycles} cycles",
            file=sys.stderr,
            flush=True,
        )
        try:
            work_orders(folder, enrolment.orders, workers, enough=run.enough).whole()
        except KeyboardInterrupt:
            stopped = True
        judgement = run.judgement
        said = told(sealed, judgement, folder)
        if run.read:
            said["report"] = str(_write_page(folder, sealed, run, stopped))
        (folder / VERDICT).write_bytes(msgspec.json.format(msgspec.json.encode(said)) + b"\n")
    if as_json:
        print(msgspec.json.encode(said).decode(), flush=True)
    else:
        print_judgement(sealed, judgement, said)
    return STOPPED if stopped else EXIT[judgement.verdict.readiness]


def _write_page(folder: Path, sealed: Registration, run: TrialRun, stopped: bool) -> Path:
    """The report of the shifts that were read, with the plan that they are judged by."""
    records, folders, read = [], {}, []
    for order, kept in run.read:
        with open_store(kept.store) as store:
            shift = store.find().shift
            folders[shift] = folder / order.name
            records.append(list(store.records(shift)))
        read.append(ReadShift(shift=shift, cell=" ".join(order.options.variation)))
    return write_report(
        chain.from_iterable(records),
        folder / REPORT,
        folders,
        qualification=Qualification(registration=sealed, read=tuple(read), stopped=stopped),
    )
