"""Bad logs: one list of what is wrong, with row numbers, and nothing imported."""

import sys
from pathlib import Path

import pytest
from tests.evidence.imported.logs import FIRST, GOOD, HEAD, log_of, refused

from ontakt.contract import BadValue, MissingExtra, RecordError, SetupError, UnknownName
from ontakt.evidence.imported import Terms, import_log

SECOND = "2,2026-03-02T08:01:16Z"
TIME = (
    "a time is as 2026-03-02T08:00:00+01:00, 2026-03-02 08:00:00, 02.03.2026 08:00:00, "
    "or seconds since 1970"
)
RESULT = "a result is true or false, 1 or 0, ok or nok, or empty for unknown"
OUTCOMES = "on_takt, late, nok_detected, nok_escaped, assisted, aborted, starved, blocked"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([FIRST, "1,2026-03-02T08:01:16Z,60,1,1"],
         ["row 3: cycle 1 of this shift stands in row 2 already"]),
        (["7,2026-03-02T08:00:00Z,60,1,1", "6,2026-03-02T08:01:16Z,60,1,1"],
         ["row 3: cycle 6 comes after cycle 7; numbers ascend"]),
        ([f"{SECOND},-3,1,1"], ["row 2: cycle_s is '-3'; it is over 0"]),
        ([f"{SECOND},0,1,1"], ["row 2: cycle_s is '0'; it is over 0"]),
        ([f"{SECOND},nan,1,1"], ["row 2: cycle_s is 'nan'; it is a number"]),
        ([f"{SECOND},inf,1,1"], ["row 2: cycle_s is 'inf'; it is a number"]),
        ([f"{SECOND},1e300,1,1"], ["row 2: cycle_s is '1e300'; it is at most 1e+06"]),
        ([f"{SECOND},soon,1,1"], ["row 2: cycle_s is 'soon'; it is a number"]),
        (["1.5,2026-03-02T08:00:00Z,60,1,1"], ["row 2: cycle is '1.5'; it is a whole number"]),
        (["-1,2026-03-02T08:00:00Z,60,1,1"], ["row 2: cycle is '-1'; it is at least 0"]),
        ([",2026-03-02T08:00:00Z,60,1,1"], ["row 2: cycle is empty"]),
        (["1,,60,1,1"], ["row 2: start is empty"]),
        (["1,yesterday,60,1,1"], [f"row 2: start is 'yesterday'; {TIME}"]),
        (["1,2026-02-30T08:00:00Z,60,1,1"], [f"row 2: start is '2026-02-30T08:00:00Z'; {TIME}"]),
        (["1,20260302080000,60,1,1"], [f"row 2: start is '20260302080000'; {TIME}"]),
        ([FIRST, "2,2026-03-02T08:00:30Z,60,1,1"],
         ["row 3: starts 30 s before the cycle of row 2 has ended"]),
        ([FIRST, "2,2026-03-02T07:00:00Z,60,1,1"],
         ["row 3: starts before row 2, which stands above it"]),
        ([FIRST, "2,2026-03-02T08:01:16,60,1,1"],
         ["row 3: start is without a time zone, row 2 is with a time zone"]),
        ([FIRST, "2,1772438476,60,1,1"],
         ["row 3: start is as a number, row 2 is with a time zone"]),
        ([f"{SECOND},60,maybe,1"], [f"row 2: left_ok is 'maybe'; {RESULT}"]),
        ([FIRST, f"{SECOND},60,1"], ["row 3: has 4 cells, the header has 5"]),
        ([FIRST, f"{SECOND},60,1,1,"], ["row 3: has 6 cells, the header has 5"]),
        (['1,2026-03-02T08:00:00Z,"1,234",1,1'], ["row 2: cycle_s is '1,234'; it is a number"]),
        ([FIRST, '2,"2026,60,1,1'],
         ["row 3: cannot be read as CSV (unexpected end of data)"]),
        ([], ["row 1: is all there is: no cycle below the header"]),
    ],
)  # fmt: skip
def test_it_is_said_by_row(rows: list[str], said: list[str], tmp_path: Path) -> None:
    lines = refused(tmp_path, log_of(*rows))
    assert lines == ("log.csv cannot be imported:", *said)


