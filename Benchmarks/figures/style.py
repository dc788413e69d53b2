"""How the figures look, and how they are saved: small enough for a repository."""

from __future__ import annotations

import io
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

# Colours that the colour-blind can tell apart (Okabe and Ito 2008).
BLUE, ORANGE, GREEN, RED, SKY, PINK, YELLOW = (
    "#0072b2", "#e69f00", "#009e73", "#d55e00", "#56b4e9", "#cc79a7", "#f0e442",
)  # fmt: skip
GREY, DARK = "#b0b0b0", "#333333"

plt.rcParams.update(
    {
        "figure.dpi": 120,
        "font.size": 9,
        "axes.titlesize": 10,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "legend.frameon": False,
        "legend.fontsize": 8,
    }
)

PSEUDO_ENERGY = "pseudo-energy Ẽ (Å²)"
PSEUDO_ENERGY_PER_ATOM = "pseudo-energy Ẽ per atom (Å²)"


def save(figure: Figure, path: Path) -> None:
    """Writes a PNG with a palette, which takes a third of the bytes."""
    content = io.BytesIO()
    figure.savefig(content, format="png")
    plt.close(figure)
    with Image.open(content) as image:
        # Without dithering, which costs more bytes than it gives: the drawings are of few colours.
        small = image.convert("RGB").quantize(160, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    path.parent.mkdir(parents=True, exist_ok=True)
    small.save(path, optimize=True)


def note(axes: Axes, text: str, *, right: bool = False, top: bool = True) -> None:
    """A few words in a corner."""
    x, y = (0.97 if right else 0.03), (0.96 if top else 0.04)
    axes.text(
        x, y, text, transform=axes.transAxes, ha="right" if right else "left", va="top" if top else "bottom",
        fontsize=8, color=DARK,
    )  # fmt: skip
