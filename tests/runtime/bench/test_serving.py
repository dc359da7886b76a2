"""The fake policy in a process of its own answers as the same one here."""

import os

import msgspec
import numpy as np
import pytest

from ontakt.contract import INSTRUCTIONS, SIDES
from ontakt.runtime.bench.serving import VIEWS, client_of, policy_of, policy_process, station_of


def test_the_process_serves_what_policy_of_makes_and_ends_with_its_starter() -> None:
    station = station_of(16, 12)
    seen = msgspec.structs.replace(
        station.observe(7, 0, VIEWS), job=SIDES, instruction=INSTRUCTIONS[SIDES]
    )
    assert {image.shape for image in seen.images.values()} == {(12, 16, 3)}
    with policy_process(0.0, 16, 12) as process:
        client = client_of(process, station)
        try:
            assert client.spec.cameras == VIEWS
            answer = client.infer(seen)
        finally:
            client.close()
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)
    here = policy_of(station, 0.0).infer(seen)
    assert answer.observed_tick == here.observed_tick == 7
    np.testing.assert_allclose(answer.targets, here.targets, atol=1e-6)
