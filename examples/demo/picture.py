"""The picture: pseudo-energy against volume, coloured by what the structures are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
from carbon_kinds import Kind
from searching import Found

# Colours that the colour-blind can tell apart (Okabe and Ito 2008), and markers that need no colour.
STYLES = {
    Kind.OTHER: ("#bbbbbb", "."),
    Kind.OTHER_FOURFOLD: ("#56b4e9", "s"),
    Kind.GRAPHITE: ("#000000", "h"),
    Kind.STACKING_FAULT: ("#009e73", "D"),
    Kind.HEXAGONAL: ("#d55e00", "^"),
    Kind.CUBIC: ("#0072b2", "o"),
}


def draw(found: Sequence[Found], path: Path) -> None:
    """Writes the picture. found: structures at the volumes at which they were found."""
    figure, axes = plt.subplots(figsize=(7.2, 4.8), dpi=120)
    for kind, (color, marker) in STYLES.items():
        points = [(each.volume, each.energy) for each in found if each.kind is kind]
        if points:
            size = 22 if kind is Kind.OTHER else 26
            axes.scatter(
                *zip(*points, strict=True),
                s=size,
                c=color,
                marker=marker,
                linewidths=0,
                label=f"{kind.value} ({len(points)})",
            )
    axes.set_xlabel("volume per atom (Å³)")
    axes.set_ylabel("pseudo-energy per atom (Å²)")
    axes.set_title("Crystals of carbon, by a potential that has seen one diamond", fontsize=11)
    axes.spines[["top", "right"]].set_visible(False)
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(handles[::-1], labels[::-1], frameon=False, fontsize=9)
    figure.tight_layout()
    figure.savefig(path)
    plt.close(figure)
