"""What a page was made from, carried inside it so that `ontakt verify` can make it again."""

from functools import cache
from importlib.metadata import version
from typing import Annotated

import msgspec
from markupsafe import Markup
from matplotlib import ft2font
from msgspec import Meta, Struct

from ontakt import __version__
from ontakt.contract.verdict import Verdict
from ontakt.evidence.gate.qualification import Qualification

Version = Annotated[str, Meta(pattern=r"^[\w.+!-]+$", max_length=40)]
"""Nothing that could pass for a sentence: it stands on the page as it stands here."""


class Versions(Struct, frozen=True, kw_only=True):
    """What wrote a page, as far as it could change a digit or a line of it."""

    ontakt: Version
    matplotlib: Version
    freetype: Version
    """Measures the letters of a plot, and so moves everything in it."""
    numpy: Version
    scipy: Version
    pillow: Version
    jinja2: Version

    def unlike(self, other: "Versions") -> tuple[str, ...]:
        """The names of those that `other` has in another version."""
        fields = self.__struct_fields__
        return tuple(name for name in fields if getattr(self, name) != getattr(other, name))

    def told(self, *names: str) -> str:
        """Those called `names`, as a person reads them."""
        return ", ".join(f"{name} {getattr(self, name)}" for name in names)

    @property
    def libraries(self) -> str:
        """All but Ontakt itself."""
        return self.told(*self.__struct_fields__[1:])


@cache
def versions() -> Versions:
    """Of what is installed here."""
    return Versions(
        ontakt=__version__,
        freetype=ft2font.__freetype_version__,
        **{name: version(name) for name in ("matplotlib", "numpy", "scipy", "pillow", "jinja2")},
    )


class Basis(Struct, frozen=True, kw_only=True):
    """A page's raw file and whatever else it was made from. Fields are added with defaults."""

    kind: str = "events"
    """What the raw file holds; `ontakt.evidence.verification` knows how to count it again."""
    file: str
    """The raw file's name; it lies beside the page."""
    sha256: str
    """Of the raw file's bytes."""
    versions: Versions
    verdict: Verdict | None = None
    """What was said on top by somebody else; None where nothing was, or where it was judged."""
    qualification: Qualification | None = None
    """The registered plan that the shifts were worked for, to judge them by again; None without."""

    @property
    def markup(self) -> Markup:
        """As JSON that can stand in an HTML element of its own."""
        text = msgspec.json.encode(self, order="deterministic").decode()
        for sign in "<>&":
            text = text.replace(sign, f"\\u{ord(sign):04x}")
        # The page sets its own space before this sign, and a seal is of every byte.
        text = text.replace(" %", "\\u0020%")
        return Markup(text)
