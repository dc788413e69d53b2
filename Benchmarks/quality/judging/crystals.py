"""What a model makes of one crystal: its response where there should be none, its relaxation, and a search for it."""

from __future__ import annotations

import functools
import time
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import librm
import numpy as np
from ase import Atoms
from librm.splits import seed_for
from pymatgen.analysis.structure_matcher import StructureMatcher
from pymatgen.core import Lattice
from pymatgen.core import Structure as Crystal

from .crystal_measures import STOL
from .data import model

Record = dict[str, Any]


@functools.lru_cache
def matcher() -> StructureMatcher:
    """The tolerances of the field (Xie et al., CDVAE, 2022)."""
    return StructureMatcher(stol=STOL, angle_tol=10, ltol=0.3)


def crystal(structure: Atoms | librm.Structure) -> Crystal:
    """The same for pymatgen."""
    cell = getattr(structure.cell, "array", structure.cell)
    return Crystal(Lattice(cell), structure.numbers.tolist(), structure.positions, coords_are_cartesian=True)


def distance(one: Crystal, other: Crystal) -> float | None:
    """The normalised root mean square distance of sites, None where the two do not match."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = matcher().get_rms_dist(one, other)
        except (ValueError, np.linalg.LinAlgError):  # a cell that has no reduced form
            return None
    return None if found is None else float(found[0])


def at_truth(path: str, truth: Atoms) -> Record:
    """Forces and stress at the true geometry, and what relaxing it with a free cell gives."""
    judged = model(path)
    results = judged.evaluate(truth)
    assert results.stress is not None
    relaxed = judged.relax(truth, cell_mode="free", fmax=1e-3, max_steps=3000)
    kept = distance(crystal(truth), crystal(relaxed.structure)) if relaxed.reason != "failed" else None
    return {
        "atoms": len(truth),
        "force_squares": float((results.forces**2).sum()),
        "stress_squares": float((results.stress**2).sum()),
        "energy": relaxed.energy,
        "converged": relaxed.converged,
        "rms": kept,
        "volume_ratio": relaxed.volume / truth.get_volume(),
    }


def search(
    path: str,
    identifier: str,
    truth: Atoms,
    others: Mapping[str, Atoms],
    preset: Any,
    options: Mapping[str, Any],
    counts: Sequence[int],
    draws: int,
    seed: int,
) -> Record:
    """Candidates for the contents of a crystal, and how far each is from it.

    others: known structures of the same composition, which candidates may be as well. The first n candidates, for
    every n of `counts`, are those of the first n indices, or, with several draws, those of lowest E of the different
    structures among the first n * draws.
    """
    began = time.perf_counter()
    tolerance = {"duplicate_tolerance": 0} if draws == 1 else {}
    drawn = max(counts) * draws
    result = model(path).search(
        truth.numbers, preset, count=drawn, seed=seed_for(identifier, seed), **{**tolerance, **options}
    )
    searched = time.perf_counter()
    ranked = list(result) if draws == 1 else result.ranked()
    among: dict[int, list[int]] = {}
    for count in counts:
        for candidate in [each for each in ranked if each.index < count * draws][:count]:
            among.setdefault(candidate.index, []).append(count)
    known = {name: crystal(atoms) for name, atoms in {identifier: truth, **others}.items()}
    candidates = []
    for candidate in ranked:
        if candidate.index not in among:
            continue
        made = crystal(candidate.structure)
        near = {name: distance(structure, made) for name, structure in known.items()}
        candidates.append(
            {
                "index": candidate.index,
                "among": among[candidate.index],  # the first how many
                "converged": candidate.state == "converged",
                "energy": candidate.energy,
                "volume": candidate.volume,
                "steps": candidate.steps,
                "rms": {name: rms for name, rms in near.items() if rms is not None},
            }
        )
    return {
        "identifier": identifier,
        "atoms": len(truth),
        "others": sorted(others),
        "candidates": candidates,
        "drawn": drawn,
        "converged": sum(candidate.state == "converged" for candidate in result),
        "evaluations": result.summary.evaluations,
        "search_seconds": searched - began,
        "match_seconds": time.perf_counter() - searched,
    }
