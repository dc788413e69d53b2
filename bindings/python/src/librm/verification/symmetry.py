"""Laws of symmetry: what energy, forces and stress do when atoms are renamed, shifted by lattice vectors, or turned."""

from __future__ import annotations

import numpy as np

from ..model import Results
from ..structure import Reals, Structure
from .grades import Finding, Potential, passes
from .structures import moved, rotation, samples

LIMIT = 1e-9  # of the largest number of its kind, rounding being some 1e-13 of it


def permutation(potential: Potential, seed: int) -> Finding:
    """Atoms in another order: the same energy, and each atom its own force."""
    generator = np.random.default_rng(seed)
    error, structures = 0.0, samples(potential, seed)
    for structure in structures:
        order = generator.permutation(len(structure))
        turned = Structure(structure.numbers[order], structure.positions[order], structure.cell, structure.pbc)
        before, after = potential.evaluate(structure), potential.evaluate(turned)
        wanted = before.energy, before.energies[order], before.forces[order], before.stress
        error = max(error, difference(wanted, after))
    return Finding(passes(error, LIMIT), error, f"{len(structures)} structures in another order")


def objectivity(potential: Potential, seed: int) -> Finding:
    """Rotated and shifted at random: the same energy; forces and stress turn along."""
    generator = np.random.default_rng(seed)
    error, structures = 0.0, samples(potential, seed)
    for structure in structures:
        turn = rotation(generator)
        cell = None if structure.cell is None else structure.cell @ turn
        turned = moved(structure, structure.positions @ turn + generator.uniform(-9, 9, 3), cell)
        error = max(error, difference(turned_results(potential.evaluate(structure), turn), potential.evaluate(turned)))
    return Finding(passes(error, LIMIT), error, f"{len(structures)} structures rotated and shifted")


def inversion(potential: Potential, seed: int) -> Finding:
    """Mirrored at a point: the same energy and stress; forces change sign."""
    error, structures = 0.0, samples(potential, seed)
    for structure in structures:
        mirrored = moved(structure, -structure.positions, None if structure.cell is None else -structure.cell)
        wanted = turned_results(potential.evaluate(structure), -np.eye(3))
        error = max(error, difference(wanted, potential.evaluate(mirrored)))
    return Finding(passes(error, LIMIT), error, f"{len(structures)} structures inverted")


def periodicity(potential: Potential, seed: int) -> Finding:
    """Any image of an atom will do, a supercell is as many cells, and directions that are not periodic are open."""
    generator = np.random.default_rng(seed)
    error, count = 0.0, 0
    for structure in samples(potential, seed):
        if structure.cell is None:
            continue
        count += 1
        periodic = np.array(structure.pbc)
        results = potential.evaluate(structure)
        same = results.energy, results.energies, results.forces, results.stress

        shifts = generator.integers(-3, 4, (len(structure), 3)) * periodic
        images = moved(structure, structure.positions + shifts @ structure.cell)
        error = max(error, difference(same, potential.evaluate(images)))

        if not periodic.all():  # the cell says nothing along these
            cell = np.where(periodic[:, None], structure.cell, generator.normal(size=(3, 3)))
            error = max(error, difference(same, potential.evaluate(moved(structure, structure.positions, cell))))

        axis = int(generator.choice(np.flatnonzero(periodic)))
        cell = structure.cell.copy()
        cell[axis] *= 2
        positions = np.concatenate([structure.positions, structure.positions + structure.cell[axis]])
        double = Structure(np.tile(structure.numbers, 2), positions, cell, structure.pbc)
        wanted = 2 * results.energy, np.tile(results.energies, 2), np.tile(results.forces, (2, 1)), results.stress
        error = max(error, difference(wanted, potential.evaluate(double)))
    detail = f"{count} crystals, slabs and wires: images, doubled cells, open directions"
    return Finding(passes(error, LIMIT), error, detail)


Wanted = tuple[float, Reals, Reals, "Reals | None"]


def turned_results(results: Results, turn: Reals) -> Wanted:
    """Energy, energies, forces and stress as they should be after rows of positions were multiplied by `turn`."""
    stress = None if results.stress is None else turn.T @ results.stress @ turn
    return results.energy, results.energies, results.forces @ turn, stress


def difference(wanted: Wanted, found: Results) -> float:
    """The largest difference, as a share of the largest number of its kind: of energies, of forces, of stresses."""
    energies, forces, stress = np.abs(wanted[1]).max(), np.abs(wanted[2]).max(), wanted[3]
    shares = [
        abs(found.energy - wanted[0]) / (energies * len(wanted[1])),
        np.abs(found.energies - wanted[1]).max() / energies,
        np.abs(found.forces - wanted[2]).max() / forces,
    ]
    if stress is not None and found.stress is not None:
        shares.append(np.abs(found.stress - stress).max() / np.abs(stress).max())
    largest = float(np.max(shares))
    return largest if np.isfinite(largest) else float("inf")
