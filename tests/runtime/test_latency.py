"""Latency models read from text."""

from pathlib import Path

import numpy as np
import pytest

from ontakt.contract import BadValue, ticks_of
from ontakt.runtime import parse_latency


@pytest.mark.parametrize(
    ("text", "ticks"),
    [
        ("fixed:80ms", 3),
        ("fixed:0 s", 0),
        ("fixed:100ms", 3),
        ("fixed:1s", 30),
        ("fixed:80", 3),
        ("fixed:400", 12),
    ],
)
def test_a_fixed_latency_ignores_the_machine(text: str, ticks: int) -> None:
    latency = parse_latency(text)
    assert {ticks_of(latency.delay(m, i), 30) for m in (0.0, 9.0) for i in (0, 5)} == {ticks}
    assert latency.text == text


def test_a_normal_latency_is_drawn_from_the_seed() -> None:
    one, same, other = (parse_latency("normal:80,20ms", seed) for seed in (1, 1, 2))
    drawn = [one.delay(0.0, i) for i in range(2000)]
    assert drawn == [same.delay(9.0, i) for i in range(2000)]
    assert drawn != [other.delay(0.0, i) for i in range(2000)]
    assert np.mean(drawn) == pytest.approx(0.08, abs=0.002)
    assert np.std(drawn) == pytest.approx(0.02, abs=0.001)
    assert min(parse_latency("normal:10,100", 3).delay(0.0, i) for i in range(100)) == 0.0


def test_measured_is_the_machine() -> None:
    latency = parse_latency("measured")
    assert [latency.delay(m, 3) for m in (0.01, 0.2)] == [0.01, 0.2]


def test_a_trace_repeats(tmp_path: Path) -> None:
    file = tmp_path / "gpu.csv"
    file.write_text("# ms on a GPU\n80, 90\n\n100.5  # a hiccup\n")
    latency = parse_latency(f"trace:{file}")
    found = [latency.delay(0.0, index) for index in range(5)]
    assert found == pytest.approx([0.08, 0.09, 0.1005, 0.08, 0.09])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "fast",
        "fixed",
        "fixed:",
        "fixed:-1ms",
        "fixed:-1",
        "fixed:nan",
        "normal:80",
        "normal:80,-1",
        "normal:80,5,5",
        "fixed:80 mm",
        "measured:2",
        "trace:",
    ],
)
def test_anything_else_is_one_line_that_says_what_was_read(text: str) -> None:
    with pytest.raises(BadValue) as caught:
        parse_latency(text)
    told = str(caught.value)
    assert "\n" not in told
    assert told.startswith("latency is ")


@pytest.mark.parametrize(
    ("content", "place"), [("80\n-3\n", ":2"), ("80\nms\n", ":2"), ("#\n", "")]
)
def test_a_bad_trace_names_its_line(tmp_path: Path, content: str, place: str) -> None:
    file = tmp_path / "trace.txt"
    file.write_text(content)
    with pytest.raises(BadValue, match=f"trace.txt{place}"):
        parse_latency(f"trace:{file}")


def test_a_missing_trace_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadValue, match="nowhere"):
        parse_latency(f"trace:{tmp_path / 'nowhere'}")
