# Sourced by the other scripts.

# apt_install PACKAGE... installs Debian packages where that needs no question asked: apt-get is
# there and we are root, or sudo wants no password. Anything else returns 1 and the caller tells
# the user what to install.
apt_install() {
    command -v apt-get >/dev/null || return 1
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null && sudo -n true 2>/dev/null || return 1
        as_root=(sudo -n)
    fi
    echo "apt-get install $*" >&2
    "${as_root[@]}" apt-get update -qq >/dev/null 2>&1 || true # an old list is often good enough
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1
}

# fail LINE says one clear line and ends the script.
fail() {
    echo "ontakt: $*" >&2
    exit 1
}
