"""Rivals of true structures: wrong minima that a model itself makes for the same contents.

A potential that has learnt responses alone knows how to come back to a structure, not that it should lie lower than
others. Pairs of a true structure and a rival tell it so: `Dataset.add_pair`, `librm rivals`, `librm train --pairs`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from ase.neighborlist import build_neighbor_list, natural_cutoffs, neighbor_list
from scipy.sparse.csgraph import connected_components

from .model import Model
from .search import Candidate
from .splits import seed_for
from .structure import Structure, StructureLike

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from typing_extensions import Unpack

    from .options import SearchOptions

Pair = tuple[Structure, Structure]
Environment: TypeAlias = tuple[int, tuple[tuple[int, int], ...]]

BOND = 1.25  # times the sum of covalent radii


def of_crystals(
    model: Model,
    truths: Sequence[StructureLike],
    *,
    count: int,
    above: float = 0.0,
    most: int = 3,
    seed: int = 0,
    **options: Unpack[SearchOptions],
) -> list[Pair]:
    """Pairs (true structure, rival) for each of `truths`, true crystals with the same contents of a cell.

    A rival is a minimum that lies at most `above` (angstrom^2 per atom) above the true structure, relaxed, and is none
    of `truths`. The lowest are taken, at most `most`. count: candidates of the search. seed: of the search, which
    depends on the contents besides. options: of the search.
    """
    known = [Structure.of(truth) for truth in truths]
    atoms = len(known[0])
    relaxed = model.relax_batch(known, cell_mode="free", fmax=0.01, max_steps=500)
    own = [(result.energy / atoms, result.volume / atoms) for result in relaxed]
    wrong = [
        candidate
        for candidate in _search(model, known[0], count, seed, {"preset": "crystals", **options})
        if not any(_same(candidate.energy_per_atom, candidate.volume / atoms, *each) for each in own)
    ]
    return [
        (truth, candidate.structure)
        for truth, (energy, _) in zip(known, own, strict=True)
        for candidate in wrong[:most]
        if candidate.energy_per_atom < energy + above
    ]


def of_molecules(
    model: Model,
    truths: Sequence[StructureLike],
    environments: Collection[Environment],
    *,
    count: int,
    above: float = 0.0,
    most: int = 3,
    seed: int = 0,
    **options: Unpack[SearchOptions],
) -> list[Pair]:
    """Pairs (true molecule, rival), each rival with one of `truths`, true molecules of one formula, drawn by seed.

    A rival is a minimum with an atom in an environment that is none of `environments`, those of true molecules: a
    radical, say; or one that has fallen apart, where its true molecule is whole. It lies at most `above` (angstrom^2 per
    atom) above its true molecule. The lowest are taken, at most `most`. Isomers without such faults are no rivals,
    whether they are known or not.
    """
    known = [Structure.of(truth) for truth in truths]
    atoms = len(known[0])
    energies = [result.energy / atoms for result in model.evaluate_batch(known)]
    random = np.random.default_rng(seed_for("partners " + _name(known[0]), seed))
    pairs = []
    for candidate in _search(model, known[0], count, seed, {"preset": "molecules", **options}):
        partner = int(random.integers(len(known)))
        wrong = not environments_of(candidate.structure) <= set(environments) or (
            _fragments(candidate.structure) > _fragments(known[partner])
        )
        if wrong and candidate.energy_per_atom < energies[partner] + above:
            pairs.append((known[partner], candidate.structure))
    return pairs[:most]


def environments_of(structure: StructureLike) -> set[Environment]:
    """Of each atom its element, and the elements and numbers of bonds of the atoms that it is bound to."""
    numbers = Structure.of(structure).numbers
    bound = bonds(structure)
    degrees = bound.sum(axis=1)
    return {
        (int(numbers[i]), tuple(sorted((int(numbers[j]), int(degrees[j])) for j in np.flatnonzero(bound[i]))))
        for i in range(len(numbers))
    }


def _fragments(structure: StructureLike) -> int:
    return int(connected_components(bonds(structure))[0])


def bonds(structure: StructureLike) -> NDArray[np.bool_]:
    """[n, n]: who is bound to whom, that is, closer than 1.25 times the sum of the covalent radii."""
    atoms = Structure.of(structure).to_ase()
    neighbors = build_neighbor_list(
        atoms, natural_cutoffs(atoms, mult=BOND), skin=0.0, bothways=True, self_interaction=False
    )
    return np.asarray(neighbors.get_connectivity_matrix(sparse=False), dtype=bool)


def _search(model: Model, like: Structure, count: int, seed: int, options: dict[str, object]) -> list[Candidate]:
    own = {"duplicate_tolerance": 0.05, "seed": seed_for(_name(like), seed), **options}
    found = model.search(np.sort(like.numbers), count=count, **own)  # type: ignore[arg-type]
    return [candidate for candidate in found.ranked() if not _collapsed(candidate.structure)]


def _collapsed(structure: Structure) -> bool:
    """Whether atoms fell onto each other, into a hole of E: no dataset takes that."""
    return len(neighbor_list("i", structure.to_ase(), 0.1)) > 0


def _name(structure: Structure) -> str:
    return " ".join(map(str, np.sort(structure.numbers)))


def _same(energy: float, volume: float, other_energy: float, other_volume: float) -> bool:
    """Whether two minima of the same contents are one, by E per atom and volume: relaxed to the presets' fmax the same
    minimum agrees far better than this."""
    return abs(energy - other_energy) < 1e-3 and abs(volume - other_volume) <= 0.02 * max(volume, other_volume)
