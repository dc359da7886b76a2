import re
from pathlib import Path

import pytest

import ontakt.board
from ontakt.board.language import choose, languages
from ontakt.contract import Outcome, State

ROOM = Path(ontakt.board.__file__).parent


def test_all_languages_have_the_same_words() -> None:
    keys = {code: set(words.flat) for code, words in languages().items()}
    assert set(keys) == {"en", "zh"}
    assert keys["en"] == keys["zh"]
    assert all(text.strip() for words in languages().values() for text in words.flat.values())


def test_every_word_that_is_asked_for_exists() -> None:
    source = "".join(p.read_text() for p in [*ROOM.rglob("*.py"), *ROOM.rglob("*.j2")])
    literal = set(re.findall(r"""(?:w|words)\(f?["']([a-z_]+\.[a-z_]+)["']\)""", source))
    assert len(literal) > 50
    assert literal - set(languages()["en"].flat) == set()


@pytest.mark.parametrize("code", ["en", "zh"])
def test_states_and_outcomes_have_words(code: str) -> None:
    flat = languages()[code].flat
    assert {f"state.{state.name}" for state in State} <= set(flat)
    assert {f"outcome.{outcome}" for outcome in Outcome} <= set(flat)


def test_a_mode_that_nobody_has_a_word_for_is_shown_as_it_is() -> None:
    assert languages()["zh"].named("cause", "weld_spatter") == "weld spatter"


@pytest.mark.parametrize(
    ("wishes", "code"),
    [
        (("zh", None, "en"), "zh"),
        ((None, None, "zh-CN,zh;q=0.9,en;q=0.8"), "zh"),
        ((None, None, "fr,de;q=0.5"), "en"),
        (("xx", "zh", ""), "zh"),
        ((None, None, None), "en"),
        (("../../etc", None, ";;;,,,"), "en"),
    ],
)
def test_the_language_is_chosen(wishes: tuple[str | None, ...], code: str) -> None:
    assert choose(*wishes).code == code
