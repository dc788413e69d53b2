"""What a model makes of one molecule, and of random starts for a composition, with PoseBusters' opinion of them."""

from __future__ import annotations

import functools
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from ase import Atoms
from librm.splits import seed_for
from posebusters import PoseBusters
from rdkit import Chem

from .data import model
from .perception import WAYS, bond_graph, name, quiet, zwitterion

Record = dict[str, Any]


@functools.lru_cache
def busters() -> PoseBusters:
    """The checks of single molecules; each process has its own."""
    return PoseBusters(config="mol", max_workers=0)


def at_truth(path: str, truth: Atoms) -> Record:
    """Forces at the true geometry, and whether the bonds survive a relaxation."""
    judged = model(path)
    results = judged.evaluate(truth)
    relaxed = judged.relax(truth, fmax=1e-3, max_steps=3000)
    before, after = bond_graph(truth), bond_graph(relaxed.structure.to_ase())
    changed = before ^ after
    return {
        "atoms": len(truth),
        "formula": truth.get_chemical_formula(),
        "force_squares": float((results.forces**2).sum()),
        "energy_at_truth": results.energy,
        "converged": relaxed.converged,
        "kept": before == after,
        "changed": sorted("-".join(sorted(truth.symbols[i] for i in pair)) for pair in changed),
    }


def starts(
    path: str, formula: str, first: int, count: int, preset: Any, options: Mapping[str, Any], seed: int
) -> Record:
    """Candidates first to first + count - 1 for a composition, each with what is found of it."""
    began = time.perf_counter()
    result = model(path).search(
        formula, preset, first=first, count=count, seed=seed_for(formula, seed), duplicate_tolerance=0, **options
    )
    seconds = time.perf_counter() - began
    made = {candidate.index: candidate for candidate in result}
    molecules = []
    for index in range(first, first + count):
        candidate = made.get(index)
        record: Record = {"index": index, "converged": candidate is not None and candidate.state == "converged"}
        if candidate is not None:
            atoms = candidate.structure.to_ase()
            record.update(
                energy=candidate.energy,
                steps=candidate.steps,
                numbers=atoms.numbers.tolist(),
                positions=np.round(atoms.positions, 4).tolist(),
            )
            record["opinions"] = opinions(atoms) if record["converged"] else {}
        molecules.append(record)
    return {"formula": formula, "molecules": molecules, "search_seconds": seconds, "starts": count}


def true_opinions(truths: Sequence[Atoms]) -> Record:
    """The same record for true molecules."""
    molecules = [
        {"index": index, "converged": True, "steps": 0, "opinions": opinions(atoms)}
        for index, atoms in enumerate(truths)
    ]
    formula = truths[0].get_chemical_formula()
    return {"formula": formula, "molecules": molecules, "search_seconds": 0.0, "starts": len(truths)}


@quiet()
def opinions(atoms: Atoms) -> dict[str, Record]:
    """For each way of perceiving bonds what the molecule is, and which of PoseBusters' checks it passes.

    Ways that agree on all bonds and charges share the checks.
    """
    found: dict[str, Record] = {}
    known: dict[Any, dict[str, bool]] = {}
    for way, perceive in WAYS.items():
        molecule = perceive(atoms)
        if molecule is None:
            found[way] = {"perceived": False, "checks": {}}
            continue
        key = _bonds(molecule)
        if key not in known:
            known[key] = _checks(molecule)
        found[way] = {
            "perceived": True,
            "name": name(molecule),
            "zwitterion": zwitterion(molecule),
            "checks": known[key],
        }
    return found


@quiet()
def names_of(truths: Sequence[Atoms]) -> Record:
    """The names of true molecules, for each way of perceiving bonds."""
    return {way: sorted({str(name(perceive(atoms))) for atoms in truths}) for way, perceive in WAYS.items()}


def _bonds(molecule: Chem.Mol) -> Any:
    bonds = sorted(
        (*sorted((bond.GetBeginAtomIdx(), bond.GetEndAtomIdx())), str(bond.GetBondType()))
        for bond in molecule.GetBonds()
    )
    atoms = [(atom.GetFormalCharge(), atom.GetNumRadicalElectrons()) for atom in molecule.GetAtoms()]
    return tuple(bonds), tuple(atoms)


def _checks(molecule: Chem.Mol) -> dict[str, bool]:
    table = busters().bust(molecule)
    return {str(check): bool(passed) for check, passed in table.iloc[0].items()}
