"""`ontakt bench runtime` from its command line: what it prints, not how fast the machine is."""

import json

import pytest

from ontakt.cli.main import run

SHORT = [
    "bench",
    "runtime",
    "--seconds",
    "0.5",
    "--think",
    "5",
    "--questions",
    "3",
    "--ticks",
    "60",
]


def test_one_part_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*SHORT, "--only", "strategies", "--json"]) == 0
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert list(found) == ["strategies"]
    assert set(found["strategies"][0]) == {"name", "tick", "ratio", "question", "landing"}
    assert err.splitlines()[0] == "bare loop"


@pytest.mark.slow
def test_all_parts_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*SHORT, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found) == ["jitter", "round_trip", "strategies"]
    ours, plain, _ = found["jitter"]["loops"]
    ratio = plain["lateness"]["p99"] / ours["lateness"]["p99"]
    assert found["jitter"]["plain_over_ours"] == pytest.approx(ratio)
    assert {"p50", "p95", "p99", "max"} == set(ours["lateness"])
    assert [each["questions"] for each in found["round_trip"]] == [3, 3]


@pytest.mark.slow
def test_all_parts_as_tables(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(SHORT) == 0
    out = capsys.readouterr().out
    for said in ("ours, in a thread", "640x480", "ensemble", "p99 of the plain loop over ours"):
        assert said in out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--seconds", "0"], "--seconds"),
        (["--seconds", "nan"], "--seconds"),
        (["--think", "0"], "--think"),
        (["--questions", "0"], "--questions"),
        (["--ticks", "1"], "--ticks"),
        (["--real-time", "--only", "strategies"], "--real-time"),
    ],
)
def test_nonsense_is_refused_in_one_line(
    options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["bench", "runtime", *options]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


def test_a_group_tells_what_is_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    for group, command in (("bench", "runtime"), ("policy", "parity")):
        with pytest.raises(SystemExit) as ended:
            run([group, "--help"])
        assert ended.value.code == 0
        assert command in capsys.readouterr().out
