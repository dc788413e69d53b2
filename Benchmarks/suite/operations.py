"""How many multiply-adds energy and forces of one atom need: from a model's description and its neighbours.

What is counted is what the algorithm of Sources/KernelsBaseline does, without the padding to whole vectors: a product
with or without a sum, and a sum alone, is one; so is a root or a division; sine with cosine is 13, from a table
(KernelsBaseline/Sines.swift), and a silu 30, as its polynomial has it. Finding the neighbours has hardly any, and
moving data none: both cost time all the same.
"""

from __future__ import annotations

from math import comb
from typing import Any

# The list of contractions of the published models of order 3, which has code of its own
# (KernelsBaseline/PublishedContractions.swift), and its multiply-adds for each lane, forward and backward.
PUBLISHED = [
    [],
    [[0, 1, 1]],
    [[0, 1, 2]],
    [[0, 1, 3]],
    [[0, 1, 1], [0, 2, 1]],
    [[0, 1, 1], [0, 2, 1], [1, 2, 1]],
    [[0, 1, 2], [0, 2, 1]],
    [[0, 1, 2], [0, 2, 1], [1, 2, 1]],
]
PUBLISHED_FORWARD = 90 + 27  # a v, b:a, a² and b:b, then the eight sums, of which two are traces
PUBLISHED_BACKWARD = 11 + 56 + 11 + 79  # ∂E/∂v, ∂E/∂a, what ∂E/∂b needs, ∂E/∂b
SINE_AND_COSINE, SILU = 13, 30


def squared_degrees(contractions: list[Any]) -> list[int] | None:
    """The degrees m of the contractions [[0, 1, m]] of a list that has at most the scalar beside them, or None."""
    if any(len(edges) > 1 for edges in contractions):
        return None
    degrees = [edges[0][2] for edges in contractions if edges]
    return degrees if len(set(degrees)) == len(degrees) and contractions.count([]) <= 1 else None


def uses_forms(description: dict[str, Any]) -> bool:
    """Whether contractions are computed as forms of A, without mixing (KernelsBaseline/Forms.swift)."""
    degrees = squared_degrees(description["contractions"])
    if degrees is None:
        return False
    n, d = description["radial_basis"]["count"], description["embedding"]["dim"]
    forms = d * ((n if [] in description["contractions"] else 0) + len(degrees) * comb(n + 1, 2))
    return forms < len(description["contractions"]) * description["radial_channels"] * d * d


def count(description: dict[str, Any], neighbors: float, runs: float) -> dict[str, float]:
    """Multiply-adds per atom by part.

    neighbors: the mean number within the cutoff. runs: the mean number of different elements among them.
    Contractions of a list other than the published one, computed term by term, are not counted: the part is missing.
    """
    n, d = description["radial_basis"]["count"], description["embedding"]["dim"]
    degree, contractions = description["l_max"], description["contractions"]
    lanes = description["radial_channels"] * d * d
    monomials = comb(degree + 3, 3)
    # Those that are summed over edges, and what the others then cost, there and back (KernelsBaseline/Angular.swift).
    sums, unfold, fold = (16, 8 * n * d, 12 * n * d) if degree == 3 else (monomials, 0, 0)
    products = max(0, sums - 4)  # 1, x, y, z cost nothing
    exponent = description["cutoff_function"]["p"]
    # Σ H ∇Y: three sums over the monomials of one degree less, for each degree from 2 on; and what prepares factors.
    gradient_sums = 28 if degree == 3 else sum(3 * comb(m + 1, 2) for m in range(2, degree + 1)) + 3 * (degree > 1)
    parts = {
        "radial": neighbors * (8 + 12 + exponent + n * (SINE_AND_COSINE + 5)),
        "angular sums": neighbors * (products + n * sums) + runs * d * sums * n + unfold,
        # H and Q but for those of the monomial 1, and Σ R′ Q.
        "edge gradients": neighbors * (products + 2 * n * (sums - 1) + n + gradient_sums + 10 + 15)
        + runs * d * sums * n + fold,
    }
    forms = uses_forms(description)
    if forms:
        degrees = squared_degrees(contractions) or []
        squares = d * n * n * sum(comb(m + 2, 2) for m in degrees)
        features = d * ((n if [] in contractions else 0) + len(degrees) * comb(n + 1, 2))
        parts["forms"] = d * monomials * n + squares
        parts["forms, backward"] = squares
    else:
        features = len(contractions) * lanes
        parts["mixing"] = parts["mixing, backward"] = monomials * n * lanes
        if contractions == PUBLISHED and degree == 3:
            parts["contractions"] = PUBLISHED_FORWARD * lanes
            parts["contractions, backward"] = PUBLISHED_BACKWARD * lanes
    widths = [features, *description["readout"]["hidden"], 1]
    layers = sum(a * b for a, b in zip(widths[:-1], widths[1:], strict=True))
    linear = features if description["readout"]["linear"] else 0
    parts["readout"] = layers + linear + SILU * sum(widths[1:-1])
    parts["readout, backward"] = layers + sum(widths[1:-1])
    return parts


def plain_count(description: dict[str, Any], neighbors: float, runs: float) -> float | None:
    """The total of a model with forms, had they been computed by mixing and contracting; None for other models."""
    if not uses_forms(description):
        return None
    n, d = description["radial_basis"]["count"], description["embedding"]["dim"]
    lanes = description["radial_channels"] * d * d
    parts = count(description, neighbors, runs)
    forms = d * (
        (n if [] in description["contractions"] else 0) + (len(description["contractions"]) - 1) * comb(n + 1, 2)
    )
    features = len(description["contractions"]) * lanes
    mixing = 2 * comb(description["l_max"] + 3, 3) * n * lanes
    squares = 2 * sum(comb(m + 2, 2) for m in squared_degrees(description["contractions"]) or []) * lanes
    readout = (features - forms) * (2 * description["readout"]["hidden"][0] + 1)
    return sum(parts.values()) - parts["forms"] - parts["forms, backward"] + mixing + squares + readout
