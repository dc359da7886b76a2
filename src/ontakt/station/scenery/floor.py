"""The hall's floor as one picture, so that joints, lines, the light under the lamps and the dark
under heavy things cost nothing to draw. Station frame, metres.
"""

import math

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from ontakt.station.scenery.painting import Picture, noise, write

FLOOR_X = (-12.0, 5.0)
FLOOR_Y = (-8.5, 8.5)
"""What the floor's picture covers."""

PIXELS = 2560
"""Its edge: 6.6 mm a pixel."""

LINE_X = -5.6
"""Middle of the neighbouring line, which runs along y."""

COLUMNS: tuple[tuple[float, float], ...] = tuple(
    (x, y) for x in (-3.55, -9.4) for y in (-6.2, -1.9, 2.4, 6.7)
)

Box = tuple[float, float, float, float]
"""x0, y0, x1, y1 of a place on the floor."""

SHADED: tuple[tuple[Box, float], ...] = (
    ((0.47, -0.66, 1.36, 0.66), 0.75),
    ((-0.10, -0.22, 0.20, 0.22), 0.45),
    ((-0.46, -0.19, -0.14, 0.19), 0.5),
    ((-1.66, -1.0, -1.24, -0.2), 0.7),
    ((-1.15, 1.3, -0.1, 1.86), 0.5),
    ((0.12, 0.42, 0.42, 0.68), 0.4),
    ((0.12, -0.68, 0.42, -0.42), 0.4),
    ((LINE_X - 1.0, -8, LINE_X + 1.0, 8), 0.6),
    *(((x - 0.3, y - 0.3, x + 0.3, y + 0.3), 0.5) for x, y in COLUMNS),
)
"""Where things keep the light off the floor, and how much."""


def _pixel(x: float, y: float) -> tuple[float, float]:
    """Column and row of a place on the floor: +x is right and +y is up in the picture."""
    column = (x - FLOOR_X[0]) / (FLOOR_X[1] - FLOOR_X[0]) * PIXELS
    row = (FLOOR_Y[1] - y) / (FLOOR_Y[1] - FLOOR_Y[0]) * PIXELS
    return column, row


def _rectangle(draw: ImageDraw.ImageDraw, box: Box, colour: str | int) -> None:
    (left, bottom), (right, top) = _pixel(*box[:2]), _pixel(*box[2:])
    draw.rectangle((left, top, right, bottom), fill=colour)


def _stripes(picture: Picture, box: Box) -> None:
    """Yellow and black diagonals over `box`."""
    mask = Image.new("L", picture.size, 0)
    _rectangle(ImageDraw.Draw(mask), box, 255)
    down, across = np.mgrid[0:PIXELS, 0:PIXELS]
    yellow = ((across + down) // 22) % 2 == 0
    pattern = np.where(yellow[..., None], (200, 158, 28), (38, 38, 40)).astype(np.uint8)
    picture.paste(Image.fromarray(pattern), (0, 0), mask)


def floor() -> Picture:
    """Polished concrete: cloudy, jointed every 3 m, worn, with the lines of a plant on it."""
    rng = np.random.default_rng(np.random.SeedSequence(120))
    size = (PIXELS, PIXELS)
    tone = 116 + 4.0 * noise(size, 14, rng) + 2.5 * noise(size, 90, rng)
    tone += 1.6 * noise(size, 700, rng)
    picture = Image.fromarray(
        np.stack([tone, tone + 2, tone + 3], -1).clip(0, 255).astype(np.uint8)
    )
    draw = ImageDraw.Draw(picture)
    for x in np.arange(FLOOR_X[0] + 1.4, FLOOR_X[1], 3.0):
        _rectangle(draw, (x, FLOOR_Y[0], x + 0.010, FLOOR_Y[1]), "#595c5e")
    for y in np.arange(FLOOR_Y[0] + 1.9, FLOOR_Y[1], 3.0):
        _rectangle(draw, (FLOOR_X[0], y, FLOOR_X[1], y + 0.010), "#595c5e")
    # the carrier's lane with its guide tape, and the lane of people
    _rectangle(draw, (0.90, FLOOR_Y[0], 0.95, FLOOR_Y[1]), "#2b2d30")
    _rectangle(draw, (-3.10, FLOOR_Y[0], -2.25, FLOOR_Y[1]), "#4d7a61")
    for x in (-3.18, -2.25):
        _rectangle(draw, (x, FLOOR_Y[0], x + 0.08, FLOOR_Y[1]), "#b9bcbc")
    for x in (LINE_X - 2.2, LINE_X + 1.75, 1.72, 4.2):
        _rectangle(draw, (x, FLOOR_Y[0], x + 0.09, FLOOR_Y[1]), "#c29a20")
    _stripes(picture, (0.245, FLOOR_Y[0], 0.345, -1.35))
    _stripes(picture, (0.245, 1.35, 0.345, FLOOR_Y[1]))
    _stripes(picture, (1.50, FLOOR_Y[0], 1.60, FLOOR_Y[1]))
    for y in (-1.35, 1.25):
        _stripes(picture, (-1.35, y, 0.345, y + 0.10))
    words = Image.new("L", (900, 130), 0)
    write(ImageDraw.Draw(words), (450, 62), "ST 120", 128, "white", 0.03, "mm")
    words = words.resize((170, 25)).rotate(90, expand=True)
    at = _pixel(1.95, 0.6)
    picture.paste("#e3e6e6", (round(at[0]), round(at[1])), words)
    scuffs = Image.new("L", size, 0)
    pen = ImageDraw.Draw(scuffs)
    for _ in range(70):
        x, y = rng.uniform(*FLOOR_X), rng.uniform(*FLOOR_Y)
        run = rng.uniform(0.3, 2.0)
        lean = rng.normal(0, 0.06)
        pen.line(
            (*_pixel(x, y), *_pixel(x + lean, y + run)), fill=int(rng.integers(8, 34)), width=5
        )
    picture.paste("#4a4b4d", (0, 0), scuffs.filter(ImageFilter.GaussianBlur(3)))
    return Image.fromarray(
        (np.asarray(picture) * _light()[..., None]).clip(0, 255).astype(np.uint8)
    )


def _light() -> np.ndarray:
    """What reaches the floor: pools under the lamps, less what stands in the way."""
    small = 512
    x = np.linspace(*FLOOR_X, small)[None, :]
    y = np.linspace(FLOOR_Y[1], FLOOR_Y[0], small)[:, None]
    pools = (
        0.86 + 0.05 * np.cos((x + 0.6) / 4.6 * 2 * math.pi) + 0.03 * np.cos(y / 4.3 * 2 * math.pi)
    )
    pools += 0.12 * np.exp(-((x - 0.5) ** 2 + y**2) / 2.2)
    dark = Image.new("L", (PIXELS, PIXELS), 0)
    draw = ImageDraw.Draw(dark)
    for box, depth in SHADED:
        _rectangle(draw, box, int(255 * depth))
    wide = np.asarray(dark.filter(ImageFilter.GaussianBlur(26)), dtype=float) / 255
    near = np.asarray(dark.filter(ImageFilter.GaussianBlur(8)), dtype=float) / 255
    grid = Image.fromarray(pools.astype(np.float32)).resize(
        (PIXELS, PIXELS), Image.Resampling.BICUBIC
    )
    light: np.ndarray = np.asarray(grid, dtype=float) * (1 - 0.35 * wide) * (1 - 0.35 * near)
    return light
