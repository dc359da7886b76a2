"""A real server, a real socket, a few questions."""

from ontakt.runtime.bench.round_trip import SIZES, round_trips


def test_every_size_is_asked_and_told() -> None:
    found = round_trips(3)
    assert [(each.width, each.height) for each in found] == list(SIZES)
    for each in found:
        assert each.views == 3
        assert each.pixels_bytes == 9 * each.width * each.height
        assert each.questions == 3
        assert 0 < each.ms.p50 <= each.ms.p99 <= each.ms.max
        assert each.cpu_ms.p50 > 0
