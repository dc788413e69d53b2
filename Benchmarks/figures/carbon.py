"""Pseudo-energy against molar volume of the crystals of carbon that a search finds.

python Benchmarks/figures/carbon.py diamond
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
from ase import Atoms
from ase.neighborlist import neighbor_list
from carbon_kinds import Kind, kind_of
from command import data
from searching import SIZES, Found, search
from style import plt

MOLAR = 0.602214076  # cubic centimetre per mole, of 1 cubic angstrom per atom
BOND = 1.545  # angstrom, of diamond
LOWER = 0.001  # angstrom^2 per atom
STYLES = {
    Kind.OTHER: (style.GREY, "."),
    Kind.OTHER_FOURFOLD: (style.SKY, "s"),
    Kind.GRAPHITE: ("#000000", "h"),
    Kind.STACKING_FAULT: (style.GREEN, "D"),
    Kind.HEXAGONAL: (style.RED, "^"),
    Kind.CUBIC: (style.BLUE, "o"),
}


def polytype(stacking: str) -> Atoms:
    """Diamond's bilayers on the sites that the letters say: ABC is cubic diamond, AB hexagonal, ABCB 4H, ABCACB 6H."""
    shift = {"A": 0.0, "B": 1 / 3, "C": 2 / 3}
    layers = len(stacking)
    fractional = []
    for layer, letter in enumerate(stacking):
        above = shift[stacking[(layer + 1) % layers]]  # the upper atom of a bilayer carries the next one
        fractional += [(shift[letter], -shift[letter], layer / layers), (above, -above, (layer + 1 / 4) / layers)]
    edge, height = BOND * np.sqrt(8 / 3), 4 / 3 * BOND * layers
    cell = [[edge, 0, 0], [-edge / 2, edge * np.sqrt(3) / 2, 0], [0, 0, height]]
    return Atoms(f"C{2 * layers}", scaled_positions=fractional, cell=cell, pbc=True)


# Built, not found: where they lie at each volume, whether or not a search of small cells comes upon them.
POLYTYPES = {
    "cubic diamond, 3C": ("ABC", Kind.CUBIC, "-"),
    "stacking fault, 6H": ("ABCACB", Kind.STACKING_FAULT, "-"),
    "stacking fault, 4H": ("ABCB", Kind.STACKING_FAULT, "--"),
    "hexagonal diamond, 2H": ("AB", Kind.HEXAGONAL, "-"),
}


def curve(model: Any, atoms: Atoms, volumes: Any) -> Any:
    """E per atom of a crystal, relaxed at each volume per atom with the shape of its cell free."""
    energies = []
    for volume in volumes:
        scaled = atoms.copy()
        scaled.set_cell(atoms.cell * np.cbrt(volume * len(atoms) / atoms.get_volume()), scale_atoms=True)
        relaxed = model.relax(scaled, cell_mode="constant-volume", fmax=1e-4, max_steps=1000, max_step=0.2)
        same = relaxed.converged and kind_of(relaxed.structure.to_ase()) is kind_of(atoms)
        energies.append(relaxed.energy / len(atoms) if same else np.nan)
    return np.array(energies)