@pytest.mark.parametrize(
    ("more", "cells", "said"),
    [
        ("outcome", "fine", f"outcome is 'fine'; it is one of {OUTCOMES}"),
        ("outcome", "nok_escaped", "outcome is 'nok_escaped', but every result is good"),
        ("outcome,step_ins", "assisted,0", "outcome is 'assisted', but step_ins is 0"),
        ("outcome,step_ins", "late,1", "outcome is 'late', but a person stepped in"),
        ("step_ins", "-2", "step_ins is '-2'; it is at least 0"),
        ("stop_ms,stop_by", "2e9,robot", "stop_ms is '2e9'; it is at most 1e+09"),
        ("stop_s,stop_by", "10,weather", "stop_by is 'weather'; it is one of robot, upstream, "
         "part, downstream, person, operator, safety"),
        ("failure", "cut", "failure is 'cut', which means here that the shift ended in the cycle; "
         "reword it"),
        ("end", "2026-03-02T07:59:59Z", "end is not after start"),
        ("end", "2026-03-02T08:00:30Z", "end is 30 s before the cycle_s of 60 s has passed"),
        ("end", "2026-03-02T08:02:00", "end has no time zone; say which, as --timezone "
         "Europe/Berlin"),
        ("left_offset_mm", "-1", "left_offset_mm is '-1'; it is at least 0"),
    ],
)  # fmt: skip
def test_so_are_optional_columns(more: str, cells: str, said: str, tmp_path: Path) -> None:
    lines = refused(tmp_path, log_of(f"{FIRST},{cells}", head=f"{HEAD},{more}"))
    assert lines == ("log.csv cannot be imported:", f"row 2: {said}")


def test_a_contradiction_with_a_side_is_said(tmp_path: Path) -> None:
    lines = refused(
        tmp_path,
        log_of("1,2026-03-02T08:00:00Z,60,true,false,on_takt", head=f"{HEAD},outcome"),
    )
    assert lines[1] == "row 2: outcome is 'on_takt', but a result is bad"


def test_a_stop_longer_than_its_time_is_said(tmp_path: Path) -> None:
    rows = (f"{FIRST},100,robot", "2,2026-03-02T08:01:16Z,60,1,1,0,")
    lines = refused(tmp_path, log_of(*rows, head=f"{HEAD},stop_s,stop_by"))
    assert lines[1] == "row 2: stop_s is longer than the time to the next start, in row 3"


def test_local_time_needs_a_zone(tmp_path: Path) -> None:
    lines = refused(tmp_path, GOOD.replace("Z", ""))
    assert lines[1:] == ("row 2: start has no time zone; say which, as --timezone Europe/Berlin",)


def test_an_hour_that_did_not_exist(tmp_path: Path) -> None:
    lines = refused(tmp_path, log_of("1,2026-03-29 02:30:00,60,1,1"), timezone="Europe/Berlin")
    assert lines[1:] == (
        "row 2: start is in an hour that Europe/Berlin did not have that day: clocks went forward",
    )


def test_points_and_commas_in_one_log(tmp_path: Path) -> None:
    rows = ("1;2026-03-02T08:00:00Z;60,5;1;1", "2;2026-03-02T08:01:16Z;60.5;1;1")
    lines = refused(tmp_path, log_of(*rows, head=HEAD.replace(",", ";")))
    assert lines[1:] == ("row 3: has a decimal point, row 2 a decimal comma",)


def test_rows_are_counted_as_an_editor_does(tmp_path: Path) -> None:
    """A cell that breaks a line, blank lines, and cells without a word."""
    rows = (f'{FIRST},"two\nlines"', "", ",,,,,", f"{SECOND},-1,1,1,")
    lines = refused(tmp_path, log_of(*rows, head=f"{HEAD},failure"))
    assert lines[1:] == ("row 6: cycle_s is '-1'; it is over 0",)


def test_all_that_is_wrong_is_one_list_in_the_order_of_rows(tmp_path: Path) -> None:
    rows = (
        "1,2026-03-02T08:00:00Z,60,maybe,1",
        "1,2026-03-02T08:00:30Z,-1,1,1",
        "1,never,60,1,1",
    )
    lines = refused(tmp_path, log_of(*rows))
    assert [line[:6] for line in lines[1:]] == ["row 2:"] + ["row 3:"] * 3 + ["row 4:"] * 2


