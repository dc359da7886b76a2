"""The wordings of the jobs: whole, apart, mirrored, and in words that can be learnt."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ontakt.contract import SIDES
from ontakt.contract.job import HELD_OUT, INSTRUCTIONS, WORDINGS, Job, mirrored

MIRRORED: dict[Job, Job] = {SIDES: SIDES, ("left",): ("right",), ("right",): ("left",), (): ()}


def _words(text: str) -> list[str]:
    return re.findall(r"\w+|[^\w\s]", text.lower())


def test_every_job_has_wordings_and_the_station_s_own_comes_first() -> None:
    assert set(INSTRUCTIONS) == set(WORDINGS) == set(HELD_OUT)
    assert {job: wordings[0] for job, wordings in WORDINGS.items()} == INSTRUCTIONS
    assert all(len(wordings) >= 12 for wordings in WORDINGS.values())
    assert all(len(wordings) >= 5 for wordings in HELD_OUT.values())


def test_no_wording_stands_twice() -> None:
    every = [
        tuple(_words(text))
        for table in (WORDINGS, HELD_OUT)
        for job in table
        for text in table[job]
    ]
    assert len(set(every)) == len(every)


def test_held_out_wordings_hold_no_word_that_is_not_learnt() -> None:
    learnt = {word for wordings in WORDINGS.values() for text in wordings for word in _words(text)}
    for wordings in HELD_OUT.values():
        for text in wordings:
            assert set(_words(text)) <= learnt, text


@pytest.mark.parametrize("table", [WORDINGS, HELD_OUT], ids=["trained", "held out"])
def test_wordings_mirror_into_those_of_the_mirrored_job(table: dict[Job, tuple[str, ...]]) -> None:
    for job, wordings in table.items():
        assert {mirrored(text) for text in wordings} == set(table[MIRRORED[job]])


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("Load the left nut, not the right.", "Load the right nut, not the left."),
        ("Left nut.", "Right nut."),
        ("RIGHT, left, Left", "LEFT, right, Right"),
        ("the left_wrist's leftovers are bright", "the left_wrist's leftovers are bright"),
        ("lEFT", "Right"),
        ("", ""),
    ],
)
def test_left_and_right_change_places(text: str, other: str) -> None:
    assert mirrored(text) == other


@given(st.lists(st.sampled_from(["left", "Right", "LEFT", "leftmost", "nut", ",", "_", "\n"])))
def test_a_mirror_image_twice_is_the_text(words: list[str]) -> None:
    assert mirrored(mirrored(" ".join(words))) == " ".join(words)
