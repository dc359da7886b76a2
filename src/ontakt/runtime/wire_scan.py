"""The skeleton of a MessagePack message, walked before anything is built from it.

A decoder believes a list's header: five bytes that say "a list of 4 billion" make it reserve 32 GB,
and nested ones do so again and again. This walk follows the headers alone, keeps one small tuple
for every open map or list, and refuses what is too much, cut short, or of a kind that the protocol
does not know, so that what comes after it allocates in proportion to the bytes that really came.

Source: the MessagePack specification, github.com/msgpack/msgpack/blob/master/spec.md.
"""

from typing import Literal

from ontakt.runtime.wire_limits import WireError, WireLimits

_Kind = Literal["number", "text", "bytes", "list", "map", "extension", "nothing"]


def _heads() -> list[tuple[_Kind, int, int]]:
    """By first byte: the kind, the size it states itself, the bytes that follow to state it.
    The size counts bytes of content, elements of a list, entries of a map."""
    table: list[tuple[_Kind, int, int]] = [("number", 0, 0)] * 256  # small integers, nil, booleans
    table[0x80:0x90] = [("map", n, 0) for n in range(16)]
    table[0x90:0xA0] = [("list", n, 0) for n in range(16)]
    table[0xA0:0xC0] = [("text", n, 0) for n in range(32)]
    table[0xC1] = ("nothing", 0, 0)
    for first, kind, widths in (
        (0xC4, "bytes", (1, 2, 4)),
        (0xC7, "extension", (1, 2, 4)),
        (0xD9, "text", (1, 2, 4)),
        (0xDC, "list", (2, 4)),
        (0xDE, "map", (2, 4)),
    ):
        table[first : first + len(widths)] = [(kind, 0, width) for width in widths]  # type: ignore[misc]
    table[0xCA:0xD4] = [("number", size, 0) for size in (4, 8, 1, 2, 4, 8, 1, 2, 4, 8)]
    table[0xD4:0xD9] = [("extension", size, 0) for size in (1, 2, 4, 8, 16)]
    return table


_HEADS = _heads()


def scan(data: bytes, limits: WireLimits) -> int:
    """Walk all of `data`; returns how many entries its maps hold together.

    Raises WireError for more than `limits`, a message cut short or followed by something, an
    extension type (timestamps among them), and a map key that is neither text nor bytes.
    """
    end = len(data)
    if end > limits.message_bytes:
        raise WireError(f"A message of {end} bytes; at most {limits.message_bytes} are read.")
    outer: list[tuple[int, bool]] = []
    left, in_map = 1, False  # values still to come in the innermost map or list
    at = items = entries = text = 0
    while True:
        while left == 0:
            if not outer:
                if at != end:
                    raise WireError(f"{end - at} bytes follow the message.")
                return entries
            left, in_map = outer.pop()
        if at >= end:
            raise _cut_short(end)
        is_key = in_map and left % 2 == 0
        left -= 1
        kind, size, width = _HEADS[data[at]]
        at += 1
        if width:
            if width > end - at:
                raise _cut_short(end)
            size = int.from_bytes(data[at : at + width], "big")
            at += width
        if kind in ("extension", "nothing"):
            raise WireError(f"An extension or unknown type (0x{data[at - width - 1]:02x}) in it.")
        if is_key and kind not in ("text", "bytes"):
            raise WireError(f"A map key is a {kind}; keys are texts.")
        if kind in ("list", "map"):
            items += size
            if items > limits.items:
                raise WireError(f"More than {limits.items} items in maps and lists.")
            if len(outer) >= limits.depth:
                raise WireError(f"Maps and lists nested deeper than {limits.depth}.")
            outer.append((left, in_map))
            in_map = kind == "map"
            entries += size if in_map else 0
            left = 2 * size if in_map else size
            continue
        if size > end - at:
            raise _cut_short(end)
        if kind == "text" or is_key:
            text += size
            if text > limits.text_bytes:
                raise WireError(f"More than {limits.text_bytes} bytes of text.")
        at += size


def _cut_short(end: int) -> WireError:
    return WireError(f"A message cut short after {end} bytes.")
