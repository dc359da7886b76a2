#!/usr/bin/env bash
# Makes .venv with the pinned versions. Usage: scripts/venv.sh EXTRA[,EXTRA...]
# Needs a Python >= 3.11 and nothing else; any pip that comes with it will do.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/apt.sh
extras=$1

find_python() {
    local name
    for name in "${PYTHON:-python3}" python3.13 python3.12 python3.11; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    return 1
}

python=$(find_python) ||
    fail "no Python >= 3.11 found; install one, or name it: make PYTHON=/path/to/python3"

if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    # Debian and Ubuntu cut venv's ensurepip out of python3 and ship it apart.
    if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
        package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
        apt_install "$package" || fail "$python cannot make a venv; run: sudo apt install $package"
    fi
    echo "making .venv with $("$python" --version)"
    "$python" -m venv --clear .venv
fi

echo "installing ontakt[$extras] (versions: constraints.txt)"
.venv/bin/python -m pip install -qq --disable-pip-version-check -c constraints.txt -e ".[$extras]"

# Stock clients and servers of the openpi protocol, which the tests talk to. openpi-client asks for
# numpy below 2 without needing it, so pip must not look at what they ask for; its broker needs the
# last two.
case ",$extras," in
*,dev,*)
    .venv/bin/python -m pip install -qq --disable-pip-version-check --no-deps -c constraints.txt \
        openpi-client policy-websocket dm-tree wrapt
    ;;
esac
