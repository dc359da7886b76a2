"""The tokens of a board beside a shift that waits for people: one operator's, made when nobody gave
any."""

import os
import secrets
from pathlib import Path

from ontakt.contract import SetupError

TOKENS = "board-tokens.toml"
"""In the shift's folder, readable by its owner alone."""


def own_tokens(folder: Path) -> Path:
    """The file with one operator's token in `folder`, made when there is none yet. Whoever may read
    the file may answer for the robot. Raises SetupError where it cannot be written."""
    path = folder / TOKENS
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path
    except OSError as error:
        raise SetupError(f"{path}: cannot be written ({error.strerror}).") from error
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write("# Log in at the board with the token; tell it to whoever may move the robot.\n")
        file.write('[[tokens]]\nname = "operator"\nrole = "operator"\n')
        file.write(f'token = "{secrets.token_urlsafe(24)}"\n')
    return path


def how_to_log_in(path: Path) -> str:
    """How to log in, for the terminal; the token itself stays in its file."""
    return f"Console: log in with the token in {path}, then open /console"
