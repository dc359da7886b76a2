"""`ontakt import`, and what the other commands make of its folder."""

import json
from pathlib import Path

import pytest
from tests.evidence.imported.logs import GOOD, log_of

from ontakt.cli.main import run

GERMAN = (
    "\ufeffNr;Beginn;Dauer (ms);links;rechts\r\n"
    "1;02.03.2026 09:00:00;60500,5;i.O.;i.O.\r\n"
    "2;02.03.2026 09:01:16;61500;i.O.;n.i.O.\r\n"
)
MAPS = ["cycle=Nr", "start=Beginn", "cycle_s=Dauer (ms):ms", "left_ok=links", "right_ok=rechts"]


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "log.csv"
    path.write_text(GOOD)
    return path


def said(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    """What a command prints as its last line, in JSON."""
    assert run(list(words)) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert isinstance(found, dict)
    return found


def test_it_tells_what_was_imported(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = said(capsys, "import", str(log), "--out", "cell", "--takt", "76", "--json")
    assert told == {
        "shifts": 1,
        "cycles": 2,
        "good": 1,
        "unknown": 0,
        "hours": pytest.approx(137.5 / 3600),
        "folder": "cell",
    }


def test_on_a_terminal_it_says_what_is_missing_and_what_is_next(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log.write_text(GOOD.replace("right_ok", "right_ok,step_in,x").replace("true\n", "true,0,0\n")
                   .replace("false\n", "false,0,0\n"))  # fmt: skip
    assert run(["import", str(log), "--out", "cell"]) == 0
    out = capsys.readouterr().out
    assert "2, 1 good, 0 of unknown result" in out
    assert "step_in (meant step_ins?), x" in out
    assert "when a person stepped in" in out
    assert "Next: ontakt report cell" in out


def test_hours_that_nobody_wrote_down_are_null(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log.write_text("count,ok\n128,true\n14,false\n3,\n")
    told = said(capsys, "import", str(log), "--out", "cell", "--json")
    assert (told["cycles"], told["good"], told["unknown"]) == (145, 128, 3)
    assert told["hours"] is None


@pytest.mark.parametrize("how", ["map", "mapping", "both"])
def test_columns_are_mapped_by_option_or_by_file(
    how: str, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log.write_text(GERMAN)
    lines = [f'{pair.partition("=")[0]} = "{pair.partition("=")[2]}"' for pair in MAPS]
    (tmp_path / "map.toml").write_text("[columns]\n" + "\n".join(lines))
    words = {
        "map": [word for pair in MAPS for word in ("--map", pair)],
        "mapping": ["--mapping", "map.toml"],
        "both": ["--mapping", "map.toml", "--map", "cycle=Nr"],
    }[how]
    given = ["import", "log.csv", "--out", "cell", "--timezone", "Europe/Berlin", "--json"]
    told = said(capsys, *given, *words)
    assert (told["cycles"], told["good"]) == (2, 1)
    assert (tmp_path / "cell" / "cycles.csv").read_text().splitlines()[1] == (
        "log,1,2026-03-02T08:00:00.000Z,60.5005,true,true"
    )


def test_a_report_a_table_and_a_proof_come_from_its_folder(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said(capsys, "import", str(log), "--out", "cell", "--json")
    told = said(capsys, "report", "cell", "--json")
    assert (told["cycles"], told["step_ins"], told["report"]) == (2, None, "cell/report.html")
    assert run(["report", "cell", "--out", "cell/again.html"]) == 0
    assert run(["cycles", "cell", "--format", "csv"]) == 0
    assert "log,2,,76000" in capsys.readouterr().out
    assert run(["verify", "cell/report.html"]) == 0


def test_a_real_cell_is_held_against_a_gate(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Afterwards: the words say that nobody registered it, on the terminal, in JSON and on the
    page."""
    said(capsys, "import", str(log), "--out", "cell", "--takt", "76", "--json")
    told = said(capsys, "report", "cell", "--gate", "supervised", "--json")
    held = told["held"]
    assert isinstance(held, dict)
    assert (held["gate"], held["verdict"]) == ("supervised", "NOT ENOUGH DATA")
    assert (held["cycles"], held["good"], held["shifts"]) == (2, 1, 1)
    assert [one["requirement"] for one in held["findings"]][:2] == [
        "both sides good",
        "within takt",
    ]
    assert held["reason"].endswith("this is no acceptance.")
    assert run(["report", "cell", "--gate", "supervised"]) == 0
    out = capsys.readouterr().out
    assert "NOT ENOUGH DATA" in out
    assert "this is no acceptance" in out
    assert "this is no acceptance" in Path("cell/report.html").read_text()
    assert run(["verify", "cell/report.html"]) == 0
    assert run(["report", "cell"]) == 0
    assert "this is no acceptance" not in Path("cell/report.html").read_text()


def test_shifts_of_a_folder_below_shifts_are_found_by_name(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log.write_text(log_of("1,2026-03-02T06:00:00Z,60,1,1", "2,2026-03-03T06:00:00Z,60,1,0"))
    said(capsys, "import", str(log), "--out", "shifts/cell-7", "--json")
    rows = {
        name: _cycles(capsys, "cell-7", "--id", f"log 2026-03-0{name}T06:00Z") for name in (2, 3)
    }
    assert [row["right_ok"] for row in rows[2]] == [True]
    assert _cycles(capsys, "cell-7") == rows[3]


def _cycles(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, object]]:
    assert run(["cycles", *words, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, list)
    return found


def test_a_bad_log_is_one_list_and_leaves_nothing(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log.write_text(log_of("1,never,60,1,1", "1,2026-03-02T06:00:00Z,0,1,\x1b[31mred"))
    assert run(["import", str(log), "--out", "deep/cell"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    lines = captured.err.splitlines()
    assert lines[0] == "ontakt: log.csv cannot be imported:"
    assert [line[:9] for line in lines[1:]] == ["  row 2: ", "  row 3: ", "  row 3: ", "  row 3: "]
    assert "\x1b" not in captured.err
    assert [path.name for path in tmp_path.iterdir()] == ["log.csv"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            "import nowhere.csv --out cell",
            "nowhere.csv: cannot be read (No such file or directory)",
        ),
        ("import log.csv --out .", ". is there already and not empty; choose another --out."),
        ("import log.csv --out cell --takt 0", "--takt is 0.0; takt is from 0.001"),
        ("import log.csv --out cell --takt nan", "--takt is nan; takt is from 0.001"),
        ("import log.csv --out cell --map cycle", "--map is 'cycle'; it is as cycle_s=Dauer"),
        ("import log.csv --out cell --map a=b", "Unknown column 'a'."),
        ("import log.csv --out cell --map cycle=a --map cycle=b", "'cycle' is mapped twice"),
        ("import log.csv --out cell --mapping no.toml", "no.toml: cannot be read"),
        ("import log.csv --out cell --mapping log.csv", "log.csv: is no mapping of columns"),
        ("import log.csv --out cell --shift-gap 2", "--shift-gap is '2'; a time is a number with"),
        ("import log.csv --out cell --minor-stop soon", "--minor-stop is 'soon'; a time is"),
        ("import log.csv --out cell --timezone Mars", "--timezone is 'Mars'; a zone is as"),
    ],
)
def test_it_is_refused_in_one_line(
    words: str, message: str, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words.split()) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""
    assert [path.name for path in tmp_path.iterdir()] == ["log.csv"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("report cell --out away.html", "the page of an imported log lies in cell"),
        ("report cell --id log", "is reported as a whole; leave --id out"),
        ("report cell --gate shceduled", "Did you mean 'scheduled'?"),
        ("report cell --gate demo --plan x.toml", "exclude each other"),
        ("report cell --plan none.toml", "none.toml: cannot be read"),
        ("cycles cell --id lag", "Unknown shift 'lag'. Did you mean 'log'?"),
    ],
)
def test_what_its_folder_cannot_do_is_said(
    words: str, message: str, log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said(capsys, "import", str(log), "--out", "cell", "--json")
    assert run(words.split()) == 2
    assert message in capsys.readouterr().err


def test_a_folder_that_was_changed_is_refused(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said(capsys, "import", str(log), "--out", "cell", "--json")
    cycles = tmp_path / "cell" / "cycles.csv"
    cycles.write_text(cycles.read_text().replace("false", "true"))
    for command in ("report", "cycles"):
        assert run([command, "cell"]) == 2
        assert "is not the file that import.json names" in capsys.readouterr().err
