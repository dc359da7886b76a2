"""How punctual the control loop was, in a line."""

import sys

from ontakt.runtime.lateness import LatenessFigures


def print_lateness(seen: LatenessFigures) -> None:
    """On stderr, so that what scripts read stays as it is."""
    if not seen.ticks:
        return
    p50, p99, most = (f"{1000 * s:.2f}" for s in (seen.p50, seen.p99, seen.max))
    print(
        f"ontakt: control ticks began late by p50 {p50}, p99 {p99}, max {most} ms; "
        f"{seen.over} of {seen.ticks} by more than {1000 * seen.limit:g} ms.",
        file=sys.stderr,
    )