@command.figure("carbon")
@click.option("--starts", type=click.IntRange(min=1), default=120, show_default=True, help="Of 2 to 11 atoms, each.")
@click.option(
    "--largest",
    type=click.IntRange(min=1),
    default=1200,
    show_default=True,
    help="Starts of 12 atoms, into which stacking faults fit.",
)
@click.option("--points", type=click.IntRange(min=2), default=25, show_default=True, help="Of each polytype's curve.")
def main(
    *, model: str, folder: Callable[[], Path], output: Path, seed: int, starts: int, largest: int, points: int
) -> bool:
    """Draw E against volume of the crystals of carbon that a search with a MODEL finds, coloured by their kind."""
    judged = data.model(model)
    with command.progress() as progress:
        outcomes = [
            search(judged, count, seed, 1, progress, sizes)
            for count, sizes in ((starts, SIZES[:-1]), (largest, SIZES[-1:]))
        ]
    found = [each for outcome in outcomes for each in outcome.found]
    if not found:
        raise click.ClickException("nothing converged: more --starts are needed")
    volumes = np.linspace(min(each.volume for each in found), max(each.volume for each in found), points)
    curves = {name: curve(judged, polytype(letters), volumes) for name, (letters, _, _) in POLYTYPES.items()}

    rows = []
    counts = Counter(each.kind for each in found)
    for kind in reversed(STYLES):
        own = [each for each in found if each.kind is kind]
        lowest = min(own, key=lambda each: each.energy, default=None)
        extent = f"{min(e.volume for e in own):.2f} to {max(e.volume for e in own):.2f}" if own else ""
        rows.append(
            (
                kind.value,
                counts[kind],
                extent,
                *((f"{lowest.energy:.4f}", f"{lowest.volume:.2f}") if lowest else ("", "")),
            )
        )
    converged, tried = (sum(getattr(outcome, name) for outcome in outcomes) for name in ("converged", "tried"))
    command.table(
        f"{model}: {converged} of {tried} starts converged; crystals that differ, by kind",
        ("", "found", "volume / Å³", "lowest E / Å²", "its volume / Å³"),
        rows,
    )
    at = {name: int(np.nanargmin(values)) for name, values in curves.items() if np.isfinite(values).any()}
    command.table(
        "built, relaxed at each volume (per atom)",
        ("", "lowest E / Å²", "its volume / Å³"),
        [(name, f"{curves[name][k]:.4f}", f"{volumes[k]:.2f}") for name, k in at.items()],
    )
    line = smooth(volumes, curves["cubic diamond, 3C"])
    lower = [each for each in found if each.energy < line(each.volume) - LOWER]
    command.console.print(
        f"lower than cubic diamond of the same volume by more than {LOWER} Å²: {len(lower)} of {len(found)}"
        + "".join(f", {count} {name}" for name, count in Counter(each.kind.value for each in lower).items())
    )
    if lower:
        closest = [nearest(each.atoms) for each in lower]
        command.console.print(f"their shortest distances: {min(closest):.2f} to {max(closest):.2f} Å")
    draw(found, volumes, curves, output)
    return False


def nearest(atoms: Atoms) -> float:
    """The shortest distance in a crystal, angstrom."""
    return float(neighbor_list("d", atoms, 2 * np.cbrt(atoms.get_volume() / len(atoms))).min())


def smooth(volumes: Any, energies: Any) -> Callable[[Any], Any]:
    """A polynomial through a curve, for the volumes between its points."""
    whole = np.isfinite(energies)
    if whole.sum() < 2:
        raise click.ClickException("cubic diamond is not a minimum of this model: there is nothing to compare with")
    return np.polynomial.Polynomial.fit(volumes[whole], energies[whole], min(8, int(whole.sum()) - 1))


def draw(found: list[Found], volumes: Any, curves: dict[str, Any], output: Path) -> None:
    """All of it on the left; on the right how far above cubic diamond of the same volume."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9.6, 4.5), layout="constrained", width_ratios=(1.25, 1))
    lowest = curves["cubic diamond, 3C"]
    line = smooth(volumes, lowest)
    for kind, (color, marker) in STYLES.items():
        own = np.array([(each.volume, each.energy) for each in found if each.kind is kind]).reshape(-1, 2)
        if not len(own):
            continue
        look = {"s": 14, "color": color, "marker": marker, "linewidths": 0}
        left.scatter(MOLAR * own[:, 0], own[:, 1], label=f"{kind.value} ({len(own)})", **look)
        right.scatter(MOLAR * own[:, 0], own[:, 1] - line(own[:, 0]), **look)
    for name, (_, kind, dashes) in POLYTYPES.items():
        look = {"color": STYLES[kind][0], "linewidth": 1, "linestyle": dashes, "zorder": 0}
        left.plot(MOLAR * volumes, curves[name], **{**look, "alpha": 0.6})
        right.plot(MOLAR * volumes, curves[name] - lowest, label=name, **look)
    left.set(xlabel="molar volume (cm³/mol)", ylabel=style.PSEUDO_ENERGY_PER_ATOM, title="Crystals of carbon, found")
    right.set(
        xlabel="molar volume (cm³/mol)", ylabel="Ẽ per atom above cubic diamond (Å²)",
        title="Above cubic diamond; lines: polytypes, built",
    )  # fmt: skip
    handles, labels = left.get_legend_handles_labels()
    left.legend(handles[::-1], labels[::-1])
    right.legend(loc="upper left")
    for axes in (left, right):
        top = axes.secondary_xaxis("top", functions=(lambda v: v / MOLAR, lambda v: v * MOLAR))
        top.set_xlabel("volume per atom (Å³)", fontsize=8)
        top.tick_params(labelsize=7)
    style.save(figure, output)


if __name__ == "__main__":
    main()
