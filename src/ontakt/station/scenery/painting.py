"""Pictures of the people's model, painted and not loaded: signs, screens, boards, walls."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

Picture = Image.Image


def noise(shape: tuple[int, int], cells: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Smooth noise of about `cells` bumps across. Shape `shape`, zero mean, deviation 1."""
    rough = rng.standard_normal((cells, cells)).astype(np.float32)
    smooth = Image.fromarray(rough).resize((shape[1], shape[0]), Image.Resampling.BICUBIC)
    values = np.asarray(smooth, dtype=np.float64)
    values = values - values.mean()
    scaled: NDArray[np.float64] = values / values.std()
    return scaled


def write(
    draw: ImageDraw.ImageDraw,
    at: tuple[float, float],
    text: str,
    size: float,
    colour: str,
    bold: float = 0.03,
    anchor: str = "lm",
) -> None:
    """Text in Pillow's own typeface, so that no font need be installed."""
    draw.text(
        at,
        text,
        font=ImageFont.load_default(size=size),
        fill=colour,
        anchor=anchor,
        stroke_width=bold * size,
        stroke_fill=colour,
    )


def sign() -> Picture:
    """The station's sign."""
    picture = Image.new("RGB", (1600, 256), "#17407a")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, 470, 256), fill="#f2f4f6")
    write(draw, (235, 128), "ST 120", 118, "#17407a", 0.03, "mm")
    write(draw, (516, 86), "NUT LOADING", 82, "white", 0.02)
    write(draw, (516, 184), "REAR FLOOR  LH + RH", 54, "#b9cdea", 0.01)
    write(draw, (1564, 128), "TAKT 76 s", 98, "#ffd23e", 0.02, "rm")
    return picture


def screen() -> Picture:
    """The cabinet's operator panel: a mimic without numbers that could be taken for data."""
    picture = Image.new("RGB", (640, 400), "#10202e")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, 640, 58), fill="#1c5fa8")
    write(draw, (20, 29), "ST 120  NUT LOADING", 30, "white", 0.02)
    for row, (label, colour) in enumerate(
        (("FEEDER LH", "#35c46b"), ("FEEDER RH", "#35c46b"), ("PART IN PLACE", "#35c46b"),
         ("ROBOT AUTO", "#35c46b"), ("DOORS CLOSED", "#35c46b"))
    ):  # fmt: skip
        top = 84 + row * 60
        draw.ellipse((26, top + 8, 58, top + 40), fill=colour)
        write(draw, (76, top + 24), label, 26, "#d4e2ee", 0.01)
    draw.rectangle((340, 84, 616, 300), fill="#1a3247", outline="#4d7291", width=2)
    draw.rectangle((400, 130, 556, 250), fill="#8fa3b3")
    for x in (430, 526):
        draw.ellipse((x - 12, 142, x + 12, 166), fill="#ffd23e")
    write(draw, (478, 345), "TAKT 76 s", 44, "#ffd23e", anchor="mm")
    return picture


def andon() -> Picture:
    """The line's overhead board."""
    picture = Image.new("RGB", (1024, 320), "#0b0d10")
    draw = ImageDraw.Draw(picture)
    for column, name in enumerate(("110", "115", "120", "125", "130")):
        left = 24 + column * 198
        colour = "#e8b92b" if name == "125" else "#2fbf5f"
        draw.rounded_rectangle((left, 150, left + 178, 296), 12, fill=colour)
        write(draw, (left + 89, 223), name, 84, "#0b0d10", anchor="mm")
    write(draw, (30, 76), "LINE 4  UNDERBODY", 72, "#ff9d2e")
    write(draw, (994, 76), "76 s", 84, "#ff5d3a", anchor="rm")
    return picture


def danger() -> Picture:
    """The triangle that warns of voltage, on its label."""
    picture = Image.new("RGB", (256, 256), "#e9ebec")
    draw = ImageDraw.Draw(picture)
    draw.polygon([(128, 14), (246, 218), (10, 218)], fill="#16181a")
    draw.polygon([(128, 42), (222, 204), (34, 204)], fill="#f2c11c")
    draw.polygon(
        [(136, 78), (104, 140), (128, 136), (112, 192), (152, 122), (128, 126)], fill="#16181a"
    )
    return picture


def hazard() -> Picture:
    """Yellow and black diagonal stripes."""
    across, down = np.meshgrid(np.arange(1024), np.arange(64))
    yellow = ((across + down) // 48) % 2 == 0
    pixels = np.where(yellow[..., None], (240, 190, 20), (28, 28, 30)).astype(np.uint8)
    return Image.fromarray(pixels)


def toolboard() -> Picture:
    """A perforated board with the outlines of hand tools."""
    picture = Image.new("RGB", (768, 512), "#3b6a94")
    draw = ImageDraw.Draw(picture)
    for x in range(16, 768, 32):
        for y in range(16, 512, 32):
            draw.ellipse((x - 4, y - 4, x + 4, y + 4), fill="#274a69")
    for n, x in enumerate(range(60, 330, 54)):  # spanners
        length = 250 - 30 * n
        draw.line((x, 60, x, 60 + length), fill="#c9ced3", width=14)
        draw.ellipse((x - 20, 40, x + 20, 80), fill="#c9ced3")
        draw.ellipse((x - 9, 44, x + 9, 62), fill="#3b6a94")
    for x in (400, 450, 500):  # screwdrivers
        draw.rounded_rectangle((x - 13, 50, x + 13, 130), 8, fill="#d8452c")
        draw.line((x, 130, x, 260), fill="#d0d4d8", width=8)
    draw.rounded_rectangle((570, 60, 720, 130), 16, fill="#e6b422")  # nutrunner
    draw.rectangle((640, 130, 680, 240), fill="#22262a")
    draw.rectangle((550, 80, 572, 110), fill="#b9bec4")
    draw.rectangle((60, 380, 700, 470), fill="#e9ecef")
    write(draw, (380, 425), "A PLACE FOR EVERY TOOL", 40, "#2b4d6b", 0.015, "mm")
    return picture


def wall() -> Picture:
    """A hall wall: plinth, ribbed panels, a band of windows with daylight, ribbed panels again."""
    high, wide = 512, 2048
    rib = 0.5 + 0.5 * np.sin(np.arange(wide) / 3.2)
    shade = np.repeat((196 + 10 * rib)[None], high, axis=0)
    pixels = np.stack([shade, shade + 3, shade + 6], axis=-1)
    pixels[-70:] = (118, 124, 132)
    pixels[-78:-70] = (38, 92, 160)
    picture = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    for left in range(20, wide, 256):
        draw.rectangle((left, 150, left + 216, 290), fill="#5d6770")
        for pane in range(3):
            x = left + 6 + pane * 70
            for y, tone in ((156, "#dbe7ef"), (224, "#cfdde6")):
                draw.rectangle((x, y, x + 64, y + 60), fill=tone)
    for left in range(0, wide, 512):
        draw.rectangle((left + 238, 0, left + 262, high), fill="#8b939b")
    return picture.filter(ImageFilter.GaussianBlur(0.8))
