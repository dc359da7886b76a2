"""Names of strategies, resolved in this one place."""

from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl

from ontakt.contract import BadValue, PolicySpec, UnknownName
from ontakt.runtime.strategies.ensemble import Ensemble
from ontakt.runtime.strategies.guided import Guided
from ontakt.runtime.strategies.lerp import Lerp
from ontakt.runtime.strategies.naive import Naive
from ontakt.runtime.strategies.prefixed import Prefixed
from ontakt.runtime.strategies.strategy import Strategy
from ontakt.runtime.strategies.sync import Sync

STRATEGIES: Mapping[str, str] = {
    "sync": "stop, think, play the chunk, stop again",
    "async": "think while moving, switch over hard",
    "ensemble": "think while moving, play the mean of all plans for a tick",
    "lerp": "think while moving, cross-fade at the seam",
    "rtc": "guide the flow towards the plan under way: ?jacobian=exact or identity",
    "prefix": "tell the brain what is committed; for policies trained with it",
}

_EXECUTE = ("execute",)
_OPTIONS: Mapping[str, tuple[str, ...]] = {
    "sync": _EXECUTE,
    "async": _EXECUTE,
    "ensemble": (*_EXECUTE, "decay"),
    "lerp": (*_EXECUTE, "blend"),
    "rtc": (*_EXECUTE, "jacobian", "max_weight"),
    "prefix": _EXECUTE,
}
_COUNTS = ("execute", "blend")
_NUMBERS = ("decay", "max_weight")


def parse_strategy(text: str) -> Callable[[PolicySpec], Strategy]:
    """What makes the strategy that `text` names, as `rtc?jacobian=identity&execute=8`, for a
    policy.

    Raises UnknownName and BadValue for a text that names none; what is returned raises SetupError
    for a policy that cannot be asked so.
    """
    name, _, query = text.partition("?")
    if name not in STRATEGIES:
        raise UnknownName("strategy", name, STRATEGIES)
    pairs = parse_qsl(query, keep_blank_values=True)
    if len(dict(pairs)) != (query.count("&") + 1 if query else 0):
        raise BadValue("strategy", text, "options are written option=value, joined by &, once each")
    options = {key: _value(name, key, value) for key, value in pairs}

    def make(spec: PolicySpec) -> Strategy:
        strategy = _make(name, options, spec)
        strategy.check(spec)
        return strategy

    return make


def _make(name: str, options: Mapping[str, int | float | str], spec: PolicySpec) -> Strategy:
    given = dict[str, object](options)
    kinds: Mapping[str, Callable[..., Strategy]] = {
        "sync": Sync,
        "async": Naive,
        "ensemble": Ensemble,
        "lerp": Lerp,
        "rtc": lambda **known: Guided(horizon=spec.horizon, **known),
        "prefix": lambda **known: Prefixed(longest=spec.longest_prefix, **known),
    }
    return kinds[name](**given)


def _value(name: str, key: str, text: str) -> int | float | str:
    """The value of option `key` of strategy `name`. Raises UnknownName or BadValue."""
    if key not in _OPTIONS[name]:
        raise UnknownName(f"option of strategy {name!r}", key, _OPTIONS[name])
    what = f"{name}'s {key}"
    if key in _COUNTS:
        if not (text.isdecimal() and 1 <= int(text) <= 1000):
            raise BadValue(what, text, "a number of control ticks, 1 to 1000")
        return int(text)
    if key in _NUMBERS:
        try:
            number = float(text)
        except ValueError:
            number = -1.0
        if not 0.0 <= number <= 100.0:
            raise BadValue(what, text, "a number, 0 to 100")
        return number
    if text not in ("exact", "identity"):
        raise BadValue(what, text, "choose from: exact, identity")
    return text
