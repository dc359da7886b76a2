"""Write constraints.txt anew: the newest versions that pyproject.toml admits, all extras at once.

Nothing is installed: pip resolves and reports. A line of constraints.txt that ends in
`# held: REASON` keeps its version.

Run it as `make constraints`, then `make .venv test-all`, and note what moved in CHANGELOG.md.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
CONSTRAINTS = ROOT / "constraints.txt"

HEADER = """\
# What Ontakt is tested with: every distribution that `.[all,dev]` resolves to on Linux with
# CPython 3.11 (without the CUDA libraries, which follow from torch). pyproject.toml stays loose.
# Written by `make constraints`; a line marked "held" keeps its version until someone edits it.
"""


def resolve(held: dict[str, str]) -> dict[str, str]:
    """Ask pip what it would install into an empty environment, as {name: version}."""
    with tempfile.TemporaryDirectory() as folder:
        holds = Path(folder, "held.txt")
        holds.write_text("".join(f"{line}\n" for line in held.values()))
        report = Path(folder, "report.json")
        subprocess.run(
            [
                *(sys.executable, "-m", "pip", "install", "-qq", "--dry-run", "--ignore-installed"),
                *("-c", holds, "--report", report, f"ontakt[all,dev] @ {ROOT.as_uri()}"),
            ],
            check=True,
        )
        found = [item["metadata"] for item in json.loads(report.read_text())["install"]]
    # A local version ("2.13.0+cpu") names one machine's build; the pin is for all of them.
    return {normal(meta["name"]): meta["version"].partition("+")[0] for meta in found}


def normal(name: str) -> str:
    """Spell a distribution's name as PyPI does (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def main() -> None:
    """Resolve, keep the held lines, write."""
    old = CONSTRAINTS.read_text().splitlines() if CONSTRAINTS.exists() else []
    held = {normal(line.partition("==")[0]): line for line in old if "# held:" in line}
    found = resolve(held)
    cuda = ("nvidia-", "cuda-", "triton", "ontakt")
    names = sorted({name for name in found if not name.startswith(cuda)} | held.keys())
    lines = [held.get(name, f"{name}=={found.get(name)}") for name in names]
    CONSTRAINTS.write_text(HEADER + "\n".join(lines) + "\n")
    print(f"{len(lines)} pins, {len(held)} held")


if __name__ == "__main__":
    main()
