"""Whether the energy of every pair of elements is continuous, with its slope, from close by to beyond the cutoff."""

from __future__ import annotations

import itertools
import os

import numpy as np
from ase.data import chemical_symbols
from numpy.typing import NDArray

from ..structure import Reals, Structure
from .grades import Finding, Potential, passes

POINTS = 96  # of the first grid, from 0.1 times to nearly 1.1 times the cutoff
ZOOMS = 4  # at most: what is smooth but steep needs more than the two that do for most
ZOOM = 8
LIMIT = 1e-7  # of the largest energy or force of the pair
DIRECTION = np.array([1.0, 2.0, 3.0]) / np.sqrt(14)
CHUNK = 5_000  # dimers in one structure


def dimer_continuity(potential: Potential, seed: int) -> Finding:
    """Looks for jumps of energy and force of every pair from 0.1 to 1.1 times the cutoff, and at the cutoff itself.

    Where a function is smooth, what its neighbours on a grid foretell is wrong by the fourth power of the grid's
    spacing; where it jumps, by half of the jump on every grid. So the worst places of a coarse grid are looked at on
    finer ones, and what then is left is the jump. Beyond the cutoff the energy has to be that of the two atoms alone.
    Each pair is measured by the range of its energy and by its largest force.
    """
    pairs = np.array(list(itertools.combinations_with_replacement(potential.elements, 2)), dtype=np.int32)
    cutoff = potential.cutoff
    spacing = cutoff / POINTS
    grid = 0.1 * cutoff + spacing * (np.arange(POINTS) + 0.3)  # 0.3, so that no point is at the cutoff
    energies, forces = evaluate(potential, pairs, np.tile(grid, (len(pairs), 1)))
    scales = np.ptp(energies, axis=1), np.abs(forces).max(axis=1)

    with np.errstate(divide="ignore", invalid="ignore"):
        beyond = cutoff * np.tile([1 + 1e-9, 1.05, 1.1], (len(pairs), 1))
        far_energies, far_forces = evaluate(potential, pairs, beyond)
        jumps = np.abs(far_energies - alone(potential, pairs)[:, None]).max(axis=1) / scales[0]
        jumps = np.maximum(jumps, np.abs(far_forces).max(axis=1) / scales[1])

        near = np.tile(cutoff + 1e-4 * cutoff * (np.arange(-4, 5) + 0.3), (len(pairs), 1))
        for values, scale in zip(evaluate(potential, pairs, near), scales, strict=True):
            jumps = np.maximum(jumps, surprise(values, scale).max(axis=1))

        for kind, values in enumerate((energies, forces)):
            size = surprise(values, scales[kind])
            for half in (slice(0, POINTS // 2), slice(POINTS // 2, None)):
                places = grid[2:-2][half][size[:, half].argmax(axis=1)]
                jumps = np.maximum(jumps, zoomed(potential, pairs, places, spacing, kind, scales[kind]))
    jumps = np.where(np.isfinite(jumps), jumps, np.inf)
    worst = int(jumps.argmax())
    names = "-".join(chemical_symbols[number] for number in pairs[worst])
    error = float(jumps[worst])
    return Finding(passes(error, LIMIT), error, f"{len(pairs)} pairs of elements; the largest jump has {names}")


def zoomed(
    potential: Potential, pairs: NDArray[np.int32], places: Reals, spacing: float, kind: int, scale: Reals
) -> Reals:
    """[pair] the jump of the energy (kind 0) or force (1) near a distance, as a share of the pair's scale."""
    offsets = np.arange(-ZOOM - 2, ZOOM + 3) + 0.3
    jumps = np.full(len(pairs), np.inf)
    left = np.arange(len(pairs))  # those that have not been seen to be smooth
    for _ in range(ZOOMS):
        spacing /= ZOOM
        distances = places[left, None] + spacing * offsets
        size = surprise(evaluate(potential, pairs[left], distances)[kind], scale[left])
        places[left] = np.take_along_axis(distances, size.argmax(axis=1)[:, None] + 2, 1)[:, 0]
        jumps[left] = size.max(axis=1)
        left = left[~(jumps[left] <= LIMIT)]
        if not len(left):
            break
    return jumps


def surprise(values: Reals, scale: Reals) -> Reals:
    """[pair, place] how far the middle one of five points is from the cubic through the others."""
    foretold = (4 * (values[:, 1:-3] + values[:, 3:-1]) - (values[:, :-4] + values[:, 4:])) / 6
    return np.asarray(np.abs(values[:, 2:-2] - foretold) / scale[:, None])


def evaluate(potential: Potential, pairs: NDArray[np.int32], distances: Reals) -> tuple[Reals, Reals]:
    """[pair, distance] energy of each dimer, and the force that drives its atoms apart.

    Many dimers are put into one structure, out of each other's reach: millions of them would be too many structures.
    """
    shape = distances.shape
    numbers = np.repeat(pairs, shape[1], axis=0)
    flat = distances.reshape(-1, 1)
    edge = int(np.ceil(CHUNK ** (1 / 3)))
    places = 2.5 * potential.cutoff * np.stack(np.unravel_index(np.arange(CHUNK), (edge, edge, edge)), axis=1)
    chunks = []
    for start in range(0, len(flat), CHUNK):
        part = slice(start, start + CHUNK)
        first = places[: len(flat[part])]
        positions = np.stack([first, first + flat[part] * DIRECTION], axis=1).reshape(-1, 3)
        chunks.append(Structure(np.ascontiguousarray(numbers[part].ravel()), positions))
    results = potential.evaluate_batch(chunks, threads=os.cpu_count() or 1)
    energies = np.concatenate([result.energies.reshape(-1, 2).sum(axis=1) for result in results])
    forces = np.concatenate([result.forces[1::2] @ DIRECTION for result in results])
    return energies.reshape(shape), forces.reshape(shape)


def alone(potential: Potential, pairs: NDArray[np.int32]) -> Reals:
    """[pair] energy of the two atoms without each other."""
    lone = np.zeros(119)
    for number in potential.elements:
        lone[number] = potential.evaluate(Structure(np.array([number], dtype=np.int32), np.zeros((1, 3)))).energy
    return np.asarray(lone[pairs].sum(axis=1))
