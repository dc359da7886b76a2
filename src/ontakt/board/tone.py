"""What a station says across the hall: one tone and one word for whatever state it is in.

Colours after IEC 60073: green is normal, yellow abnormal, red danger or down, blue asks a person to
act, grey has nothing to say. Each tone has a word and a shape too; colour alone says nothing to one
man in twelve. A call is no stop: the station may still be done within its pitch.
"""

from typing import Literal, get_args

from ontakt.contract import State

Tone = Literal["running", "slow", "call", "down", "idle", "lost"]
"""`lost` is the board's own: what it shows is no longer true."""
TONES: tuple[Tone, ...] = get_args(Tone)

Link = Literal["waiting", "live", "ended", "gone", "silent", "broken"]
"""What is known of the process that writes: nothing written yet, alive, ended as it should, gone
without an end, alive and silent for too long, or its record cannot be read."""

Help = Literal["raised", "acknowledged", "arrived"]
"""How far an open call has come."""

_SAFETY = {State.ABORTING, State.ABORTED, State.CLEARING}
_HELD = {State.HOLDING, State.HELD, State.UNHOLDING}
_SUSPENDED = {State.SUSPENDING, State.SUSPENDED, State.UNSUSPENDING}
_OVER = {State.COMPLETING, State.COMPLETE}
_CALLED = {"raised": "call", "acknowledged": "coming", "arrived": "person"}
_LOST = ("gone", "silent", "broken")


def tone_of(
    state: State,
    cause: str,
    attribution: str,
    link: Link = "live",
    *,
    call: Help | None = None,
    late: bool = False,
    long_stop: bool = False,
    reason: str | None = None,
) -> tuple[Tone, str]:
    """Tone and word (a key of the language files) of a station.

    `late` is true when the beat has passed and the part is still there, `long_stop` when a stop
    has outlasted the plant's limit for a minor one; `reason` is why the shift ended.
    """
    if link in _LOST:
        return "lost", link
    if link == "waiting":
        return "idle", "waiting"
    if link == "ended":
        return ("down" if reason == "halted" else "idle"), f"ended_{reason or 'planned'}"
    if state in _SAFETY or (attribution == "safety" and state is not State.EXECUTE):
        return "down", "aborted" if attribution == "robot" else "safety"
    if call is not None:
        return ("down", "standing") if late and call != "arrived" else ("call", _CALLED[call])
    return _uncalled(state, cause, attribution, late, long_stop)


def _uncalled(
    state: State, cause: str, attribution: str, late: bool, long_stop: bool
) -> tuple[Tone, str]:
    """The same where safety is content and nobody is called."""
    if state is State.EXECUTE:
        return ("slow", "late") if late else ("running", "running")
    if state in _HELD:
        return ("down" if long_stop else "slow"), "held"
    if state in _SUSPENDED:
        return "slow", "blocked" if cause == "blocked" or attribution == "downstream" else "starved"
    if state in _OVER:
        return "idle", "complete"
    if state in (State.STOPPED, State.STOPPING):
        return ("down" if attribution == "robot" else "idle"), "stopped"
    return "idle", "ready" if state is State.IDLE else "starting"
