"""The structures that a potential is checked on: random, of all its elements, as dense as its cutoff asks for."""

from __future__ import annotations

import itertools

import numpy as np

from ..structure import Integers, Reals, Structure
from .grades import Potential

CELL = np.array([[1.0, 0.05, -0.1], [0.2, 1.05, 0.1], [-0.15, 0.1, 0.95]])  # in no symmetry


def spacing(potential: Potential) -> float:
    """Distance of nearest neighbours, angstrom: an atom then has a dozen and more within the cutoff."""
    return 0.55 * potential.cutoff


def cluster(potential: Potential, numbers: list[int], generator: np.random.Generator) -> Structure:
    """A compact cluster of these atoms: a piece of an fcc crystal about a random point, distorted at random."""
    steps = range(-4, 5)
    points = np.array([p for p in itertools.product(steps, steps, steps) if sum(p) % 2 == 0]) / np.sqrt(2)
    points = points[np.argsort(np.linalg.norm(points - generator.uniform(-0.2, 0.2, 3), axis=1), kind="stable")]
    positions = points[: len(numbers)] + generator.uniform(-0.12, 0.12, (len(numbers), 3))
    return Structure(_int32(numbers), spacing(potential) * positions)


def crystal(
    potential: Potential,
    numbers: list[int],
    generator: np.random.Generator,
    pbc: tuple[bool, bool, bool] = (True, True, True),
) -> Structure:
    """Up to eight atoms in a skewed cell about as long as the cutoff, distorted at random, some outside the cell."""
    corners = np.array(list(itertools.product((0.0, 1.0), repeat=3)))
    points = corners[generator.permutation(8)[: len(numbers)]] + generator.uniform(-0.1, 0.1, (len(numbers), 3))
    points += 2 * generator.integers(-1, 2, points.shape) * np.array(pbc)
    cell = 2 * CELL * spacing(potential) * generator.uniform(0.95, 1.05)
    return Structure(_int32(numbers), points / 2 @ cell, cell, pbc)


def mixtures(potential: Potential, size: int, generator: np.random.Generator) -> list[list[int]]:
    """Lists of `size` elements in which each element of the potential is at least once."""
    elements = generator.permutation(potential.elements).tolist()
    missing = -len(elements) % size
    elements += generator.choice(potential.elements, missing).tolist()
    return [elements[start : start + size] for start in range(0, len(elements), size)]


def samples(potential: Potential, seed: int) -> list[Structure]:
    """Mixed clusters, crystals, slabs and wires in which every element is."""
    generator = np.random.default_rng(seed)
    found = [cluster(potential, numbers, generator) for numbers in mixtures(potential, 13, generator)]
    found += [crystal(potential, numbers, generator) for numbers in mixtures(potential, 8, generator)]
    for pbc in ((True, True, False), (False, False, True)):
        found += [crystal(potential, mixtures(potential, 6, generator)[0], generator, pbc)]
    return found


def moved(structure: Structure, positions: Reals, cell: Reals | None = None) -> Structure:
    """The same atoms elsewhere."""
    return Structure(structure.numbers, positions, structure.cell if cell is None else cell, structure.pbc)


def rotation(generator: np.random.Generator) -> Reals:
    """A rotation drawn uniformly (QR of a matrix of normal deviates: Mezzadri, Notices AMS 54, 592 (2007))."""
    q, r = np.linalg.qr(generator.normal(size=(3, 3)))
    q *= np.sign(np.diag(r))
    q[:, 0] *= np.linalg.det(q)
    return np.asarray(q)


def _int32(numbers: list[int]) -> Integers:
    return np.array(numbers, dtype=np.int32)
