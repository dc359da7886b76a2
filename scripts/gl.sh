#!/usr/bin/env bash
# Finds a way to draw without a screen and prints its name for MUJOCO_GL: egl, osmesa or cgl.
# Installs the system's GL libraries where that is allowed. "Is it there" is answered by drawing
# one picture: a library can be present without a driver behind it.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/apt.sh

# Mesa's EGL draws on the CPU where there is no GPU; PyOpenGL looks its functions up in libOpenGL.
egl="libegl1 libegl-mesa0 libgl1-mesa-dri libopengl0"

draws() {
    MUJOCO_GL=$1 .venv/bin/python - >/dev/null 2>&1 <<'PYTHON'
import mujoco
with mujoco.Renderer(mujoco.MjModel.from_xml_string("<mujoco/>"), 16, 16) as renderer:
    renderer.render()
PYTHON
}

if [ "$(uname)" = Darwin ]; then # macOS draws with what it has
    echo cgl
    exit
fi
for backend in egl osmesa; do
    if draws "$backend"; then
        echo "$backend"
        exit
    fi
done
# shellcheck disable=SC2086 # a list of packages
if apt_install $egl && draws egl; then
    echo egl
elif apt_install libosmesa6 && draws osmesa; then
    echo osmesa
else
    fail "no off-screen OpenGL; run: sudo apt install $egl   (or libosmesa6, for MUJOCO_GL=osmesa)"
fi
