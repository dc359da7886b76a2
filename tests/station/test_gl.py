"""Finding a way to render, or saying in one line what to install."""

import pytest

from ontakt.contract import BadValue, SetupError
from ontakt.station import gl


def test_the_first_backend_whose_library_is_here_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MUJOCO_GL", raising=False)
    monkeypatch.setattr(gl, "BACKENDS", {"egl": "libno.so", "osmesa": "libc.so.6"})
    assert gl.choose_gl() == "osmesa"


def test_without_a_library_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gl, "BACKENDS", {"egl": "libno.so", "osmesa": "libnone.so"})
    for wanted in (None, "osmesa"):
        if wanted is None:
            monkeypatch.delenv("MUJOCO_GL", raising=False)
        else:
            monkeypatch.setenv("MUJOCO_GL", wanted)
        with pytest.raises(SetupError, match="apt install libegl1") as caught:
            gl.check_gl()
        assert "\n" not in str(caught.value)


def test_a_library_without_a_driver_is_one_line_too(monkeypatch: pytest.MonkeyPatch) -> None:
    # MUJOCO_GL stays: MuJoCo may be imported here first, and remembers it for the whole process
    monkeypatch.setattr(gl, "choose_gl", lambda: "mjx_is_not_there")
    with pytest.raises(SetupError, match="Cannot render with mjx_is_not_there"):
        gl.check_gl()


def test_a_backend_that_needs_a_screen_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUJOCO_GL", "glfw")
    with pytest.raises(BadValue, match="MUJOCO_GL is 'glfw'; without a screen it is egl or osmesa"):
        gl.choose_gl()


def test_this_machine_renders() -> None:
    gl.check_gl()
