"""The potential once more, in plain NumPy and written from its equations alone: slow, simple, and independent of librm.

Derivatives are complex-step derivatives (Squire and Trapp, SIAM Rev. 40, 110 (1998)): the imaginary part of E at a
point moved by 1e-30 i is 1e-30 times the derivative, exact to rounding. So there is no gradient code here to be wrong.
"""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path

import numpy as np

STEP = 1e-30


def read_safetensors(path: Path) -> tuple[dict, dict[str, np.ndarray]]:
    """(metadata, tensors) of a safetensors file."""
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        kind = {"F64": "<f8", "F32": "<f4"}[entry["dtype"]]
        data = np.frombuffer(content[8 + length + begin : 8 + length + end], dtype=kind)
        tensors[name] = data.reshape(entry["shape"]).astype(float)
    return metadata, tensors


def monomials(degree: int) -> list[tuple[int, int, int]]:
    """All (lx, ly, lz) of a degree: lx falling, then ly falling."""
    return [(x, y, degree - x - y) for x in range(degree, -1, -1) for y in range(degree - x, -1, -1)]


def multiplicity(exponents: tuple[int, int, int]) -> int:
    """m! / (mx! my! mz!)"""
    result = math.factorial(sum(exponents))
    for exponent in exponents:
        result //= math.factorial(exponent)
    return result


class Potential:
    """A model, from its description and tensors."""

    def __init__(self, description: dict, tensors: dict[str, np.ndarray]):
        self.elements = description["elements"]
        self.cutoff = description["cutoff"]
        self.power = description["cutoff_function"]["p"]
        self.l_max = description["l_max"]
        self.radial_channels = description["radial_channels"]
        self.hidden = description["readout"]["hidden"]
        self.linear = description["readout"]["linear"]
        self.tensors = tensors
        self.sender = tensors["embedding.sender"]
        shared = description["embedding"]["receiver"] == "shared"
        self.receiver = self.sender if shared else tensors["embedding.receiver"]
        self.monomials = [exponents for degree in range(self.l_max + 1) for exponents in monomials(degree)]
        self.index = {exponents: index for index, exponents in enumerate(self.monomials)}
        self.products = [self.terms(graph) for graph in description["contractions"]]

    @classmethod
    def read(cls, path: Path) -> Potential:
        metadata, tensors = read_safetensors(path)
        return cls(json.loads(metadata["model"]), tensors)

    def radial(self, r: np.ndarray) -> np.ndarray:
        """[pairs, n] R_n(r)"""
        p, x = self.power, r / self.cutoff
        f = 1 - (p + 1) * (p + 2) / 2 * x**p + p * (p + 2) * x ** (p + 1) - p * (p + 1) / 2 * x ** (p + 2)
        frequencies = self.tensors["radial.frequencies"]
        return np.sqrt(2 / self.cutoff) * np.sin(r[:, None] * frequencies) * (f / r)[:, None]

    def descriptors(self, number: int, senders: np.ndarray, vectors: np.ndarray) -> np.ndarray:
        """[radial m, contraction k, channel c] of an atom with neighbours of these elements at these vectors."""
        r = np.sqrt((vectors * vectors).sum(axis=1))
        u = vectors / r[:, None]
        angular = np.array([np.prod(u ** np.array(exponents), axis=1) for exponents in self.monomials])
        sent = self.sender[[self.elements.index(sender) for sender in senders]] if len(senders) else np.zeros((0, 1))
        own = self.receiver[self.elements.index(number)]
        if len(senders):
            sums = np.einsum("jn,lj,ja,b->nlab", self.radial(r), angular, sent, own)
            sums = sums.reshape(*sums.shape[:2], -1)
        else:
            sums = np.zeros((len(self.tensors["radial.frequencies"]), len(self.monomials), own.size**2))
        mixed = np.stack(
            [
                np.einsum("nc,nmc->mc", sums[:, index], self.tensors[f"radial.mixing.{sum(exponents)}"])
                for index, exponents in enumerate(self.monomials)
            ]
        )
        return np.stack([self.contract(terms, mixed) for terms in self.products], axis=1)

    def terms(self, graph: list[list[int]]) -> dict[tuple[int, ...], int]:
        """A contraction as {monomials of its vertices: weight}: a sum over the monomials of every edge."""
        vertices = 1 + max((max(first, second) for first, second, _ in graph), default=0)
        result: dict[tuple[int, ...], int] = {}
        for chosen in itertools.product(*(monomials(degree) for _, _, degree in graph)):
            exponents = [[0, 0, 0] for _ in range(vertices)]
            weight = 1
            for (first, second, _), monomial in zip(graph, chosen, strict=True):
                for axis, power in enumerate(monomial):
                    exponents[first][axis] += power
                    exponents[second][axis] += power
                weight *= multiplicity(monomial)
            product = tuple(sorted(self.index[tuple(vertex)] for vertex in exponents))
            result[product] = result.get(product, 0) + weight
        return result

    def contract(self, terms: dict[tuple[int, ...], int], mixed: np.ndarray) -> np.ndarray:
        """[m, c] one contraction of A' [l, m, c]."""
        return sum(weight * np.prod(mixed[list(product)], axis=0) for product, weight in terms.items())

    def readout(self, features: np.ndarray) -> np.ndarray:
        """Share of an atom in E, from its features."""
        x = features
        for layer in range(len(self.hidden) + 1):
            x = self.tensors[f"readout.layers.{layer}.weight"] @ x + self.tensors[f"readout.layers.{layer}.bias"]
            if layer < len(self.hidden):
                x = x / (1 + np.exp(-x))
        if self.linear:
            x = x + self.tensors["readout.linear.weight"] @ features + self.tensors["readout.linear.bias"]
        return x[0]

    def energies(self, numbers, positions, cell=None, pbc=(False,) * 3, strain=None) -> np.ndarray:
        """[n] shares of the atoms in E; positions and strain may be complex."""
        positions = np.asarray(positions)
        neighbors = neighbor_list(positions.real, cell, pbc, self.cutoff)
        result = []
        for atom, (others, shifts) in enumerate(neighbors):
            vectors = positions[others] + shifts - positions[atom]
            if strain is not None:
                vectors = vectors @ (np.eye(3) + strain)
            features = self.descriptors(int(numbers[atom]), np.asarray(numbers)[others], vectors)
            result.append(self.readout(features.reshape(-1)))
        return np.array(result)

    def energy(self, *structure, **keywords) -> complex:
        return self.energies(*structure, **keywords).sum()

    def forces(self, numbers, positions, cell=None, pbc=(False,) * 3) -> np.ndarray:
        """[n, 3] -dE/dr"""
        forces = np.zeros(np.shape(positions))
        for index in np.ndindex(*forces.shape):
            moved = np.array(positions, dtype=complex)
            moved[index] += 1j * STEP
            forces[index] = -self.energy(numbers, moved, cell, pbc).imag / STEP
        return forces

    def strain_gradient(self, numbers, positions, cell=None, pbc=(False,) * 3) -> np.ndarray:
        """[3, 3] dE/d(strain)"""
        gradient = np.zeros((3, 3))
        for index in np.ndindex(3, 3):
            strain = np.zeros((3, 3), dtype=complex)
            strain[index] = 1j * STEP
            gradient[index] = self.energy(numbers, positions, cell, pbc, strain=strain).imag / STEP
        return (gradient + gradient.T) / 2


