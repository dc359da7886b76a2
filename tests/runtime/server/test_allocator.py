"""Memory that is kept costs no page faults when it is needed again."""

import platform
import subprocess
import sys

import pytest

COUNT = """
import resource
from ontakt.runtime.server import keep_freed_memory

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(100):
        images = [bytes(150_528) + b"x" for _ in range(3)]
        del images
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

if {keep}:
    assert keep_freed_memory()
faults()
print(faults())
"""


def faults(keep: bool) -> int:
    """Page faults of a hundred requests' images, in a process of its own."""
    command = [sys.executable, "-c", COUNT.replace("{keep}", str(keep))]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="mallopt is glibc's")
def test_buffers_of_images_are_kept_from_request_to_request() -> None:
    assert faults(keep=True) < 100
    assert faults(keep=False) > 1000