def test_a_long_list_is_cut_and_counted(tmp_path: Path) -> None:
    rows = [f"{k},2026-03-02T08:{k:02d}:00Z,-1,no idea,1" for k in range(50)]
    lines = refused(tmp_path, log_of(*rows))
    assert len(lines) == 22
    assert lines[1].startswith("row 2:")
    assert lines[20].startswith("row 11:")
    assert lines[21] == "and 80 more"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "log.csv is empty."),
        (b"\n\n", "log.csv is empty."),
        (b"\x00\x01\x02\x03", "log.csv is no text: a log is CSV, Parquet or an eval log in JSON."),
        (b"[1, 2]", "log.csv is JSON of no known layout; known are lerobot-eval's eval_info.json, "
         "an EvalLog of inspect-robots and a published summary."),
        (b'{"a": 1}', "log.csv is JSON of no known layout ('a'); known are lerobot-eval's "
         "eval_info.json, an EvalLog of inspect-robots and a published summary."),
        (b'{"per_episode": [], "aggregated": {}}', "log.csv holds no episode."),
        (b'{"per_episode": [{}], "aggregated": {}}', "log.csv looks like lerobot-eval's "
         "eval_info.json, but lacks 'success'."),
        (b"PAR1 and no more", "log.csv is no Parquet that can be read ("),
        (b"ok,count,start\n1,5,\n", "log.csv has 'count' beside 'start': a row that stands for "
         "several cycles has no number and no time."),
        (b"cycle,start,cycle_s,ok,left_ok\n", "log.csv has 'ok' beside results of sides; leave "
         "one of them out."),
        (b"cycle,start,cycle_s,cycle_ms,ok\n", "log.csv has two columns for 'cycle_s'; --map "
         "names one."),
    ],
)  # fmt: skip
def test_a_file_that_is_no_log(text: bytes, said: str, tmp_path: Path) -> None:
    (line,) = refused(tmp_path, text)
    assert line.startswith(said)


def test_binary_garbage_without_a_zero(tmp_path: Path) -> None:
    lines = refused(tmp_path, b"\x89\xfa\xfb\xfc" * 100)
    assert lines[1:] == (
        'row 1: is no text in utf-8; save the log as "CSV UTF-8", or name its encoding, as '
        "--encoding cp1252",
    )


def test_text_in_another_encoding_names_its_row(tmp_path: Path) -> None:
    head = f"{HEAD},failure\n{FIRST},\n".encode()
    text = head + "2,2026-03-02T08:01:16Z,60,1,1,früh\n".encode("cp1252")
    assert refused(tmp_path, text)[1].startswith("row 3: is no text in utf-8")
    import_log(tmp_path / "log.csv", tmp_path / "cell", Terms(encoding="cp1252"))


def test_missing_columns_name_those_found_and_the_nearest(tmp_path: Path) -> None:
    lines = refused(tmp_path, "Cycl;Start;Dauer;Result\n1;2;3;4\n")
    assert lines == (
        "log.csv cannot be imported:",
        "column 'cycle' is missing. The nearest is 'Cycl'.",
        "column 'cycle_s' (or 'end') is missing.",
        "column 'ok' (or 'left_ok', 'right_ok', 'outcome') is missing.",
        "Its columns are 'Cycl', 'Start', 'Dauer', 'Result'. Say which is which: "
        "--map cycle=THEIRS",
    )


def test_a_mapping_that_points_nowhere(tmp_path: Path) -> None:
    assert refused(tmp_path, GOOD, columns={"step_ins": "help"}) == (
        "log.csv has no column 'help'. Its columns are 'cycle', 'start', 'cycle_s', 'left_ok', "
        "'right_ok'.",
    )
    assert refused(tmp_path, GOOD, columns={"step_ins": "cycle:ms"}) == (
        "'step_ins' cannot be in 'ms'; no unit stands behind it.",
    )
    with pytest.raises(UnknownName, match=r"Unknown column 'cycle_tm'. Did you mean 'cycle_s'"):
        import_log(tmp_path / "log.csv", tmp_path / "a", Terms(columns={"cycle_tm": "cycle_s"}))


def test_terms_that_make_no_sense(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(GOOD.replace("right_ok", "robot"))
    with pytest.raises(BadValue, match="--timezone is 'Europe/Berlim'"):
        import_log(path, tmp_path / "a", Terms(timezone="Europe/Berlim"))
    with pytest.raises(BadValue, match="--encoding is 'utf-9'"):
        import_log(path, tmp_path / "a", Terms(encoding="utf-9"))
    with pytest.raises(SetupError, match="has a column 'robot'; leave --robot out"):
        import_log(path, tmp_path / "a", Terms(robot="g1"))
    with pytest.raises(RecordError, match=r"nowhere.csv: cannot be read \(No such file"):
        import_log(tmp_path / "nowhere.csv", tmp_path / "a", Terms())
    assert [one.name for one in tmp_path.iterdir()] == ["log.csv"]


def test_parquet_without_pyarrow_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    path = tmp_path / "log.parquet"
    path.write_bytes(b"PAR1")
    with pytest.raises(MissingExtra, match=r"pip install 'ontakt\[record\]'"):
        import_log(path, tmp_path / "a", Terms())
