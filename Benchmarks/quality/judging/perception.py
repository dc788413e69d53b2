"""Bonds of a molecule from its geometry, in three ways. What cannot be perceived is None."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Callable, Iterator

import ase.io
import numpy as np
from ase import Atoms
from rdkit import Chem
from rdkit.Chem import rdDetermineBonds

from librm.rivals import bonds


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keeps from standard error all that RDKit, Open Babel and PoseBusters, in their own ways, say of bad molecules."""
    sys.stderr.flush()
    before = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(before, 2)
        os.close(before)
        os.close(nowhere)


def bond_graph(atoms: Atoms) -> frozenset[tuple[int, int]]:
    """The pairs of atoms that are closer than 1.25 times the sum of their covalent radii."""
    return frozenset((int(i), int(j)) for i, j in np.argwhere(np.triu(bonds(atoms), 1)))


def _xyz(atoms: Atoms) -> str:
    text = io.StringIO()
    ase.io.write(text, Atoms(atoms.numbers, atoms.positions), format="xyz")
    return text.getvalue()


def _by_rdkit(atoms: Atoms, charged: bool) -> Chem.Mol | None:
    made = Chem.MolFromXYZBlock(_xyz(atoms))
    if made is None:
        return None
    try:
        # The limit is far beyond what molecules of this size need, and keeps tangles from taking hours.
        rdDetermineBonds.DetermineBonds(made, charge=0, allowChargedFragments=charged, maxIterations=100_000)
    except (ValueError, RuntimeError):
        return None
    return made


def _by_open_babel(atoms: Atoms) -> Chem.Mol | None:
    from openbabel import openbabel

    conversion = openbabel.OBConversion()
    conversion.SetInAndOutFormats("xyz", "mol")
    molecule = openbabel.OBMol()
    if not conversion.ReadString(molecule, _xyz(atoms)):
        return None
    made = Chem.MolFromMolBlock(conversion.WriteString(molecule), sanitize=False, removeHs=False)
    if made is not None:
        made.UpdatePropertyCache(strict=False)
    return made


WAYS: dict[str, Callable[[Atoms], Chem.Mol | None]] = {
    "RDKit, charged fragments": lambda atoms: _by_rdkit(atoms, True),
    "RDKit, uncharged": lambda atoms: _by_rdkit(atoms, False),
    "Open Babel": _by_open_babel,
}


def name(molecule: Chem.Mol | None) -> str | None:
    """Canonical SMILES without stereochemistry, by which molecules are told apart; None if it has none."""
    if molecule is None:
        return None
    try:
        return str(Chem.MolToSmiles(Chem.RemoveHs(molecule), isomericSmiles=False))
    except (ValueError, RuntimeError):
        return None


def zwitterion(molecule: Chem.Mol | None) -> bool:
    """Whether there are formal charges, in a molecule that has none as a whole."""
    return molecule is not None and any(atom.GetFormalCharge() for atom in molecule.GetAtoms())
