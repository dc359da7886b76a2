"""What an operator's presses look like from outside, for the board's description (`api`)."""

from ontakt.board.api import CSRF, ERROR, FORM_ANSWERS, TEXT, Schema, answer, form, leads
from ontakt.board.choices import LONGEST_REASON, OUT_OF_CELL, PLAIN

_DRIVEN = {"take_over", "let_go"}
"""Asked over the web socket alone."""
_REPLY: Schema = {
    "type": "object",
    "properties": {"obeyed": {"type": "boolean"}, "why": TEXT},
    "required": ["obeyed", "why"],
    "additionalProperties": False,
}

PRESS: Schema = {
    "anyOf": [
        form({"csrf": CSRF, "button": {"enum": sorted(PLAIN.keys() - _DRIVEN)}}),
        form(
            {
                "csrf": CSRF,
                "button": {"enum": sorted(set(OUT_OF_CELL) - _DRIVEN)},
                "out_of_cell": {"const": "yes", "description": "Nobody is in the cell."},
            }
        ),
        form(
            {
                "csrf": CSRF,
                "button": {"const": "reason"},
                "reason": {
                    **TEXT,
                    "minLength": 1,
                    "maxLength": LONGEST_REASON,
                    "description": "Printable; runs of white space count as one space.",
                },
            }
        ),
    ]
}
"""The form of a button."""
TAKEN_AWAY = {
    200: answer("What the line said.", application_json=_REPLY),
    303: leads("Back to the console, where a page was wanted."),
    **FORM_ANSWERS,
    503: answer("The shift hears no console, or not now.", application_json=_REPLY),
}
PRESSED = {
    **TAKEN_AWAY,
    400: answer(
        "It says nothing whole.", application_json={"anyOf": [_REPLY, ERROR]}, text_html=TEXT
    ),
}
