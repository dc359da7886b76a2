"""`ontakt plan-test`: what cannot be planned is refused in one line, and nothing is written."""

from pathlib import Path

import pytest

from ontakt.cli.main import run


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("", "What is to be shown? Give --reliability 0.99, or --gate scheduled."),
        ("--reliability 1", "reliability is 1.0; it lies between 0 and 1"),
        ("--reliability 0", "reliability is 0.0; it lies between 0 and 1"),
        ("--reliability nan", "reliability is nan; it lies between 0 and 1"),
        ("--reliability 99", "reliability is 99.0; it lies between 0 and 1"),
        ("--reliability 0.99999999", "a test has at most 10,000,000 cycles"),
        ("--reliability 0.99 --confidence 1", "confidence is 1.0; it lies between 0.5"),
        ("--reliability 0.99 --confidence 0", "confidence is 0.0; it lies between 0.5"),
        ("--reliability 0.99 --confidence nan", "confidence is nan; it lies between 0.5"),
        ("--reliability 0.99 --failures -1", "failures is -1; a test allows 0 to 100"),
        ("--reliability 0.99 --failures 101", "failures is 101; a test allows 0 to 100"),
        ("--reliability 0.99 --takt 0", "takt is 0.0; it is longer than 0 seconds"),
        ("--reliability 0.99 --takt nan", "takt is 'nan'; a time is a number with one of"),
        ("--reliability 0.99 --takt 76m", "takt is '76m'; a time is a number with one of"),
        ("--reliability 0.99 --takt=-5s", "takt is -5.0; it is longer than 0 seconds"),
        ("--reliability 0.99 --true 1.2", "true success is 1.2; it lies between 0 and 1"),
        ("--reliability 0.99 --true nan", "true success is nan; it lies between 0 and 1"),
        ("--reliability 0.99 --shift-hours 0", "shift hours is 0.0; it is longer than 0 hours"),
        ("--reliability 0.99 --shift-hours nan", "shift hours is nan; it is longer than 0"),
        ("--reliability 0.99 --mtba 0", "mtba is 0.0; it is longer than 0 hours"),
        ("--reliability 0.99 --mtba 8d", "mtba is '8d'; a time is a number with one of"),
        ("--reliability 0.99 --true-mtba 8h", "true mtba is 8.0; it says nothing without mtba"),
        ("--gate schedule", "Unknown gate 'schedule'. Did you mean 'scheduled'?"),
        ("--gate scheduled --failures 0", "sample of its own; leave --failures 0 out"),
        ("--gate scheduled --reliability 0.9", "sample of its own; leave --reliability 0.9 out"),
        ("--gate scheduled --takt 0", "takt is 0.0; it is longer than 0 seconds"),
        ("--gate scheduled --takt 1", "cannot show 4 h between assists"),
    ],
)
def test_it_is_refused_in_one_line(
    words: str,
    message: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["plan-test", *words.split()]) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("mine")
    assert run(["plan-test", "--reliability", "0.99", "--out", str(tmp_path / "file")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "plan-test.html: cannot be written" in line
