"""What random atoms become: PoseBusters' opinion of generated molecules, and the first of them.

python Benchmarks/figures/molecules.py qm7
python Benchmarks/figures/molecules.py qm7 --results build/quality/molecules-qm7.jsonl    # with what judge.py has done
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import command
import numpy as np
import style
from ase import Atoms
from atomization import subscripts
from command import data
from judging import molecule_measures as measures
from judging import molecules as judging
from judging import starts as beginnings
from judging.perception import WAYS, bond_graph, quiet
from judging.records import Records
from matplotlib.axes import Axes
from style import plt

WAY = "RDKit, uncharged"  # by which molecules in the gallery are judged
COLORS = {1: "#f4f4f4", 6: "#555555", 7: "#3b6fd4", 8: "#d63a2f", 16: "#e0b800"}
WITHOUT_NEWS = ("mol_pred_loaded",)  # passed by all that has bonds
RADII = {1: 0.28, 6: 0.42, 7: 0.41, 8: 0.40, 16: 0.5}  # angstrom, of the balls


@command.figure("molecules")
@click.option("--starts", type=click.IntRange(min=1), default=75, show_default=True, help="Random starts in all.")
@click.option("--common", default=10, show_default=True, help="So many of QM7's commonest compositions.")
@click.option("--unseen", default=",".join(beginnings.UNSEEN), help="Compositions that QM7 has not.")
@click.option("--shown", type=click.IntRange(min=1), default=30, show_default=True, help="Molecules in the gallery.")
@click.option("--truths", type=click.IntRange(min=1), default=50, show_default=True, help="True ones to check.")
@click.option(
    "--results", type=click.Path(path_type=Path), help="File of results to use and to go on with, as of judge.py."
)
@click.option("--processes", type=click.IntRange(min=1), default=1, show_default=True)
def main(
    *, model: str, folder: Callable[[], Path], output: Path, seed: int, starts: int, common: int, unseen: str,
    shown: int, truths: int, results: Path | None, processes: int,
) -> bool:  # fmt: skip
    """Generate molecules with a MODEL, put them through PoseBusters' checks, and draw the first ones."""
    known = data.structures(folder() / "qm7.extxyz", "name")
    by_formula = beginnings.by_formula(known, seed)
    often = beginnings.commonest(by_formula, common)
    formulas = often + [formula for formula in unseen.split(",") if formula]
    path = results or command.WORK / f"{command.kept('molecules', model)}-{seed}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    records = Records(path, {"model": data.checksum(model), "seed": seed, "preset": "molecules", "options": []})
    resumed = bool(records.known)
    work = beginnings.pieces(model, formulas, starts, "molecules", {}, seed)
    made = list(records.complete(judging.starts, work, processes, "starts").values())
    lists = {f"names {formula}": ([known[name] for name in by_formula[formula]],) for formula in often}
    names = records.complete(judging.names_of, lists, processes, "names of true molecules")
    named = {formula: names[f"names {formula}"] for formula in often}
    figures = measures.of_starts(made, named)

    # True molecules do not depend on the model: their opinions are kept for all of them.
    true_records = Records(command.WORK / f"molecules-truth-{len(known)}-{seed}.jsonl", {"seed": seed})
    true_work = beginnings.true_pieces(known, by_formula, often, truths)
    true_made = true_records.complete(judging.true_opinions, true_work, processes, "true molecules")
    true = measures.of_starts(list(true_made.values()), named)

    columns = {**{way: figures[way] for way in WAYS}, f"true molecules,\n{WAY}": true[WAY]}
    rows = list(dict.fromkeys(name for column in columns.values() for name in column if name not in WITHOUT_NEWS))
    title = f"{model}: per cent of {figures['starts']} starts ({percent(figures['converged'])} converged)"
    command.table(
        f"{title}, and of {true['starts']} true molecules",
        ("", *columns),
        [(name, *(percent(column.get(name)) for column in columns.values())) for name in rows],
    )
    draw(figures, columns, rows, first_ones(made, formulas, shown, named), output)
    return resumed


def percent(share: Any) -> str:
    """A share as it is printed; what was not asked or has no answer is a dash."""
    return "-" if share is None or not np.isfinite(share) else f"{100 * share:.0f}"


@dataclass(frozen=True)
class Shown:
    """A start as it is drawn. verdict: in a few words. color: of these."""

    formula: str
    atoms: Atoms | None
    verdict: str
    color: str


def first_ones(made: Sequence[Any], formulas: Sequence[str], count: int, named: Any) -> list[Shown]:
    """The first starts of every formula, one after the other, whatever became of them."""
    starts = {(each["formula"], molecule["index"]): molecule for each in made for molecule in each["molecules"]}
    order = sorted(starts, key=lambda key: (key[1], formulas.index(key[0])))[:count]
    return [verdict(formula, starts[formula, index], named.get(formula)) for formula, index in order]


def verdict(formula: str, molecule: Any, named: Any) -> Shown:
    """What became of a start, judged by WAY. named: QM7's molecules of the composition, None if it has none."""
    atoms = Atoms(molecule["numbers"], molecule["positions"]) if "numbers" in molecule else None
    opinion = molecule.get("opinions", {}).get(WAY)
    if opinion is None:
        return Shown(formula, atoms, "not converged", style.RED)
    if not opinion["perceived"]:
        return Shown(formula, atoms, "no valid bonds", style.RED)
    failed = [check for check, passed in opinion["checks"].items() if not passed]
    if failed or not opinion["checks"]:
        return Shown(formula, atoms, "fails: " + failed[0].replace("_", " ") if failed else "not checked", style.RED)
    if named and opinion["name"] in named[WAY]:
        return Shown(formula, atoms, "passes; in QM7", style.GREEN)
    return Shown(formula, atoms, "passes; not in QM7", style.BLUE)


