"""The policy of a shift, where it thinks: in this process, beside it, or behind an address."""

from contextlib import ExitStack

from ontakt.cli.options import ShiftOptions
from ontakt.cli.policies import build_policy
from ontakt.cli.remote import is_remote, policy_beside
from ontakt.contract import Policy, Station
from ontakt.station.registry import StationFile


def open_policy(
    options: ShiftOptions,
    file: StationFile,
    station: Station,
    stack: ExitStack,
) -> Policy:
    """The policy that `options` name; what it keeps open is closed with `stack`.

    On a wall clock it thinks in a process of its own: in a thread it would take the interpreter
    from the control loop. Raises as `build_policy`.
    """
    if options.clock == "wall" and not is_remote(options.policy):
        policy = policy_beside(options.policy, options.station, station)
    else:
        policy = build_policy(options.policy, file, station)
    close = getattr(policy, "close", None)
    if close is not None:
        stack.callback(close)
    return policy
