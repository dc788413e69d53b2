"""Which molecules are started from: compositions, and the pieces of work that their starts are cut into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ase import Atoms
from librm.splits import chosen

# Compositions of 8 heavy atoms, of which QM7 has none, with 2 C + N - 2 hydrogens, and one with two fewer.
UNSEEN = ("C6H11NO", "C7H12O", "C6H10O2", "C5H10N2O", "C5H8N2O")
CHUNK = 5  # starts in a piece


def by_formula(known: Mapping[str, Atoms], seed: int) -> dict[str, list[str]]:
    """The names of known molecules by formula, in an order that follows from the seed."""
    found: dict[str, list[str]] = {}
    for name in chosen(known, None, seed):
        found.setdefault(known[name].get_chemical_formula(), []).append(name)
    return found


def commonest(by_formula: Mapping[str, Sequence[str]], count: int) -> list[str]:
    """The formulas of most molecules."""
    return sorted(by_formula, key=lambda formula: (-len(by_formula[formula]), formula))[:count]


def pieces(
    model: str, formulas: Sequence[str], starts: int, preset: str, options: Mapping[str, Any], seed: int
) -> dict[str, tuple[Any, ...]]:
    """Arguments of `molecules.starts` by key: so many starts in all, as many for each formula."""
    return {
        f"starts {formula} {first} {count}": (model, formula, first, count, preset, options, seed)
        for formula, first, count in _chunks(formulas, starts)
    }


def true_pieces(
    known: Mapping[str, Atoms], by_formula: Mapping[str, Sequence[str]], formulas: Sequence[str], count: int
) -> dict[str, tuple[Any, ...]]:
    """Arguments of `molecules.true_opinions` by key: so many true molecules, as far as there are."""
    return {
        f"starts {formula} {first} {number}": ([known[name] for name in by_formula[formula][first : first + number]],)
        for formula, first, number in _chunks(formulas, count)
        if by_formula[formula][first:]
    }


def _chunks(formulas: Sequence[str], count: int) -> list[tuple[str, int, int]]:
    each = -(-count // len(formulas))
    return [(formula, first, min(CHUNK, each - first)) for first in range(0, each, CHUNK) for formula in formulas]
