"""Every error of Ontakt, by consequence.

OntaktError
├── SetupError        fail before start: nothing moved, nothing was written     (exit code 2)
│   ├── UnknownName   a name that resolves to nothing; lists what exists
│   ├── BadValue      a value of the wrong kind, unit or size; names the place
│   ├── MissingExtra  an optional dependency is not installed; names the extra
│   └── RecordError   a record that cannot be opened, read or written
├── CycleError        fail this cycle: the robot holds, a person is called      (recorded)
└── HaltError         always halt: the motion stops and the shift ends          (recorded, exit 3)
"""

from collections.abc import Iterable
from difflib import get_close_matches


class OntaktError(Exception):
    """Base of all; its text is one line meant for a person."""


class SetupError(OntaktError):
    """Found before anything moved."""


class UnknownName(SetupError):
    """A name that nothing answers to; the message lists what exists and the nearest name."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        names = sorted(known)
        near = get_close_matches(name, names, n=1, cutoff=0.5)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        listed = ", ".join(names) or "none"
        super().__init__(f"Unknown {kind} {name!r}.{hint} Available: {listed}.")


class BadValue(SetupError):
    """A value that cannot be used; the message names the thing, the value and what is allowed."""

    def __init__(self, what: str, value: object, allowed: str) -> None:
        super().__init__(f"{what} is {value!r}; {allowed}.")


class MissingExtra(SetupError):
    """An optional dependency is absent; the message says which extra to install."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs the {extra!r} extra: pip install 'ontakt[{extra}]'.")


class RecordError(SetupError):
    """A record file that cannot be opened, read or written."""


class CycleError(OntaktError):
    """This cycle is lost; the next one may be fine."""


class HaltError(OntaktError):
    """The motion must stop now and the shift ends; the record stays whole."""
