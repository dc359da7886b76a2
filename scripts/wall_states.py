"""The wall's states on one sheet, from the pictures that the browser tests take.

ONTAKT_SHOTS=shots pytest -m slow tests/board/test_browser.py -k every_state
python scripts/wall_states.py shots docs/images/board-states.png
"""

import sys
from pathlib import Path

from PIL import Image

ACROSS, WIDE, GAP = 4, 480, 8


def main() -> None:
    """Put the 1920x1080 pictures of a folder side by side."""
    folder, out = map(Path, sys.argv[1:])
    shots = sorted(folder.glob("*-wall.png"))
    tall = WIDE * 1080 // 1920
    down = -(-len(shots) // ACROSS)
    sheet = Image.new(
        "RGB", (ACROSS * (WIDE + GAP) + GAP, down * (tall + GAP) + GAP), (128, 128, 128)
    )
    for k, shot in enumerate(shots):
        row, column = divmod(k, ACROSS)
        with Image.open(shot) as picture:
            small = picture.convert("RGB").resize((WIDE, tall), Image.Resampling.LANCZOS)
        sheet.paste(small, (GAP + column * (WIDE + GAP), GAP + row * (tall + GAP)))
    sheet.quantize(128, dither=Image.Dither.NONE).save(out, optimize=True)


if __name__ == "__main__":
    main()
