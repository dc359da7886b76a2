"""What a process can do, without special rights, so that its control loop wakes in time."""

import ctypes
import gc
import os
import platform
import struct
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from ontakt.contract import SetupError

SLICE_NS = 100_000
"""The least slice that Linux grants."""
SWITCH_S = 0.0005
"""Seconds that another thread of Python keeps the interpreter while the loop waits for it; 5 ms
unless it is told."""

_CALLS = {"x86_64": 314, "aarch64": 274, "riscv64": 274}
"""Number of the system call sched_setattr by machine."""
_RESET_ON_FORK = 1
"""SCHED_FLAG_RESET_ON_FORK: threads and processes that begin later are like all others."""


PRIORITY = 10
"""Real-time priority of a loop that is given one, 1 to 99: above everything that has none."""


@contextmanager
def punctual(real_time: bool = False) -> Iterator[None]:
    """While this lasts, the calling thread is the control loop.

    - The scheduler is asked for a short slice (`short_slice`), or, where that is wanted, for a
      real-time priority, which needs the right to it. Threads and processes that begin meanwhile
      have neither.
    - What exists now is no longer looked through for garbage, which takes tens of milliseconds in a
      process that has loaded a simulation or a model; what is made later still is.
    - Other threads of this process give the interpreter back ten times as soon.

    None of the rest needs a right, and what a system does not know it goes without. Raises
    SetupError where `real_time` is not to be had.
    """
    switch = sys.getswitchinterval()
    undo = _real_time() if real_time else _short()
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(min(switch, SWITCH_S))
    try:
        yield
    finally:
        sys.setswitchinterval(switch)
        gc.unfreeze()
        undo()


def short_slice(nanoseconds: int = SLICE_NS) -> bool:
    """Ask for slices of `nanoseconds` for the calling thread, 0 for the usual ones; False where
    that cannot be asked for.

    Its share of the processor stays the same. But under Linux's EEVDF scheduler (6.12 and later) a
    thread that wakes takes the processor from one with longer slices at once; otherwise it may wait
    for the end of that one's slice, 3 or 4 ms. A thread that was given a real-time policy keeps it.
    """
    if sys.platform != "linux" or platform.machine() not in _CALLS:
        return False
    if os.sched_getscheduler(0) not in (os.SCHED_OTHER, os.SCHED_OTHER | os.SCHED_RESET_ON_FORK):
        return False
    nice = os.getpriority(os.PRIO_PROCESS, 0)
    # struct sched_attr: size, policy, flags, nice, priority, runtime, deadline, period, clamps
    asked = struct.pack(
        "=IIQiIQQQII", 56, os.SCHED_OTHER, _RESET_ON_FORK, nice, 0, nanoseconds, 0, 0, 0, 0
    )
    call = ctypes.CDLL(None).syscall
    return bool(call(_CALLS[platform.machine()], 0, asked, 0) == 0)


def _short() -> Callable[[], object]:
    return partial(short_slice, 0) if short_slice() else bool


def _real_time() -> Callable[[], object]:
    """Returns what ends it. Raises SetupError."""
    if sys.platform != "linux":
        raise SetupError("A real-time priority is known on Linux only; leave it out.")
    usual = os.SCHED_OTHER | os.SCHED_RESET_ON_FORK  # the flag stays: only root may clear it
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(PRIORITY))
    except PermissionError as error:
        raise SetupError(
            f"This user may not give a thread the real-time priority {PRIORITY}; allow it (rtprio "
            "in /etc/security/limits.conf, LimitRTPRIO= of a service), or leave it out."
        ) from error
    return partial(os.sched_setscheduler, 0, usual, os.sched_param(0))
