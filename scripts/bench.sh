#!/usr/bin/env bash
# Runs every benchmark; each prints its own figures.
set -euo pipefail
cd "$(dirname "$0")/.."
shopt -s nullglob
for script in benchmarks/*.py; do
    echo "== $script"
    .venv/bin/python -m "benchmarks.$(basename "$script" .py)"
done
