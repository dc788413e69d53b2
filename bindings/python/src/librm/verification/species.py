"""Whether a potential knows the elements that it says, and refuses others."""

from __future__ import annotations

import numpy as np

from ..errors import ElementError
from ..structure import Structure
from .grades import Finding, Potential
from .structures import cluster, crystal


def species_supported(potential: Potential, seed: int) -> Finding:
    """Each element alone, in a cluster and in a crystal: numbers that are finite, and forces that are not all zero."""
    generator = np.random.default_rng(seed)
    wrong = []
    for number in potential.elements:
        alone = Structure(np.array([number], dtype=np.int32), np.zeros((1, 3)))
        condensed = [cluster(potential, [number] * 5, generator), crystal(potential, [number] * 4, generator)]
        results = potential.evaluate_batch([alone, *condensed])
        finite = all(np.isfinite(r.energy) and np.isfinite(r.forces).all() for r in results)
        if not finite or results[0].forces.any() or not all(r.forces.any() for r in results[1:]):
            wrong.append(number)
    for number in sorted(set(range(1, 119)) - set(potential.elements)):
        try:
            potential.evaluate(Structure(np.array([number], dtype=np.int32), np.zeros((1, 3))))
            wrong.append(number)
        except ElementError:
            pass
    if wrong:
        return Finding("F", float("inf"), f"not as stated: atomic numbers {', '.join(map(str, wrong))}")
    known = len(potential.elements)
    return Finding("P", 0.0, f"{known} elements known, the other {118 - known} refused")