def draw(figures: Any, columns: Any, rows: Sequence[str], gallery: Sequence[Shown], output: Path) -> None:
    """The table, and below it the gallery."""
    across = 6
    down = -(-len(gallery) // across)
    figure = plt.figure(figsize=(8.4, 3.3 + 1.35 * down), layout="constrained")
    top, bottom = figure.subfigures(2, 1, height_ratios=(3.3, 1.35 * down))
    sheet(top.subplots(), columns, rows, figures["starts"])
    reach = max((np.abs(view(each.atoms)).max() for each in gallery if each.atoms is not None), default=3) + 0.5
    panels = bottom.subplots(down, across, squeeze=False).ravel()
    for axes, each in zip(panels, gallery, strict=False):
        if each.atoms is not None:
            ball_and_stick(axes, each.atoms)
        axes.set(xlim=(-reach, reach), ylim=(-0.68 * reach, 0.68 * reach), aspect="equal")
        axes.set_title(f"{subscripts(each.formula)}\n{each.verdict}", fontsize=7, color=each.color, pad=1)
    for axes in panels:
        axes.axis("off")
    style.save(figure, output)


def sheet(axes: Axes, columns: Any, rows: Sequence[str], starts: int) -> None:
    """The table, with colours for the shares of all starts."""
    shares = np.array([[column.get(row, np.nan) for column in columns.values()] for row in rows], dtype=float)
    of_all = [", of " not in row for row in rows]
    axes.imshow(
        np.where(np.array(of_all)[:, None], shares, np.nan), cmap="RdYlGn", vmin=0, vmax=1, alpha=0.45, aspect="auto"
    )
    for (row, column), share in np.ndenumerate(shares):
        axes.text(column, row, percent(share), ha="center", va="center", fontsize=7)
    axes.set_xticks(range(len(columns)), [label.replace(", ", ",\n") for label in columns], fontsize=7)
    axes.set_yticks(range(len(rows)), [row.replace("_", " ") for row in rows], fontsize=7)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_title(f"PoseBusters: per cent of {starts} random starts", fontsize=9)


# Balls and sticks


def view(atoms: Atoms) -> Any:
    """Positions as seen along the direction in which the molecule is thinnest, a little from above."""
    centered = atoms.positions - atoms.positions.mean(axis=0)
    axes = np.linalg.svd(centered)[2]
    seen = centered @ axes.T
    tilt = np.radians(20)
    turn = np.array([[1, 0, 0], [0, np.cos(tilt), -np.sin(tilt)], [0, np.sin(tilt), np.cos(tilt)]])
    seen = seen @ turn.T
    return seen - (seen.max(axis=0) + seen.min(axis=0)) / 2


def bonds_of(atoms: Atoms) -> list[tuple[int, int, int]]:
    """Pairs with their order: as WAY perceives them, or all that are close, as single."""
    with quiet():
        molecule = WAYS[WAY](atoms)
    if molecule is not None:
        return [
            (bond.GetBeginAtomIdx(), bond.GetEndAtomIdx(), round(bond.GetBondTypeAsDouble()))
            for bond in molecule.GetBonds()
        ]
    return [(i, j, 1) for i, j in sorted(bond_graph(atoms))]


def ball_and_stick(axes: Axes, atoms: Atoms) -> None:
    """Draws a molecule; what is farther away is paler, and behind."""
    seen = view(atoms)
    depth = (seen[:, 2] - seen[:, 2].min()) / max(np.ptp(seen[:, 2]), 1e-9)
    for i, j, order in bonds_of(atoms):
        along = (seen[j] - seen[i])[:2]
        aside = np.array([-along[1], along[0]]) / max(np.linalg.norm(along), 1e-9)
        for k in range(order):
            shift = 0.16 * (k - (order - 1) / 2) * aside
            ends = np.array([seen[i, :2] + shift, seen[j, :2] + shift])
            axes.plot(*ends.T, color=paler("#808080", depth[[i, j]].mean()), linewidth=1.4, zorder=depth[[i, j]].mean())
    for number, place, near in zip(atoms.numbers, seen, depth, strict=True):
        color, radius = COLORS.get(int(number), "#b060c0"), RADII.get(int(number), 0.45)
        axes.add_patch(
            plt.Circle(
                place[:2],
                radius,
                facecolor=paler(color, near),
                edgecolor=paler("#202020", near),
                linewidth=0.5,
                zorder=near + 0.01,
            )
        )
        spot = place[:2] + 0.35 * radius * np.array([-1, 1])
        axes.add_patch(plt.Circle(spot, 0.22 * radius, facecolor="white", alpha=0.7, linewidth=0, zorder=near + 0.02))


def paler(color: str, near: float) -> tuple[float, ...]:
    """A colour mixed with up to a third of white, in few steps: a palette has to do."""
    mixed = np.array(plt.matplotlib.colors.to_rgb(color))
    return tuple(mixed + (1 - mixed) * 0.4 * round(2 * (1 - near)) / 2)


if __name__ == "__main__":
    main()
