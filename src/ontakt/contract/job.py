"""What a station can be asked to do, in words and as sides."""

import re

from ontakt.contract.spaces import Side

Job = tuple[Side, ...]
"""The sides to load; none of them is to wait."""

INSTRUCTIONS: dict[Job, str] = {
    ("left", "right"): "Load both nuts.",
    ("left",): "Load the left nut only.",
    ("right",): "Load the right nut only.",
    (): "Wait.",
}
"""The wording that a station sends."""

_SIDE_WORD = re.compile(r"\b(left|right)\b", re.IGNORECASE)


def mirrored(text: str) -> str:
    """`text` with the words left and right exchanged, for a scene seen in a mirror. All small, all
    capital and capitalised spellings stay what they are; any other spelling becomes capitalised."""
    return _SIDE_WORD.sub(_other_side, text)


def _other_side(match: re.Match[str]) -> str:
    word = match[0]
    other = "right" if word.lower() == "left" else "left"
    if word.islower():
        return other
    return other.upper() if word.isupper() else other.capitalize()


_LEFT = (
    INSTRUCTIONS["left",],
    "Only load the left nut.",
    "Load only the left side.",
    "Please load the left side.",
    "Put the left nut on its pin.",
    "Place only the left nut.",
    "Fill the left pin only.",
    "Just the left nut, please.",
    "Left side only, please.",
    "Left nut only.",
    "Load one nut on the left.",
    "Load the left side, not the right.",
    "Left nut, not the right one.",
)
_LEFT_HELD_OUT = (
    "Load only the nut on the left.",
    "Put only the left nut on its pin.",
    "Please load the left nut only.",
    "Just the left side, please.",
    "Load the left nut, not the right one.",
)

WORDINGS: dict[Job, tuple[str, ...]] = {
    ("left", "right"): (
        INSTRUCTIONS["left", "right"],
        "Load the two nuts.",
        "Load both sides.",
        "Please load both sides.",
        "Put both nuts on their pins.",
        "Place both nuts.",
        "Fill both pins.",
        "Both sides, please.",
        "Load a nut on each side.",
        "One nut on each pin.",
        "Load the left nut and the right nut.",
        "Load the right nut and the left nut.",
        "Both nuts, left and right.",
        "Both nuts, right and left.",
    ),
    ("left",): _LEFT,
    ("right",): tuple(mirrored(text) for text in _LEFT),
    (): (
        INSTRUCTIONS[()],
        "Please wait.",
        "Wait, please.",
        "Wait for now.",
        "Hold still.",
        "Hold your position.",
        "Stay where you are.",
        "Stand by.",
        "Do nothing.",
        "Do not load.",
        "Load nothing.",
        "No nuts for now.",
        "Leave both sides empty.",
    ),
}
"""How people say it: what models learn from, the station's own wording first. The left and the
right wordings are each other's mirror image; those of the other jobs are their own."""

HELD_OUT: dict[Job, tuple[str, ...]] = {
    ("left", "right"): (
        "Please load both nuts.",
        "Load the nuts on both sides.",
        "Put a nut on each pin.",
        "Fill the two pins.",
        "Load the left and the right nut.",
        "Load the right and the left nut.",
    ),
    ("left",): _LEFT_HELD_OUT,
    ("right",): tuple(mirrored(text) for text in _LEFT_HELD_OUT),
    (): (
        "Hold still, please.",
        "Wait where you are.",
        "Do nothing for now.",
        "Leave both pins empty.",
        "Stand by, please.",
    ),
}
"""Wordings that no model learns from, in words that it does: what understanding is tested with."""
