"""Pseudo-energy of true molecules against their atomization energy, which no training has seen.

python Benchmarks/figures/atomization.py qm7
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import command
import numpy as np
import style
from command import data
from judging.correlation import pearson
from matplotlib.figure import Figure
from style import plt

PANELS = 6  # of the commonest compositions


@command.figure("atomization")
@click.option("--molecules", type=click.IntRange(min=3), help="The first so many of the data.  [default: all]")
def main(*, model: str, folder: Callable[[], Path], output: Path, seed: int, molecules: int | None) -> bool:
    """Draw E against the atomization energy of QM7's molecules, for a MODEL of molecules."""
    judged = data.model(model)
    known = [
        atoms
        for atoms in data.structures(folder() / "qm7.extxyz", "name").values()
        if set(atoms.numbers.tolist()) <= set(judged.elements)
    ][:molecules]
    energies = np.array([results.energy for results in judged.evaluate_batch(known)])
    atomization = np.array([atoms.info["atomization_energy_pbe0"] for atoms in known])
    sizes = np.array([len(atoms) for atoms in known])
    formulas = [atoms.get_chemical_formula() for atoms in known]

    rows = [("molecules: E", len(known), pearson(energies, atomization))]
    rows.append(("molecules: the number of atoms alone", len(known), pearson(-sizes, atomization)))
    rows.append(("molecules: E per atom", len(known), pearson(energies / sizes, atomization / sizes)))
    common = [formula for formula, count in Counter(formulas).most_common(PANELS) if count > 2]
    members = {formula: np.flatnonzero(np.array(formulas) == formula) for formula in dict.fromkeys(formulas)}
    # All compositions in one: by how much a molecule's share per atom differs from the mean of its composition.
    own = np.concatenate([members[formula] for formula in members])
    means = [np.concatenate([v[m] - v[m].mean() for m in members.values()]) for v in (energies, atomization)]
    rows.append(("within all compositions, per atom", len(known), pearson(*(each / sizes[own] for each in means))))
    for formula in common:
        rows.append(
            (f"within {formula}, per atom", len(members[formula]), within(members[formula], energies, atomization))
        )
    command.table(f"{model}: Pearson's R of E with the atomization energy", ("", "molecules", "R"), rows)
    figure = draw(energies, atomization, known, {formula: members[formula] for formula in common}, rows[0][2])
    style.save(figure, output)
    return False


def within(members: Any, energies: Any, atomization: Any) -> float:
    """R of isomers; the same per atom as per molecule."""
    return float(pearson(energies[members], atomization[members]))


def draw(energies: Any, atomization: Any, known: Any, common: dict[str, Any], overall: float) -> Figure:
    """On the left all molecules, on the right the commonest compositions per atom."""
    figure = plt.figure(figsize=(9.6, 4.3), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(1, 1.5))
    axes = left.subplots()
    heavy = np.array([(atoms.numbers > 1).sum() for atoms in known])
    colors = plt.colormaps["viridis_r"](np.linspace(0.05, 1, 7))
    for count in np.unique(heavy)[::-1]:
        some = heavy == count
        axes.scatter(
            atomization[some], energies[some], s=4, color=colors[min(count, 7) - 1], linewidths=0, label=f"{count}"
        )
    axes.legend(title="heavy atoms", markerscale=3, loc="lower right", title_fontsize=8, ncols=2)
    axes.set(xlabel="atomization energy, PBE0 (kcal/mol)", ylabel=style.PSEUDO_ENERGY)
    axes.locator_params(axis="x", nbins=5)
    axes.set_title(f"{len(known)} molecules")
    style.note(axes, f"R = {overall:.3f}")
    if not common:
        return figure
    panels = np.atleast_1d(right.subplots(2, -(-len(common) // 2), squeeze=False)).ravel()
    for panel, (formula, members) in zip(panels, common.items(), strict=False):
        size = len(known[members[0]])
        panel.scatter(
            atomization[members] / size, energies[members] / size, s=5, color=style.BLUE, alpha=0.5, linewidths=0
        )
        panel.set_title(f"{subscripts(formula)}, {len(members)} isomers", fontsize=9)
        style.note(panel, f"R = {within(members, energies, atomization):.2f}")
        panel.tick_params(labelsize=7)
        panel.locator_params(nbins=4)
    for panel in panels[len(common) :]:
        panel.remove()
    right.supxlabel("atomization energy per atom (kcal/mol)", fontsize=9)
    right.supylabel(style.PSEUDO_ENERGY_PER_ATOM, fontsize=9)
    return figure


def subscripts(formula: str) -> str:
    """C7H10O as it is printed."""
    return "".join(f"$_{{{letter}}}$" if letter.isdigit() else letter for letter in formula).replace("}$$_{", "")


if __name__ == "__main__":
    main()
