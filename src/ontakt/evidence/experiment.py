"""Where the chance of an experiment comes from: each of its shifts has a seed of its own."""

import hashlib
import json

from ontakt.contract import BadValue

SEED_BITS = 48
"""Of a seed: short enough to read and to survive JSON, and among a thousand seeds of an experiment
two are equal once in 500 million experiments (birthday bound, 1000²/2 / 2⁴⁸)."""
_FORM = "ontakt seed 1"
"""Changes only with the seeds of all experiments."""


def seed_of(plan: str | int, cell: str, repeat: int) -> int:
    """The seed of repeat `repeat`, from 0, in `cell` of the experiment that `plan` names: its hash,
    or the seed that it was given. The first 48 bits of the SHA-256 of their JSON, so that no other
    version, machine or order of work gives another one.

    Cells that shall work the same parts are given the same name here. Raises BadValue for a repeat
    below 0.
    """
    if repeat < 0:
        raise BadValue("repeat", repeat, "repeats are counted from 0")
    text = json.dumps([_FORM, plan, cell, repeat], ensure_ascii=True, separators=(",", ":"))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[: SEED_BITS // 8], "big")
