#!/usr/bin/env bash
# Finds a Chromium for the browser tests and prints its path; installs Debian's where that is
# allowed. "Is it there" is answered by opening one page: a stub that points elsewhere is no browser.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/apt.sh

opens() {
    timeout 60 "$1" --headless --no-sandbox --disable-gpu --dump-dom "data:text/html,<p>here" \
        2>/dev/null | grep -q here
}

find_browser() {
    local name path
    for name in "${CHROMIUM:-chromium}" chromium chromium-browser google-chrome \
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do
        if path=$(command -v "$name") && opens "$path"; then
            echo "$path"
            return
        fi
    done
    return 1
}

# The words of the board are Chinese too: without a font for them a test would look at boxes.
find_browser || { apt_install chromium fonts-noto-cjk && find_browser; } ||
    fail "no Chromium; run: sudo apt install chromium fonts-noto-cjk   (or name one: CHROMIUM=PATH)"
