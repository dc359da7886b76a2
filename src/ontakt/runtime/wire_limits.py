"""How much one message of the wire may hold, and the one error of a message that is refused."""

from msgspec import Struct

from ontakt.contract import OntaktError

SHOWN = 40


class WireError(OntaktError):
    """A message that is not what it must be, or is more than it may be; nothing of it was used."""


class WireLimits(Struct, frozen=True, kw_only=True):
    """Ceilings for one message. An honest request stays a hundred times below most of them."""

    message_bytes: int = 64 * 1024 * 1024
    """All of it; three raw 1920x1080 images are 18 MiB."""
    depth: int = 16
    """Maps and lists inside one another."""
    items: int = 8_192
    """Entries of all maps and elements of all lists together; an array's numbers are no items."""
    text_bytes: int = 256 * 1024
    """All texts and all keys together."""
    dimensions: int = 8
    """Axes of one array."""
    empty_extent: int = 65_536
    """Product of the other axes of an array with a 0 in its shape: such an array has no data that
    would pay for them, and a sum along its empty axis makes an array of that size."""


LIMITS = WireLimits()


def shown(value: object) -> str:
    """A few printable characters of what a stranger sent, for a message of one line."""
    match value:
        case bool() | int() | float() | None:
            return repr(value)
        case str():
            text = ascii(value[: SHOWN + 1])
        case bytes():
            text = ascii(value[: SHOWN + 1].decode("latin-1"))
        case _:
            return f"a {type(value).__name__}"
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 4]}...{text[0]}"
