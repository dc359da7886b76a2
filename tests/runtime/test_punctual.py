"""What `punctual` changes is changed back, and holds for its own thread alone."""

import gc
import os
import platform
import sys
import threading
from pathlib import Path

import pytest

from ontakt.contract import SetupError
from ontakt.runtime.punctual import SLICE_NS, SWITCH_S, punctual, short_slice

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="Linux's scheduler")


def _slice_ns() -> int | None:
    """What the kernel says of the calling thread; None where it does not say, or cannot."""
    try:
        text = Path(f"/proc/self/task/{threading.get_native_id()}/sched").read_text()
    except OSError:
        return None
    found = [line.split(":")[1] for line in text.splitlines() if line.startswith("se.slice")]
    release = tuple(int(part) for part in platform.release().split(".")[:2])
    return int(found[0]) if found and release >= (6, 12) else None


def test_everything_is_as_before_when_it_ends_even_by_an_error() -> None:
    before = (sys.getswitchinterval(), gc.get_freeze_count(), gc.isenabled())

    def loop() -> None:
        with punctual():
            assert sys.getswitchinterval() == pytest.approx(SWITCH_S)
            assert gc.get_freeze_count() > 1000
            assert gc.isenabled()
            raise KeyError

    with pytest.raises(KeyError):
        loop()
    assert (sys.getswitchinterval(), gc.get_freeze_count(), gc.isenabled()) == before


def test_an_interpreter_that_switches_sooner_stays_so() -> None:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with punctual():
            assert sys.getswitchinterval() == pytest.approx(1e-5)
    finally:
        sys.setswitchinterval(usual)


@LINUX
@pytest.mark.skipif(_slice_ns() is None, reason="a kernel that tells and grants slices")
def test_the_loop_has_a_short_slice_and_threads_that_begin_meanwhile_have_not() -> None:
    found: dict[str, int | None] = {}

    def loop() -> None:
        found["before"] = _slice_ns()
        with punctual():
            found["loop"] = _slice_ns()
            other = threading.Thread(target=lambda: found.update(other=_slice_ns()))
            other.start()
            other.join()
        found["after"] = _slice_ns()

    thread = threading.Thread(target=loop)  # the main thread's flags stay what they are
    thread.start()
    thread.join()
    assert found["loop"] == SLICE_NS
    assert found["before"] == found["other"] == found["after"] != SLICE_NS


@LINUX
def test_niceness_stays() -> None:
    found: list[tuple[int, int]] = []

    def loop() -> None:
        os.setpriority(os.PRIO_PROCESS, 0, 3)  # of this thread
        short_slice()
        inside = os.getpriority(os.PRIO_PROCESS, 0)
        short_slice(0)
        found.append((inside, os.getpriority(os.PRIO_PROCESS, 0)))

    thread = threading.Thread(target=loop)
    thread.start()
    thread.join()
    assert found == [(3, 3)]


@LINUX
def test_a_real_time_priority_is_had_for_as_long_as_asked_or_refused_in_one_line() -> None:
    found: list[object] = []

    def loop() -> None:
        try:
            with punctual(real_time=True):
                found.append(os.sched_getscheduler(0) & 7)
        except SetupError as error:
            found.append(error)
        found.append(os.sched_getscheduler(0) & 7)

    thread = threading.Thread(target=loop)
    thread.start()
    thread.join()
    inside, after = found
    assert after == os.SCHED_OTHER
    if isinstance(inside, SetupError):
        assert "rtprio" in str(inside)
        assert "\n" not in str(inside)
    else:
        assert inside == os.SCHED_FIFO
