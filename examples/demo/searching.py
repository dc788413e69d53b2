"""Searching for crystals of carbon with a model, and sorting what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import spglib
from ase import Atoms
from carbon_kinds import Kind, kind_of
from rich.progress import Progress

import librm

SIZES = range(2, 13)  # atoms in the cell, as in the paper
VOLUMES = (3.8, 5.6)  # cubic angstrom per atom, as in the paper

SAME_ENERGY = 2e-4  # angstrom^2 per atom
SAME_VOLUME = 0.02  # cubic angstrom per atom
SYMMETRY_TOLERANCE = 0.02  # angstrom


@dataclass(frozen=True)
class Found:
    """A crystal that a search found. energy: pseudo-energy per atom, angstrom^2. volume: per atom, cubic angstrom."""

    atoms: Atoms
    energy: float
    volume: float
    kind: Kind
    times: int = 1

    @property
    def space_group(self) -> str:
        """Its symbol and number, by spglib."""
        cell = (self.atoms.cell.array, self.atoms.get_scaled_positions(), self.atoms.numbers)
        return spglib.get_spacegroup(cell, symprec=SYMMETRY_TOLERANCE) or "not found"

    def marked(self) -> Atoms:
        """The structure, with what is known of it as extxyz keeps it."""
        marked = self.atoms.copy()
        marked.info = {
            "kind": self.kind.value,
            "pseudo_energy_per_atom_A2": self.energy,
            "volume_per_atom_A3": self.volume,
            "times_found": self.times,
        }
        return marked


@dataclass(frozen=True)
class Outcome:
    """What a search came to: how many starts, how many of them converged, and those that repeat no other."""

    tried: int
    converged: int
    evaluations: int
    found: list[Found]


def search(
    model: librm.Model, starts: int, seed: int, threads: int, progress: Progress, sizes: Sequence[int] = SIZES
) -> Outcome:
    """Relaxes so many random structures of every size at constant volume, and says what they became."""
    task = progress.add_task("search", total=starts * len(sizes))
    found, summaries = [], []

    def count(candidate: librm.Candidate) -> None:
        progress.advance(task)

    for size in sizes:
        result = model.search(
            "C",
            "diamond",
            units=size,
            volume_per_atom=VOLUMES,
            count=starts,
            seed=1000 * seed + size,  # or every size would get the same volumes
            threads=threads,
            on_candidate=count,
        )
        summaries.append(result.summary)
        ranked = [_found(candidate.structure, candidate.energy) for candidate in result.ranked()]
        found += ranked
        lowest = f"; lowest E per atom {ranked[0].energy:.5f} Å²: {ranked[0].kind.value}" if ranked else ""
        progress.console.print(f"  {size:2d} atoms: {result.summary.converged} of {starts} converged{lowest}")
    return Outcome(
        tried=sum(summary.tried for summary in summaries),
        converged=sum(summary.converged for summary in summaries),
        evaluations=sum(summary.evaluations for summary in summaries),
        found=sorted(found, key=lambda each: each.energy),
    )


def distinct(model: librm.Model, found: Sequence[Found], threads: int, progress: Progress) -> list[Found]:
    """Lets the volume go, too, and keeps each structure once: the same kind, energy and volume is the same structure.

    Found at any volume and in cells of any size, a structure then is where its own pseudo-energy is lowest.
    """
    task = progress.add_task("let the volumes go", total=len(found))
    kept: list[Found] = []
    freed: list[Found] = []
    for start in range(0, len(found), 50):
        batch = [each.atoms for each in found[start : start + 50]]
        results = model.relax_batch(batch, cell_mode="free", fmax=1e-4, max_steps=2000, threads=threads)
        freed += [_found(result.structure, result.energy) for result in results if result.converged]
        progress.advance(task, len(batch))
    for each in sorted(freed, key=lambda each: each.energy):
        for position, other in enumerate(kept):
            if _same(each, other):
                kept[position] = Found(other.atoms, other.energy, other.volume, other.kind, other.times + 1)
                break
        else:
            kept.append(each)
    return kept


def _found(structure: librm.Structure, energy: float) -> Found:
    atoms = structure.to_ase()
    return Found(atoms, energy / len(atoms), atoms.get_volume() / len(atoms), kind_of(atoms))


def _same(one: Found, other: Found) -> bool:
    return (
        one.kind is other.kind
        and abs(one.energy - other.energy) < SAME_ENERGY
        and abs(one.volume - other.volume) < SAME_VOLUME
    )
