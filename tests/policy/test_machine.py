import sys

import pytest
import torch

from ontakt.policy.bench.machine import device_name, peak_memory, resident


@pytest.mark.skipif(sys.platform == "win32", reason="Windows tells no peak")
def test_the_peak_is_counted_from_what_was_there_before() -> None:
    before = resident()
    assert before is not None
    assert before > 10_000_000  # Python with torch
    cpu = torch.device("cpu")
    assert (peak_memory(cpu, before - 4096) or 0) >= 4096
    assert peak_memory(cpu, None) is None


def test_the_processor_has_a_name() -> None:
    assert device_name(torch.device("cpu"))
