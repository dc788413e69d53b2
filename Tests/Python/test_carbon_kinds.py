"""The demo's test of what a crystal of carbon is, on structures that are known."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, make_supercell
from ase.spacegroup import crystal

DEMO = Path(__file__).resolve().parents[2] / "examples" / "demo"
sys.path.insert(0, str(DEMO))

from carbon_kinds import Kind, bonds_of, eclipsed_bonds, kind_of  # noqa: E402

BOND = 1.545  # angstrom, of diamond


def polytype(stacking: str) -> Atoms:
    """Diamond's bilayers stacked as the letters say: ABC is cubic diamond, AB hexagonal, ABCB 4H, ABCACB 6H."""
    edge, height = BOND * np.sqrt(8 / 3), 4 / 3 * BOND
    shifts = {"A": 0.0, "B": 1 / 3, "C": 2 / 3}
    positions, layers = [], len(stacking)
    for layer, letter in enumerate(stacking):
        below, above = shifts[letter], shifts[stacking[(layer + 1) % layers]]
        # The upper atom of a bilayer is on the site above which the next bilayer begins.
        positions += [(below, -below, layer / layers), (above, -above, (layer + 1 / 4) / layers)]
    cell = [[edge, 0, 0], [-edge / 2, edge * np.sqrt(3) / 2, 0], [0, 0, layers * height]]
    return Atoms("C" * 2 * layers, scaled_positions=positions, cell=cell, pbc=True)


def graphite(stacking: str = "AB", gap: float = 3.35, height: float = 0.0) -> Atoms:
    """Honeycomb layers `gap` apart; one of the two atoms of each is lifted by `height`, angstrom."""
    edge = 1.42 * np.sqrt(3)
    positions = []
    for layer, letter in enumerate(stacking):
        shift = {"A": 0.0, "B": 1 / 3, "C": 2 / 3}[letter]
        z = layer / len(stacking)
        positions += [(shift, -shift, z), (shift + 1 / 3, -shift - 1 / 3, z + height / (gap * len(stacking)))]
    cell = [[edge, 0, 0], [-edge / 2, edge * np.sqrt(3) / 2, 0], [0, 0, gap * len(stacking)]]
    return Atoms("C" * 2 * len(stacking), scaled_positions=positions, cell=cell, pbc=True)


def lonsdaleite() -> Atoms:
    return crystal("C", [(1 / 3, 2 / 3, 0.0625)], spacegroup=194, cellpar=[2.523, 2.523, 4.12, 90, 90, 120])


def bc8() -> Atoms:
    """BC8, a four-fold net that silicon takes on and carbon is predicted to take on, whose angles are 98 and 118."""
    return crystal("C", [(0.1003, 0.1003, 0.1003)], spacegroup=206, cellpar=[4.48, 4.48, 4.48, 90, 90, 90])


def bct_c4() -> Atoms:
    """Body-centred tetragonal C4: four-fold, with rings of four."""
    return crystal("C", [(0.1804, 0.1804, 0)], spacegroup=139, cellpar=[4.378, 4.378, 2.525, 90, 90, 90])


KNOWN = {
    "diamond": (bulk("C", "diamond", a=3.567), Kind.CUBIC),
    "cubic cell of diamond": (bulk("C", "diamond", a=3.567, cubic=True), Kind.CUBIC),
    "ABC": (polytype("ABC"), Kind.CUBIC),
    "AB": (polytype("AB"), Kind.HEXAGONAL),
    "lonsdaleite": (lonsdaleite(), Kind.HEXAGONAL),
    "4H": (polytype("ABCB"), Kind.STACKING_FAULT),
    "6H": (polytype("ABCACB"), Kind.STACKING_FAULT),
    "15R": (polytype("ABCBACABACBCACB"), Kind.STACKING_FAULT),
    "one fault": (polytype("ABCABCABAB"), Kind.STACKING_FAULT),
    "BC8": (bc8(), Kind.OTHER_FOURFOLD),
    "bct C4": (bct_c4(), Kind.OTHER_FOURFOLD),
    "graphite": (graphite("AB"), Kind.GRAPHITE),
    "AA graphite": (graphite("A"), Kind.GRAPHITE),
    "ABC graphite": (graphite("ABC"), Kind.GRAPHITE),
    "squeezed graphite": (graphite("AB", gap=2.2), Kind.GRAPHITE),
    "bilayers of diamond drawn apart": (graphite("AB", gap=3.35, height=0.5), Kind.OTHER),
    "fcc": (bulk("C", "fcc", a=3.1), Kind.OTHER),
    "bcc": (bulk("C", "bcc", a=2.4), Kind.OTHER),
    "simple cubic": (bulk("C", "sc", a=1.8), Kind.OTHER),
    "beta-tin": (crystal("C", [(0, 0, 0)], spacegroup=141, cellpar=[3.3, 3.3, 1.8, 90, 90, 90]), Kind.OTHER),
}


