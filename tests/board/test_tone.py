from typing import get_args

import pytest

from ontakt.board.language import languages
from ontakt.board.tone import TONES, tone_of
from ontakt.contract import State
from ontakt.contract.event import Attribution


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("late", [False, True])
def test_every_state_has_a_tone_and_a_word_in_every_language(state: State, late: bool) -> None:
    for attribution in get_args(Attribution):
        for long_stop in (False, True):
            tone, word = tone_of(state, "x", attribution, late=late, long_stop=long_stop)
            assert tone in TONES
            assert all(f"word.{word}" in words.flat for words in languages().values())


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("link", ["gone", "silent", "broken"])
def test_old_data_are_louder_than_anything_they_say(state: State, link: str) -> None:
    assert tone_of(state, "jam", "robot", link, call="raised", late=True) == ("lost", link)  # type: ignore[arg-type]


@pytest.mark.parametrize("state", [State.ABORTING, State.ABORTED, State.CLEARING])
def test_a_safety_stop_is_louder_than_a_call(state: State) -> None:
    assert tone_of(state, "guard", "safety", call="arrived") == ("down", "safety")


def test_a_call_is_no_stop_until_the_pitch_is_over() -> None:
    held = (State.HELD, "jam", "robot")
    assert tone_of(*held, call="raised") == ("call", "call")
    assert tone_of(*held, call="acknowledged") == ("call", "coming")
    assert tone_of(*held, call="raised", late=True) == ("down", "standing")
    assert tone_of(*held, call="acknowledged", late=True) == ("down", "standing")
    assert tone_of(*held, call="arrived", late=True) == ("call", "person")


def test_only_green_is_green() -> None:
    green = [state for state in State if tone_of(state, "start", "none")[0] == "running"]
    assert green == [State.EXECUTE]


def test_suspended_names_who_keeps_it_waiting() -> None:
    assert tone_of(State.SUSPENDED, "starved", "upstream") == ("slow", "starved")
    assert tone_of(State.SUSPENDED, "blocked", "downstream") == ("slow", "blocked")


def test_an_ended_shift_says_how() -> None:
    for reason, tone in (("planned", "idle"), ("stopped", "idle"), ("halted", "down")):
        told = tone_of(State.STOPPED, "done", "none", "ended", reason=reason)
        assert told == (tone, f"ended_{reason}")
