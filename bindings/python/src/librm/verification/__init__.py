"""Checks of a model's implementation, not of its physics: our own versions of KIM's verification checks.

    report = librm.verification.verify(model)
    print(report["forces"].grade, report["forces"].error)

What a potential has to fulfil whatever it has learnt: it knows the elements that it says, its forces are the slopes of
its energy, it does not care how space or the list of atoms is turned, it is smooth, and it leaves its host alone. A
check that is graded gives A (best), B, C, D or F (failed), others P (passed) or F. The checks follow those of KIM
(openkim.org, "About verification checks") in what they look at; structures, measures and limits are our own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection

from ..errors import ArgumentError, Error
from .derivatives import forces, stress
from .dimers import dimer_continuity
from .grades import Finding, Outcome, Potential
from .resources import memory, thread_safety
from .species import species_supported
from .symmetry import inversion, objectivity, periodicity, permutation

__all__ = ["CHECKS", "Finding", "Outcome", "Potential", "verify"]

CHECKS: dict[str, Callable[[Potential, int], Finding]] = {
    "species": species_supported,
    "periodicity": periodicity,
    "permutation": permutation,
    "objectivity": objectivity,
    "inversion": inversion,
    "forces": forces,
    "stress": stress,
    "dimers": dimer_continuity,
    "memory": memory,
    "threads": thread_safety,
}
"""All checks by name, in the order in which they are made. Each takes a potential and a seed."""


def verify(
    model: Potential,
    checks: Collection[str] = tuple(CHECKS),
    seed: int = 1,
    begin: Callable[[str], None] | None = None,
) -> dict[str, Outcome]:
    """Makes the checks, all by default, and returns their outcomes by name.

    seed: of the random structures; equal seeds check the same. begin: called with each check's name before it. What
    librm raises during a check makes its grade F, with the message. Raises ArgumentError for a name that is no check.
    """
    unknown = set(checks) - set(CHECKS)
    if unknown:
        raise ArgumentError(f"there is no check {', '.join(sorted(unknown))}; there are {', '.join(CHECKS)}")
    outcomes = {}
    for name, check in CHECKS.items():
        if name not in checks:
            continue
        if begin is not None:
            begin(name)
        start = time.perf_counter()
        try:
            finding = check(model, seed)
        except Error as problem:
            finding = Finding("F", float("inf"), f"{type(problem).__name__}: {problem}")
        outcomes[name] = Outcome(name, *finding, time.perf_counter() - start)
    return outcomes
