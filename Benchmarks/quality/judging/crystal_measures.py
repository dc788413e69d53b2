"""Figures from what models make of crystals."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

Record = dict[str, Any]

STOL = 0.5  # StructureMatcher's normalised distance up to which sites match
KEPT = 0.1  # normalised rms up to which a structure is called itself
LOWER = 1e-4  # angstrom^2 per atom: by how much lower counts as lower

DIAGNOSES = ("found and lowest", "found, not lowest", "missed though a minimum", "truth no minimum")


def share(flags: Iterable[bool]) -> float:
    """Of those that there are, how many; not a number where there are none."""
    found = list(flags)
    return sum(found) / len(found) if found else math.nan


def of_truths(truths: Sequence[Record]) -> dict[str, Any]:
    """How well the model knows the true structures."""
    atoms = sum(record["atoms"] for record in truths)
    drift = np.array([record["volume_ratio"] - 1 for record in truths])
    middle, low, high = np.percentile(drift, [50, 16, 84])
    return {
        "structures": len(truths),
        "rms force at true geometries / A": math.sqrt(sum(t["force_squares"] for t in truths) / (3 * atoms)),
        "rms stress at true geometries": math.sqrt(sum(t["stress_squares"] for t in truths) / (9 * len(truths))),
        "relaxed truth converges": share(t["converged"] for t in truths),
        "truth kept, rms < 0.1": share(_below(t["rms"], KEPT) for t in truths),
        "truth kept, rms < 0.05": share(_below(t["rms"], 0.05) for t in truths),
        "truth kept, loose tolerance": share(t["rms"] is not None for t in truths),
        "volume drift, mean": float(drift.mean()),
        "volume drift, standard deviation": float(drift.std()),
        "volume drift, median": float(middle),
        "volume drift, half of the middle 68 %": float((high - low) / 2),
    }


def of_searches(searches: Mapping[str, Record], truths: Mapping[str, Record], counts: Sequence[int]) -> dict[str, Any]:
    """How well searches find the true structures, within the first n candidates for every n of `counts`."""
    figures: dict[str, Any] = {"structures": len(searches)}
    drawn, converged, evaluations, seconds = (
        sum(record[what] for record in searches.values())
        for what in ("drawn", "converged", "evaluations", "search_seconds")
    )
    figures["structures drawn for each"] = drawn / len(searches)
    figures["of these converge"] = converged / drawn
    figures["evaluations of a drawn structure"] = evaluations / drawn
    figures["drawn per second and process"] = drawn / seconds
    for count in counts:
        figures[f"of {count}"] = _within(searches, truths, count)
    return figures


def _within(searches: Mapping[str, Record], truths: Mapping[str, Record], count: int) -> dict[str, Any]:
    found = {name: _nearest(record, count) for name, record in searches.items()}
    loose = {name: _nearest(record, count, unconverged=True) for name, record in searches.items()}
    lowest = {name: _lowest(record, count) for name, record in searches.items()}
    right = {name: each is not None and name in each["rms"] for name, each in lowest.items()}
    precise = {name: each is not None and _below(each["rms"].get(name), KEPT) for name, each in lowest.items()}
    figures: dict[str, Any] = {
        "match rate": share(rms is not None for rms in found.values()),
        "match rate, the unconverged too": share(rms is not None for rms in loose.values()),
        "RMSE of those that match": _mean([rms for rms in found.values() if rms is not None]),
        "match rate, rms < 0.1": share(_below(rms, KEPT) for rms in found.values()),
        "cRMSE": _mean([STOL if rms is None else rms for rms in found.values()]),
        "METRe coverage": _coverage(searches, count),
        "lowest E matches": share(right.values()),
        "lowest E matches, rms < 0.1": share(precise.values()),
        "a candidate lies below the relaxed truth": share(
            lowest[name] is not None and lowest[name]["energy"] < truths[name]["energy"] - LOWER * record["atoms"]
            for name, record in searches.items()
        ),
    }
    for low, high in ((1, 8), (9, 12), (13, 20)):
        some = [rms for name, rms in found.items() if low <= searches[name]["atoms"] <= high]
        figures[f"match rate, {low} to {high} atoms ({len(some)})"] = share(rms is not None for rms in some)
    causes = Counter(_diagnosis(found[name], right[name], truths[name]) for name in searches)
    figures["diagnosis"] = {cause: causes[cause] / len(searches) for cause in DIAGNOSES}
    return figures


def of_compositions(searches: Mapping[str, Record], formulas: Mapping[str, str], count: int) -> dict[str, Any]:
    """For each formula whether one of its known structures is among the candidates, and the least distance."""
    best: dict[str, float | None] = {formula: None for formula in sorted(set(formulas.values()))}
    for name, record in searches.items():
        rms = _nearest(record, count)
        before = best[formulas[name]]
        if rms is not None and (before is None or rms < before):
            best[formulas[name]] = rms
    found = sum(rms is not None for rms in best.values())
    return {"compositions": len(best), "found": found, "candidates for each known cell": count, "least rms": best}


def _usable(record: Record, count: int, unconverged: bool = False) -> list[Record]:
    return [each for each in record["candidates"] if count in each["among"] and (unconverged or each["converged"])]


def _nearest(record: Record, count: int, unconverged: bool = False) -> float | None:
    name = record["identifier"]
    return min((each["rms"][name] for each in _usable(record, count, unconverged) if name in each["rms"]), default=None)


def _lowest(record: Record, count: int) -> Record | None:
    return min(_usable(record, count), key=lambda each: each["energy"], default=None)


def _coverage(searches: Mapping[str, Record], count: int) -> float:
    """Of all known structures of the compositions searched, how many some candidate is."""
    known, covered = set(), set()
    for name, record in searches.items():
        known.update([name, *record["others"]])
        for candidate in _usable(record, count):
            covered.update(candidate["rms"])
    return len(covered & known) / len(known) if known else math.nan


def _diagnosis(rms: float | None, lowest: bool, truth: Record) -> str:
    if rms is not None:
        return DIAGNOSES[0] if lowest else DIAGNOSES[1]
    return DIAGNOSES[2] if _below(truth["rms"], KEPT) else DIAGNOSES[3]


def _below(rms: float | None, limit: float) -> bool:
    return rms is not None and rms < limit


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else math.nan
