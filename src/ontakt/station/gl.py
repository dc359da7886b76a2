"""Off-screen OpenGL: which way to it this machine has, found before MuJoCo is first imported.

MuJoCo decides at import by the environment variable `MUJOCO_GL`, and fails there with a traceback
of its binding when the library is not installed; so this module does not import MuJoCo until it
knows better.
"""

import ctypes
import os
import platform
from importlib import import_module
from typing import Any

from ontakt.contract.errors import BadValue, SetupError

BACKENDS = {"egl": "libEGL.so.1", "osmesa": "libOSMesa.so"}
"""Ways to render without a screen, best first, and the library that each needs."""

ADVICE = (
    "install one: apt install libegl1 libegl-mesa0 libgl1-mesa-dri libopengl0 (or libosmesa6 and "
    "set MUJOCO_GL=osmesa)"
)


def choose_gl() -> str:
    """The backend to use, as a value of `MUJOCO_GL`, which is set when it was not. Raises
    SetupError when no library of it is installed, BadValue for one that needs a screen."""
    wanted = os.environ.get("MUJOCO_GL", "").strip().lower()
    if platform.system() != "Linux":
        return wanted or ("cgl" if platform.system() == "Darwin" else "glfw")
    if wanted not in ("", *BACKENDS):
        raise BadValue("MUJOCO_GL", wanted, f"without a screen it is {' or '.join(BACKENDS)}")
    for name in (wanted,) if wanted else BACKENDS:
        if _loads(BACKENDS[name]):
            os.environ["MUJOCO_GL"] = name
            return name
    asked = f"MUJOCO_GL={wanted}: no {BACKENDS[wanted]} here" if wanted else "no OpenGL library"
    raise SetupError(f"Cannot render without a screen ({asked}); {ADVICE}.")


def check_gl() -> None:
    """Make a context and let it go. Raises SetupError, in one line, where none can be made."""
    free_context(make_context(16, 16))


def make_context(width: int, height: int) -> Any:
    """A GL context of MuJoCo's, made current, for buffers of this size [px]. Raises SetupError."""
    backend = choose_gl()
    try:
        # not `mujoco.GLContext`: that was chosen when MuJoCo was imported, perhaps before us
        context = import_module(f"mujoco.{backend}").GLContext(width, height)
        context.make_current()
    except (ImportError, AttributeError, RuntimeError, OSError) as error:
        # bindings differ in what they raise: a library that loads may still lack a driver
        reason = " ".join(str(error).split()) or type(error).__name__
        raise SetupError(f"Cannot render with {backend} ({reason}); {ADVICE}.") from error
    return context


def free_context(context: Any) -> None:
    """Give `context` back; bindings complain when the interpreter does it at its end."""
    context.free()


def _loads(library: str) -> bool:
    candidates = (library, f"{library}.8", f"{library}.6")  # OSMesa's file carries a version
    for name in candidates:
        try:
            ctypes.CDLL(name)
        except OSError:
            continue
        return True
    return False
