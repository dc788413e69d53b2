"""The map of elements: principal components of the embedding, which the model learnt from structures alone.

python Benchmarks/figures/elements.py mp
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import command
import numpy as np
import style
from ase.data import chemical_symbols
from command import console, data
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from style import plt

SHUFFLES = 1000
DIAMETER = 11  # of an element in the map, in points
SYMBOL: dict[str, Any] = {"fontsize": 7, "ha": "center", "va": "center_baseline", "zorder": 3}
LANTHANIDES, ACTINIDES = range(57, 72), range(89, 104)
NOBLE = (2, 10, 18, 36, 54, 86, 118)


def place(number: int) -> tuple[int, int]:
    """Period and group; lanthanides and actinides have the groups 19 and 20."""
    period = next(k for k, gas in enumerate(NOBLE, 1) if number <= gas)
    if number in LANTHANIDES or number in ACTINIDES:
        return period, 19 if number in LANTHANIDES else 20
    before = (0, *NOBLE)[period - 1]
    after = NOBLE[period - 1] - number  # how far from the noble gas
    if number - before <= 2 and number != 2:
        return period, number - before
    return period, 18 - after


# Alkali and alkaline-earth metals warm, transition metals from yellow over green to blue, the rest by group.
COLORS = {
    1: "#d7301f", 2: "#fc8d59",
    **{group: plt.colormaps["viridis"](1 - (group - 3) / 11) for group in range(3, 13)},
    13: "#a6761d", 14: "#525252", 15: "#e7298a", 16: "#ff5fc8", 17: "#c51b8a", 18: "#9e9ac8",
    19: "#969696", 20: "#cab2d6",
}  # fmt: skip


def components(rows: Any) -> tuple[Any, Any]:
    """Coordinates along the principal components, and the share of the variance that each has.

    Columns are standardised first: the mixing of radial functions takes up any factor on one of them, so that their
    scale means nothing.
    """
    columns = rows - rows.mean(axis=0)
    spread = columns.std(axis=0)
    columns = columns[:, spread > 1e-12] / spread[spread > 1e-12]
    if not columns.size:
        raise click.ClickException("the embedding is the same for all elements: there is nothing to draw")
    u, values, axes = np.linalg.svd(columns, full_matrices=False)
    signs = np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])  # which way round an axis is, is chance
    return u * values * signs, values**2 / (values**2).sum()


def neighbors_agree(points: Any, groups: Any) -> float:
    """The share of elements, of those whose group has another one, whose nearest neighbour is of the same group."""
    groups = np.asarray(groups)
    distances = np.linalg.norm(points[:, None] - points, axis=-1) + np.diag(np.full(len(points), np.inf))
    shared = (groups[:, None] == groups).sum(axis=1) > 1
    return float((groups[distances.argmin(axis=1)] == groups)[shared].mean()) if shared.any() else float("nan")


@command.figure("elements")
@click.option("--table", type=click.Choice(["both", "sender", "receiver"]), default="both", show_default=True)
def main(*, model: str, folder: Callable[[], Path], output: Path, seed: int, table: str) -> bool:
    """Draw the elements that a MODEL knows by the principal components of its embedding."""
    judged = data.model(model)
    tensors = judged.tensors()
    names = [f"embedding.{side}" for side in ("sender", "receiver") if table in (side, "both")]
    found = [tensors[name] for name in names if name in tensors]
    if not found:
        raise click.ClickException(f"{model} has no table of its own for the {table}")
    numbers = np.array(judged.elements)
    if len(numbers) < 3:
        raise click.ClickException(f"{model} knows {len(numbers)} elements: no map can be drawn of fewer than 3")
    points, shares = components(np.concatenate(found, axis=1))
    groups = np.array([place(int(number))[1] for number in numbers])

    agree = neighbors_agree(points, groups)
    random = np.random.default_rng(seed)
    chance = [neighbors_agree(points, random.permutation(groups)) for _ in range(SHUFFLES)]
    command.table(
        f"{model}: the embedding of {len(numbers)} elements",
        ("", ""),
        [
            *((f"variance along component {k}", float(share)) for k, share in enumerate(shares[:4], 1)),
            ("nearest neighbour of the same group, share of elements", agree),
            ("the same with groups shuffled, mean", float(np.mean(chance))),
            ("the same with groups shuffled, highest of 1,000", float(np.max(chance))),
        ],
    )
    distances = np.linalg.norm(points[:, None] - points, axis=-1) + np.diag(np.full(len(points), np.inf))
    close = sorted((distances[i].min(), i, int(distances[i].argmin())) for i in range(len(points)))
    pairs = dict.fromkeys(tuple(sorted((i, j), key=lambda k: numbers[k])) for _, i, j in close)
    console.print(
        "closest pairs: " + ", ".join("-".join(chemical_symbols[numbers[k]] for k in pair) for pair in list(pairs)[:12])
    )

    style.save(drawn(numbers, groups, points, shares), output)
    return False


def drawn(numbers: Any, groups: Any, points: Any, shares: Any) -> Figure:
    """The map, and below it the periodic table in the same colours."""
    figure = plt.figure(figsize=(8.6, 6.8))
    axes = figure.add_axes((0.07, 0.28, 0.91, 0.70))
    shown = np.column_stack([points, np.zeros(len(points))])[:, :2]
    low, high = shown.min(axis=0), shown.max(axis=0)
    margin = 0.04 * np.where(high > low, high - low, 1)
    axes.set(xlim=(low[0] - margin[0], high[0] + margin[0]), ylim=(low[1] - margin[1], high[1] + margin[1]))
    labels = apart(axes.transData.transform(shown), 0.85 * DIAMETER * figure.dpi / 72)
    labels = axes.transData.inverted().transform(labels)
    for label, point, number, group in zip(labels, shown, numbers, groups, strict=True):
        axes.plot(*zip(label, point, strict=True), color=style.GREY, linewidth=0.6, zorder=1)
        axes.scatter(*label, s=DIAMETER**2, color=COLORS[group], linewidths=0, zorder=2)
        axes.text(*label, chemical_symbols[number], color=ink(group), **SYMBOL)
    axes.set(
        xlabel=f"first principal component ({100 * shares[0]:.0f} % of the variance)",
        ylabel=f"second ({100 * shares[1]:.0f} %)" if len(shares) > 1 else "",
    )
    legend(figure.add_axes((0.25, 0.0, 0.5, 0.2)), set(numbers.tolist()))
    return figure


def apart(points: Any, distance: float) -> Any:
    """Moves what lies closer than a distance apart by as little as that takes, roughly; so symbols can be read."""
    moved = points + 1e-3 * np.arange(len(points))[:, None]  # none in the same place
    for _ in range(200):
        between = moved[:, None] - moved
        lengths = np.linalg.norm(between, axis=-1) + np.eye(len(points))
        overlap = np.clip(distance - lengths, 0, None) * (1 - np.eye(len(points)))
        if not overlap.any():
            break
        moved = moved + 0.5 * (between / lengths[..., None] * overlap[..., None]).sum(axis=1) * 0.6
    return moved


def ink(group: int) -> str:
    """Black or white, whichever can be read on a group's colour."""
    red, green, blue = plt.matplotlib.colors.to_rgb(COLORS[group])
    return "black" if 0.299 * red + 0.587 * green + 0.114 * blue > 0.55 else "white"


def legend(axes: Axes, known: set[int]) -> None:
    """A small periodic table in the same colours; what the model does not know is left white."""
    for number in range(1, 104):
        period, group = place(number)
        column, row = group, period
        if group > 18:
            column, row = number - (LANTHANIDES if group == 19 else ACTINIDES)[0] + 3, period + 2.3
        color = COLORS[group] if number in known else "white"
        axes.add_patch(plt.Rectangle((column, -row), 0.94, 0.94, facecolor=color, edgecolor="#cccccc", linewidth=0.4))
        if number in known:
            axes.text(
                column + 0.47, 0.45 - row, chemical_symbols[number], color=ink(group), **{**SYMBOL, "fontsize": 5}
            )
    axes.set(xlim=(0.5, 19.5), ylim=(-9.6, 0.2))
    axes.axis("off")


if __name__ == "__main__":
    main()