def neighbor_list(positions, cell, pbc, cutoff) -> list[tuple[np.ndarray, np.ndarray]]:
    """For each atom (indices, shifts) of all atoms and images closer than the cutoff, by trying every image."""
    pbc = np.broadcast_to(pbc, 3)
    if cell is None or not pbc.any():
        images = np.zeros((1, 3))
    else:
        cell = np.array(cell, dtype=float)
        cell[~pbc] = 0
        complete = np.array(
            cell
        )  # with unit vectors orthogonal to the periodic directions, to have distances of planes
        _, _, directions = np.linalg.svd(cell)
        spare = iter(directions[int(pbc.sum()) :])
        for axis in np.flatnonzero(~pbc):
            complete[axis] = next(spare)
        heights = 1 / np.linalg.norm(np.linalg.inv(complete), axis=0)
        fractional = positions @ np.linalg.inv(complete)
        spread = np.ptp(fractional, axis=0)
        reach = [int(np.ceil(cutoff / heights[axis] + spread[axis])) if pbc[axis] else 0 for axis in range(3)]
        steps = itertools.product(*(range(-count, count + 1) for count in reach))
        images = np.array(list(steps)) @ cell
    result = []
    for atom, position in enumerate(positions):
        vectors = positions[None] + images[:, None] - position
        distances = np.linalg.norm(vectors, axis=2)
        distances[(np.abs(images).sum(axis=1) == 0).argmax(), atom] = np.inf  # itself
        image, other = np.nonzero(distances < cutoff)
        result.append((other, images[image]))
    return result
