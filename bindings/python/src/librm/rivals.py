"""Rivals of true structures: minima of a model that a search for the same contents finds, at or below the true one.

A potential that has learnt responses alone knows how to come back to a structure, not that it should lie lower than
others. Pairs of a true structure and a rival tell it so: `Dataset.add_pair`, `librm rivals`, `librm train --pairs`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .model import Model
from .options import Preset, SearchOptions
from .splits import seed_for
from .structure import Structure, StructureLike

if TYPE_CHECKING:
    from typing_extensions import Unpack

Pair = tuple[Structure, Structure]


def find(
    model: Model,
    truths: Sequence[StructureLike],
    preset: Preset = "crystals",
    *,
    count: int = 10,
    above: float = 0.0,
    most: int = 3,
    seed: int = 0,
    **options: Unpack[SearchOptions],
) -> list[Pair]:
    """Pairs (true structure, rival), the rivals of lowest E first.

    truths: true structures of the same contents, which may be one; a candidate that is one of them, relaxed, is no
    rival of any. count: candidates of the search. above: rivals lie at most this above the relaxed true structure,
    angstrom^2 per atom. most: at most so many rivals for each true structure. seed: of the search, which besides depends
    on the contents. options: of the search.
    """
    known = [Structure.of(truth) for truth in truths]
    numbers = np.sort(known[0].numbers)
    cell = "free" if known[0].pbc.all() else "fixed"
    relaxed = model.relax_batch(known, fmax=0.01, max_steps=500, cell_mode=cell)  # type: ignore[arg-type]
    own = [(result.energy / len(numbers), result.volume / len(numbers)) for result in relaxed]
    label = " ".join(map(str, numbers))
    given = {"duplicate_tolerance": 0.05, **options}
    found = model.search(numbers, preset, count=count, seed=seed_for(label, seed), **given)  # type: ignore[arg-type]
    distinct: list[tuple[float, float, Structure]] = []
    for candidate in found.ranked():
        volume = candidate.volume / len(numbers)
        if not any(_same(candidate.energy_per_atom, volume, *each) for each in own):
            distinct.append((candidate.energy_per_atom, volume, candidate.structure))
    return [
        (truth, structure)
        for truth, (energy, _) in zip(known, own, strict=True)
        for other, _, structure in distinct[:most]
        if other < energy + above
    ]


def _same(energy: float, volume: float, other_energy: float, other_volume: float) -> bool:
    """Whether two minima of the same contents are one, by E per atom and volume: relaxed to the presets' fmax the same
    minimum agrees far better than this."""
    return abs(energy - other_energy) < 1e-3 and abs(volume - other_volume) <= 0.02 * max(volume, other_volume)
