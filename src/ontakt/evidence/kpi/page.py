"""The page that documents every KPI, written from the definitions that compute them."""

from ontakt.contract import State
from ontakt.evidence.kpi import DEFINITIONS
from ontakt.evidence.time_elements import ATTRIBUTIONS, TABLE

_HEAD = """\
# KPIs

Every figure of a shift is folded from its events and carries its definition, source, number of
trials or events, exposure and interval. Unknown is "unknown", never 0. This page is written by
`python -m ontakt.evidence.kpi`; a test holds it against the code.

## What counts as what

* A cycle is *finished* when it ended, however it did. A cycle whose process was lost is `aborted`
  with the failure `cut`; it stands in the table of cycles and in no count of finished ones.
* Cycles *worked* are the finished ones that were neither starved nor blocked nor ended because a
  person wanted the shift to stop: those are not the robot's fault and leave its denominators, but
  their time stays in OEE. One that shift end overtook counts: it was late.
* A side is good when the inspector measured it so, on the robot's own work. `both_sides_ok` also
  wants that no person acted. Where nobody inspected, the result is unknown: it leaves the
  denominator and is counted in `unknown`.
* A *part came out* (PQ) of every cycle that the robot ended by itself, and of a blocked one when
  its part was inspected; it is good (GQ) when all its sides are. A part that a person finished or
  took away is none of the station's: its time is lost in availability (while the station was
  held) and effectiveness (while it worked). So no factor of OEE exceeds 1, but for the last part of
  a shift that was stopped or cut within its pitch.
* A *step-in* is a person who came and acted on the robot or its part; it counts in the cycle that
  called him. Several failures before he is out again are one. Who only refills a feeder is counted
  in `refills`.
* A failure is *recovered* when a recovery of its side succeeded after it and the inspector does
  not find that side bad.
* What the station believes and what the inspector finds are independent. It can be wrong in two
  ways, counted by side: `escapes` (passed, but bad) and `false_alarms` (given up, but good).
* Between the last event of a lost process and its resumption the station was down. The clock of
  a simulation stands still meanwhile, so there it is no time of the shift.

## Definitions

| KPI | unit | definition | source |
|---|---|---|---|
"""

_TIME = """
## Where time goes

Each tick of a shift is in one PackML state that somebody answers for. This table, after OPC 40001-1
Annex C, gives its ISO 22400-2 time element and its SEMI E10 state. AUPT = AUST + APT,
AUBT = AUPT + ADET, PBT = AUBT + ADOT = the whole shift. Idle and Complete that nobody answers for
are the wait for the beat, which takt has planned. Delays that touch and have one party to answer
for them are one stop; it is minor up to the plant's limit (`minor_stop_s`) and a breakdown beyond.
A cycle that merely takes longer than takt stays in APT and shows in effectiveness.

"""


def kpi_page() -> str:
    """The page as Markdown."""
    rows = (
        f"| `{kpi.name}` | {kpi.unit} | {kpi.definition} | {kpi.source} |" for kpi in DEFINITIONS
    )
    table = [
        f"| state | {' | '.join(ATTRIBUTIONS)} |",
        f"|---|{'---|' * len(ATTRIBUTIONS)}",
    ]
    for state in State:
        cells = ("/".join(TABLE[state, who]) for who in ATTRIBUTIONS)
        table.append(f"| {state.name.capitalize()} | {' | '.join(cells)} |")
    return _HEAD + "\n".join(rows) + "\n" + _TIME + "\n".join(table) + "\n"
