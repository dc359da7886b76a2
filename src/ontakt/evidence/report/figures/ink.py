"""The inks of a page: one palette for text, plots and both colour schemes; figures to inline SVG.

A plot is drawn with the light colours and every one of them is then written as a CSS variable, so
that one drawing serves a white wall screen, a dark phone and a printed page. Outcomes differ in
colour *and* in marker: blue, amber, vermillion and teal stay apart for the three common kinds of
colour blindness (after Okabe and Ito, "Color Universal Design", 2008).
"""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from markupsafe import Markup, escape
from matplotlib.axes import Axes
from matplotlib.figure import Figure

LIGHT: dict[str, str] = {
    "ink": "#1b2430",
    "soft": "#5a6675",
    "line": "#d5dbe2",
    "paper": "#fffffe",
    "on-takt": "#2a6fb8",
    "late": "#bf8200",
    "nok-detected": "#b8320c",
    "nok-escaped": "#5f1150",
    "assisted": "#008a78",
    "aborted": "#6d7580",
    "starved": "#3a8fbd",
    "blocked": "#8a6d3f",
    "working": "#8fb6dc",
    "waiting": "#e6ebf1",
    "recovered": "#a9c7b9",
}
DARK: dict[str, str] = {
    "ink": "#e8edf3",
    "soft": "#a3afbd",
    "line": "#3a4553",
    "paper": "#11171f",
    "on-takt": "#4f94d8",
    "late": "#eab93a",
    "nok-detected": "#e8622f",
    "nok-escaped": "#f7b8e6",
    "assisted": "#25a58c",
    "aborted": "#98a2af",
    "starved": "#7cc4e8",
    "blocked": "#c0a06a",
    "working": "#3f6f9e",
    "waiting": "#232d39",
    "recovered": "#4d7567",
}
_VARIABLE = {light: f"var(--{name})" for name, light in LIGHT.items()}
_RC: dict[Any, Any] = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # bundled with matplotlib: the same layout everywhere
    "font.size": 8.0,
    "axes.facecolor": "none",
    "axes.edgecolor": LIGHT["line"],
    "axes.labelcolor": LIGHT["soft"],
    "axes.titlecolor": LIGHT["ink"],
    "axes.titlesize": 8.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "text.color": LIGHT["ink"],
    "text.parse_math": False,
    "xtick.color": LIGHT["soft"],
    "ytick.color": LIGHT["soft"],
    "xtick.major.width": 0.8,
    "ytick.major.width": 0.8,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "grid.color": LIGHT["line"],
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 8.0,
    "legend.handlelength": 1.0,
    "legend.handletextpad": 0.4,
    "legend.columnspacing": 1.2,
    "lines.solid_capstyle": "butt",
}


@contextmanager
def sheet(width: float, height: float) -> Iterator[Figure]:
    """A blank figure of `width` x `height` [inch] under the house's settings, and no others."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_RC)
        yield Figure(figsize=(width, height), layout="constrained", facecolor="none")


def quiet(axes: Axes, grid: str | None = None) -> None:
    """Leave of the frame only what a reader needs."""
    axes.spines[["left", "bottom"]].set_color(LIGHT["line"])
    axes.tick_params(length=0)
    if grid is not None:
        axes.grid(visible=True, axis=grid)  # type: ignore[arg-type]


_FINE = re.compile(r"\d+\.\d{3,}")


def _coarser(number: re.Match[str]) -> str:
    """A coordinate to a hundredth of a point: finer than any screen."""
    return f"{float(number[0]):.2f}"


def inline(figure: Figure, name: str, alt: str) -> Markup:
    """`figure` as an SVG element without ids that could clash, dates, links or fixed colours.

    `name` (unique on the page) seeds the ids that clips and markers need; `alt` is read aloud.
    """
    buffer = io.StringIO()
    with mpl.rc_context({**_RC, "svg.hashsalt": name}):
        figure.savefig(
            buffer,
            format="svg",
            metadata={"Date": None, "Creator": None, "Format": None, "Type": None},
        )
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<(metadata|style).*?</\1>\s*", "", text, flags=re.DOTALL)
    text = text.replace("xlink:href", "href")
    # Numbered, because matplotlib's own ids are digests of coordinates to the last bit.
    used = re.findall(r"(?:url\(#|href=\"#)([\w.-]+)", text)
    ids = {old: f"{name}-{k}" for k, old in enumerate(dict.fromkeys(used))}
    text = re.sub(
        r'\s+id="([\w.-]+)"',
        lambda found: f' id="{ids[found[1]]}"' if found[1] in ids else "",
        text,
    )
    text = re.sub(r"(url\(#|href=\"#)([\w.-]+)", lambda found: found[1] + ids[found[2]], text)
    text = re.sub(r"#[0-9a-f]{6}\b", lambda found: _VARIABLE.get(found[0], found[0]), text)
    text = re.sub(r" font-family: [^;\"]*;?", "", text)  # the page's own
    text = re.sub(r' transform="rotate\(-?0 [^)]*\)"', "", text)
    text = re.sub(r"<[^>]*>", lambda tag: _FINE.sub(_coarser, tag[0]), text)  # not what it says
    box = re.search(r'viewBox="[^"]*"', text)
    head = f'<svg class="plot" role="img" aria-label="{escape(alt)}" {box[0] if box else ""}>'
    text = re.sub(r"<svg[^>]*>", lambda _: head, text, count=1)
    return Markup(re.sub(r"\n\s*", "\n", text).strip())
