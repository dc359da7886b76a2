"""The words of the board, one file a language."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

import msgspec

DEFAULT = "en"


class Words:
    """`words("word.running")` in one language. A key that the file lacks is a KeyError: a test
    holds all files to the same keys."""

    def __init__(self, code: str, sections: Mapping[str, Mapping[str, str]]) -> None:
        self.code = code
        self.flat = MappingProxyType(
            {f"{s}.{key}": text for s, keys in sections.items() for key, text in keys.items()}
        )

    def __call__(self, key: str) -> str:
        """The text of `key`."""
        return self.flat[key]

    def named(self, section: str, key: str) -> str:
        """The text of a key that comes from a record, or the key itself where nobody has a word
        for it: a plant has failure modes of its own."""
        return self.flat.get(f"{section}.{key}", key.replace("_", " "))


@cache
def languages() -> Mapping[str, Words]:
    """Every language there is a file of, by its code."""
    found = {}
    for file in files("ontakt.board").joinpath("words").iterdir():
        code, dot, ending = file.name.partition(".")
        if dot and ending == "toml":
            sections = msgspec.toml.decode(file.read_bytes(), type=dict[str, dict[str, str]])
            found[code] = Words(code, sections)
    return MappingProxyType(dict(sorted(found.items())))


def choose(*wishes: str | None) -> Words:
    """The first of `wishes` that there is, else English. The last may be what a browser sends as
    Accept-Language."""
    known = languages()
    for wish in wishes:
        for part in (wish or "")[:200].split(","):
            code = part.partition(";")[0].strip().lower().partition("-")[0]
            if code in known:
                return known[code]
    return known[DEFAULT]
