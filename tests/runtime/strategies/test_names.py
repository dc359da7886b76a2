"""Strategies by name."""

import pytest

from ontakt.contract import BadValue, PolicySpec, SetupError, UnknownName
from ontakt.runtime.strategies import STRATEGIES, parse_strategy

ABLE = PolicySpec(
    name="able", hash="", horizon=30, longest_prefix=6, jacobians=("exact", "identity")
)
PLAIN = PolicySpec(name="plain", hash="", horizon=30)


@pytest.mark.parametrize("name", STRATEGIES)
def test_every_name_makes_one(name: str) -> None:
    assert parse_strategy(name)(ABLE).name.partition("?")[0] == name


def test_options_reach_it() -> None:
    assert parse_strategy("rtc?jacobian=identity&execute=8")(ABLE).name == "rtc?jacobian=identity"
    sync = parse_strategy("sync?execute=8")(PLAIN)
    assert getattr(sync, "execute") == 8  # noqa: B009


@pytest.mark.parametrize("name", ["rtc", "rtc?jacobian=identity", "prefix"])
def test_a_policy_that_cannot_is_refused_with_what_it_can(name: str) -> None:
    with pytest.raises(SetupError, match=r"'plain'.*Choose sync, async, ensemble or lerp"):
        parse_strategy(name)(PLAIN)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("fast", UnknownName),
        ("", UnknownName),
        ("sync?blend=3", UnknownName),
        ("lerp?blend=0", BadValue),
        ("lerp?blend=x", BadValue),
        ("async?execute=-1", BadValue),
        ("async?execute=1&execute=2", BadValue),
        ("rtc?jacobian=none", BadValue),
        ("rtc?max_weight=nan", BadValue),
        ("ensemble?decay=1e9", BadValue),
    ],
)
def test_anything_else_is_one_line(text: str, kind: type[SetupError]) -> None:
    with pytest.raises(kind) as caught:
        parse_strategy(text)(ABLE)
    assert "\n" not in str(caught.value)