@pytest.mark.parametrize("name", KNOWN)
def test_known_structures(name: str) -> None:
    atoms, kind = KNOWN[name]
    assert kind_of(atoms) is kind


@pytest.mark.parametrize("name", KNOWN)
def test_neither_size_nor_orientation_nor_choice_of_cell_matters(name: str) -> None:
    atoms, kind = KNOWN[name]
    random = np.random.default_rng(len(name))
    changed = make_supercell(atoms, [[1, 1, 0], [0, 1, 0], [1, 0, 2]])
    changed.set_cell(0.93 * changed.cell, scale_atoms=True)
    changed.rotate(random.uniform(0, 360), random.normal(size=3), rotate_cell=True)
    changed.positions += random.uniform(-5, 5, size=3)
    changed = changed[random.permutation(len(changed))]
    assert kind_of(changed) is kind


@pytest.mark.parametrize("name", ["diamond", "lonsdaleite", "4H", "6H", "graphite", "fcc"])
@pytest.mark.parametrize("seed", range(3))
def test_rattled(name: str, seed: int) -> None:
    atoms, kind = KNOWN[name]
    rattled = atoms.repeat((2, 2, 2))
    rattled.rattle(0.05, seed=seed)
    assert kind_of(rattled) is kind


def test_melted_is_other() -> None:
    atoms = bulk("C", "diamond", a=3.567, cubic=True).repeat((2, 2, 2))
    atoms.rattle(0.5, seed=1)
    assert kind_of(atoms) is Kind.OTHER


def stackings(layers: int) -> list[str]:
    """All stackings of so many bilayers, the first on A; two in a row on the same sites would not bond."""
    every = ("A" + "".join(letters) for letters in itertools.product("ABC", repeat=layers - 1))
    return [stacking for stacking in every if all(map(str.__ne__, stacking, stacking[1:] + stacking[0]))]


@pytest.mark.parametrize("stacking", stackings(6))
def test_polytypes_by_counting(stacking: str) -> None:
    """The kind follows from the letters: a bilayer between two alike ones is hexagonal, else cubic."""
    hexagonal = [stacking[layer - 1] == (stacking * 2)[layer + 1] for layer in range(len(stacking))]
    expected = Kind.HEXAGONAL if all(hexagonal) else Kind.STACKING_FAULT if any(hexagonal) else Kind.CUBIC
    assert kind_of(polytype(stacking)) is expected


@pytest.mark.parametrize(("stacking", "share"), [("ABC", 0), ("ABCACB", 1 / 3), ("ABCB", 1 / 2), ("AB", 1)])
def test_hexagonality(stacking: str, share: float) -> None:
    """The share of atoms with one eclipsed bond is the hexagonality that the polytypes are named after."""
    eclipsed = eclipsed_bonds(bonds_of(polytype(stacking)))
    assert eclipsed is not None
    counts = [len(bonds) for bonds in eclipsed]
    assert max(counts) <= 1
    assert sum(counts) / len(counts) == pytest.approx(share)


@pytest.mark.parametrize(("name", "group"), [("ABC", 227), ("AB", 194), ("4H", 194), ("6H", 194)])
def test_the_structures_are_what_they_are_called(name: str, group: int) -> None:
    """spglib agrees on what these tests build."""
    spglib = pytest.importorskip("spglib")
    atoms, _ = KNOWN[name]
    cell = (atoms.cell.array, atoms.get_scaled_positions(), atoms.numbers)
    assert spglib.get_symmetry_dataset(cell, symprec=1e-4).number == group
