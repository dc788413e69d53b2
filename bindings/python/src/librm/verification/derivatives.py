"""Forces and stress against numerical derivatives of the energy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..structure import Reals, Structure
from .grades import Finding, Potential, letter
from .structures import cluster, crystal, mixtures, moved, samples

STEPS = 6  # halvings of the first step


def forces(potential: Potential, seed: int) -> Finding:
    """Every component of the forces in a cluster and a crystal of each element, and in mixed ones."""
    generator = np.random.default_rng(seed)
    structures = samples(potential, seed)
    for number in potential.elements:
        structures += [cluster(potential, [number] * 4, generator), crystal(potential, [number] * 3, generator)]
    error, components = 0.0, 0
    for structure in structures:
        numerical = derivatives(potential, structure, structure.positions.size, displaced)
        exact = potential.evaluate(structure).forces
        error = worst(error, exact.ravel() + numerical, exact)
        components += exact.size
    return Finding(letter(error), error, f"{components} components in {len(structures)} structures")


def stress(potential: Potential, seed: int) -> Finding:
    """The strain gradient of mixed crystals, slabs, wires and clusters, and the stress of the crystals."""
    generator = np.random.default_rng(seed)
    structures = samples(potential, seed)
    structures += [crystal(potential, numbers, generator) for numbers in mixtures(potential, 4, generator)]
    error = 0.0
    for structure in structures:
        results = potential.evaluate(structure)
        numerical = derivatives(potential, structure, 9, strained).reshape(3, 3)
        numerical = (numerical + numerical.T) / 2
        error = worst(error, results.strain_gradient - numerical, results.strain_gradient)
        if results.stress is not None and structure.cell is not None:
            error = worst(error, results.stress - numerical / abs(np.linalg.det(structure.cell)), results.stress)
    return Finding(letter(error), error, f"{9 * len(structures)} components in {len(structures)} structures")


def worst(error: float, differences: Reals, exact: Reals) -> float:
    """The larger of the error so far and of these differences as a share of the largest exact component."""
    share = float(np.abs(differences).max() / np.abs(exact).max())
    return max(error, share if np.isfinite(share) else float("inf"))


def displaced(structure: Structure, component: int, step: float) -> Structure:
    """One coordinate of one atom moved by `step` angstrom."""
    positions = structure.positions.copy()
    positions.flat[component] += step
    return moved(structure, positions)


def strained(structure: Structure, component: int, step: float) -> Structure:
    """One component of the strain changed; atoms and cell go along."""
    deformation = np.eye(3)
    deformation.flat[component] += step
    cell = None if structure.cell is None else structure.cell @ deformation
    return moved(structure, structure.positions @ deformation, cell)


def derivatives(
    potential: Potential, structure: Structure, count: int, change: Callable[[Structure, int, float], Structure]
) -> Reals:
    """[count] dE by each component of a change: Richardson's extrapolation of central differences.

    For each component the entry of the table is taken that differs least from those that it was made of (C. J. F.
    Ridders, Adv. Eng. Softw. 4, 75 (1982)).
    """
    steps = 0.016 * 0.5 ** np.arange(STEPS)
    batch = [
        change(structure, component, sign * step) for component in range(count) for step in steps for sign in (1, -1)
    ]
    energies = np.array([results.energy for results in potential.evaluate_batch(batch)]).reshape(count, STEPS, 2)
    column = (energies[:, :, 0] - energies[:, :, 1]) / (2 * steps)
    best, least = column[:, -1].copy(), np.full(count, np.inf)
    for order in range(1, STEPS):
        factor = 4.0**order
        better = (factor * column[:, 1:] - column[:, :-1]) / (factor - 1)
        spread = np.maximum(np.abs(better - column[:, 1:]), np.abs(better - column[:, :-1]))
        index = spread.argmin(axis=1)
        least_here = np.take_along_axis(spread, index[:, None], 1)[:, 0]
        value = np.take_along_axis(better, index[:, None], 1)[:, 0]
        best, least = np.where(least_here < least, value, best), np.minimum(least, least_here)
        column = better
    return np.asarray(best)
