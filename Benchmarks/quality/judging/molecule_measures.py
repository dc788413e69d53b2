"""Figures from what models make of molecules."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .correlation import pearson
from .perception import WAYS

Record = dict[str, Any]


def share(flags: Iterable[bool]) -> float:
    """Of those that there are, how many; not a number where there are none."""
    found = list(flags)
    return sum(found) / len(found) if found else math.nan


def of_truths(truths: Sequence[Record]) -> dict[str, Any]:
    """How well the model knows the true molecules."""
    atoms = sum(record["atoms"] for record in truths)
    changed = Counter(pair for record in truths for pair in set(record["changed"]))
    return {
        "molecules": len(truths),
        "rms force at true geometries / A": math.sqrt(sum(t["force_squares"] for t in truths) / (3 * atoms)),
        "relaxed truth converges": share(t["converged"] for t in truths),
        "bond graph kept": share(t["kept"] for t in truths),
        "bonds changed, share of molecules": {pair: count / len(truths) for pair, count in changed.most_common(6)},
    }


def of_energies(energies: Sequence[float], atomization: Sequence[float], formulas: Sequence[str]) -> dict[str, Any]:
    """Pearson's R of E at true geometries with the atomization energy: per molecule; per atom in common formulas.

    atomization: negative for what is bound, as in the data.
    """
    figures: dict[str, Any] = {"R of E and atomization energy, per molecule": pearson(energies, atomization)}
    for formula, _ in Counter(formulas).most_common(5):
        own = [index for index, each in enumerate(formulas) if each == formula]
        figures[f"R within {formula} ({len(own)})"] = pearson(
            [energies[index] for index in own], [atomization[index] for index in own]
        )
    return figures


def of_starts(
    records: Sequence[Record], known: Mapping[str, Mapping[str, Sequence[str]]], formulas: Sequence[str] | None = None
) -> dict[str, Any]:
    """Shares of all starts, for every way of perceiving bonds.

    known: names of the molecules of the data by formula and way. formulas: counts these alone.
    """
    records = [record for record in records if formulas is None or record["formula"] in formulas]
    tried = sum(record["starts"] for record in records)
    seconds = sum(record["search_seconds"] for record in records)
    made = [(record["formula"], molecule) for record in records for molecule in record["molecules"]]
    figures: dict[str, Any] = {
        "starts": tried,
        "converged": sum(molecule["converged"] for _, molecule in made) / tried,
        "starts per second and process": tried / seconds if seconds else math.nan,
    }
    checks = next((list(o["checks"]) for _, m in made for o in m.get("opinions", {}).values() if o["checks"]), [])
    for way in WAYS:
        seen = [(formula, molecule.get("opinions", {}).get(way) or {"checks": {}}) for formula, molecule in made]
        perfect = [(formula, o) for formula, o in seen if o["checks"] and all(o["checks"].values())]
        names = {(formula, o["name"]) for formula, o in perfect}
        novel = [each for each in names if each[1] not in known.get(each[0], {}).get(way, ())]
        figures[way] = {
            "all checks": len(perfect) / tried,
            "perceived": sum(o.get("perceived", False) for _, o in seen) / tried,
            **{check: sum(o["checks"].get(check, False) for _, o in seen) / tried for check in checks},
            "zwitterions, of those that pass": share(o["zwitterion"] for _, o in perfect),
            "unique, of those that pass": len(names) / len(perfect) if perfect else math.nan,
            "novel, of the unique": len(novel) / len(names) if names else math.nan,
        }
    return figures
