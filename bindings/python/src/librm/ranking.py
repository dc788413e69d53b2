"""What a campaign found: repetitions left out, symmetry found, ranked, and written."""

from __future__ import annotations

import io
import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ase.io
import numpy as np
import spglib
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator
from ase.neighborlist import natural_cutoffs, neighbor_list

from .campaign import Record, structure_of, write_whole
from .errors import Error
from .model import Model
from .options import Preset, SearchOptions
from .search import formula as numbers_of
from .structure import Reals, Structure

SAMPLES = 16
# Of the spread over random structures. It told 81 of 120 crystals of Li2S apart; relaxing them a hundred times more
# precisely left 75 different pairs of energy and volume.
TOLERANCE = 0.1
SYMMETRY_TOLERANCE = 0.1  # angstrom
COLLAPSED = 0.5  # of the sum of covalent radii; bonds have 0.7 and more


@dataclass(frozen=True, eq=False)
class Found:
    """A structure that a campaign found, and how often.

    energy: E per atom, angstrom^2. volume: angstrom^3 per atom, 0 for molecules. space_group: symbol and number, ""
    for molecules. above_hull: by how much E per atom lies above the lowest mixture of other compositions, None where
    there is no such thing.
    """

    record: Record
    structure: Structure
    energy: float
    volume: float
    times: int
    space_group: str = ""
    above_hull: float | None = None

    def to_ase(self) -> Atoms:
        """The same as ASE's Atoms, with what is known of it."""
        atoms = self.structure.to_ase()
        atoms.calc = SinglePointCalculator(atoms, energy=self.record["energy"])
        atoms.info = {name: self.record[name] for name in ("formula", "units", "index", "fmax", "steps")}
        atoms.info.update(times_found=self.times, space_group=self.space_group)
        if self.above_hull is not None:
            atoms.info["above_hull"] = self.above_hull
        return atoms


def rank(
    model: Model,
    records: Sequence[Record],
    preset: Preset = "crystals",
    options: SearchOptions | None = None,
    tolerance: float = TOLERANCE,
    symmetry_tolerance: float = SYMMETRY_TOLERANCE,
) -> list[Found]:
    """The different structures among those that converged, those of lowest E per atom first within each formula.

    Collapsed ones, with atoms closer than half of the sum of their covalent radii, are left out: they lie in holes of E,
    where it has nothing to say.

    Two are the same when their E per atom and their descriptors (sorted over the atoms of each element, as a root mean
    square) agree within `tolerance`, relative to the spread of both over random structures of the formula. Cells of
    any size, orientation and order of atoms are compared, and mirror images are the same.
    """
    by_formula: dict[str, list[Record]] = {}
    for record in records:
        if record["converged"] and not _collapsed(structure_of(record)):
            by_formula.setdefault(record["formula"], []).append(record)
    found = [
        each
        for formula in _ordered(by_formula)
        for each in _distinct(model, formula, by_formula[formula], preset, options or {}, tolerance)
    ]
    hull = _above_hull(found)
    return [
        Found(
            each.record,
            each.structure,
            each.energy,
            each.volume,
            each.times,
            space_group(each.structure, symmetry_tolerance),
            above,
        )
        for each, above in zip(found, hull, strict=True)
    ]


def space_group(structure: Structure, tolerance: float) -> str:
    """Symbol and number by spglib, such as "Fm-3m (225)"; "" where there is no crystal or none is found."""
    if structure.cell is None:
        return ""
    fractional = np.linalg.solve(structure.cell.T, structure.positions.T).T
    cell: Any = (structure.cell, fractional, structure.numbers)
    return spglib.get_spacegroup(cell, symprec=tolerance) or ""


def write(folder: Path, found: Sequence[Found], top: int) -> None:
    """Writes structures.extxyz and ranking.json with all, and a CIF for the first `top` crystals of each formula."""
    text = io.StringIO()
    for each in found:
        ase.io.write(text, each.to_ase(), format="extxyz")
    write_whole(folder / "structures.extxyz", text.getvalue())
    write_whole(folder / "ranking.json", json.dumps([_row(each) for each in found], indent=1) + "\n")
    ranks: Counter[str] = Counter()
    wanted = set()
    for each in found:
        formula = each.record["formula"]
        ranks[formula] += 1
        if each.structure.cell is None or ranks[formula] > top:
            continue
        symbol = each.space_group.split(" ")[0].replace("/", "_") or "unknown"
        path = folder / "cif" / f"{formula}-{ranks[formula]:03}-{symbol}.cif"
        content = io.BytesIO()
        ase.io.write(content, each.structure.to_ase(), format="cif")
        write_whole(path, content.getvalue().decode())
        wanted.add(path)
    for path in (folder / "cif").glob("*.cif"):
        if path not in wanted:  # of an earlier ranking
            path.unlink()


def _row(found: Found) -> dict[str, Any]:
    return {
        "formula": found.record["formula"],
        "units": found.record["units"],
        "index": found.record["index"],
        "pseudo_energy_per_atom_A2": found.energy,
        "above_hull_A2": found.above_hull,
        "volume_per_atom_A3": found.volume or None,
        "space_group": found.space_group or None,
        "times_found": found.times,
        "fmax_A": found.record["fmax"],
    }


def _ordered(formulas: Iterable[str]) -> list[str]:
    """Formulas of two elements along their line, others by name."""
    counts = {formula: Counter(numbers_of(formula).tolist()) for formula in formulas}
    elements = sorted({number for each in counts.values() for number in each})
    if len(elements) > 2:
        return sorted(counts)
    return sorted(counts, key=lambda name: (counts[name][elements[-1]] / sum(counts[name].values()), name))


# Repetitions


def _distinct(
    model: Model, formula: str, records: list[Record], preset: Preset, options: SearchOptions, tolerance: float
) -> list[Found]:
    structures = [structure_of(record) for record in records]
    evaluated = model.evaluate_batch(structures, descriptors=True)
    fingerprints = [_fingerprint(s.numbers, r.descriptors) for s, r in zip(structures, evaluated, strict=True)]
    energies = [record["energy"] / len(record["numbers"]) for record in records]
    order = sorted(range(len(records)), key=lambda k: (energies[k], records[k]["units"], records[k]["index"]))
    energy_scale, scales = _spread(model, formula, records, preset, options)
    times: dict[int, int] = {}  # those kept, lowest first, with how often each was found
    for k in order:
        original = k
        for other in reversed(times):
            if energies[k] - energies[other] > tolerance * energy_scale:
                break  # as all that were kept before are lower still
            if _distance(fingerprints[k], fingerprints[other], scales) <= tolerance:
                original = other
                break
        times[original] = times.get(original, 0) + 1
    return [
        Found(records[k], structures[k], energies[k], _volume(structures[k]) / len(structures[k]), times[k])
        for k in times
    ]


def _collapsed(structure: Structure) -> bool:
    atoms = structure.to_ase()
    return len(neighbor_list("i", atoms, natural_cutoffs(atoms, mult=COLLAPSED))) > 0


def _volume(structure: Structure) -> float:
    return 0.0 if structure.cell is None else float(abs(np.linalg.det(structure.cell)))


def _fingerprint(numbers: Any, descriptors: Reals | None) -> dict[int, Reals]:
    """For each element its atoms' descriptors [atoms, descriptors], every column sorted."""
    assert descriptors is not None
    return {int(number): np.sort(descriptors[numbers == number], axis=0) for number in np.unique(numbers)}


def _distance(one: Mapping[int, Reals], other: Mapping[int, Reals], scales: Mapping[int, Reals]) -> float:
    """Root mean square difference of two fingerprints of one formula, each descriptor divided by its scale.

    Where one cell is larger, both are repeated to a common size.
    """
    squares, count = 0.0, 0
    for number, scale in scales.items():
        a, b = one[number], other[number]
        size = math.lcm(len(a), len(b))
        difference = (np.repeat(a, size // len(a), axis=0) - np.repeat(b, size // len(b), axis=0)) / scale
        squares += float((difference**2).mean()) * len(a)
        count += len(a)
    return math.sqrt(squares / count)


def _spread(
    model: Model, formula: str, records: list[Record], preset: Preset, options: SearchOptions
) -> tuple[float, dict[int, Reals]]:
    """Scales of E per atom and of the descriptors: their mean distance from the median over random structures.

    These are drawn as a search draws them, for the largest cell that something was found in and the median volume of
    what was found, with a seed of their own.
    """
    units = max(record["units"] for record in records)
    unrelaxed: dict[str, Any] = {**options, "stages": [{"max_steps": 0}], "hops": 0, "duplicate_tolerance": 0.0}
    volumes = [_volume(structure_of(record)) / len(record["numbers"]) for record in records]
    if all(volumes):
        unrelaxed["volume_per_atom"] = (float(np.median(volumes)),) * 2
    drawn = [each.structure for each in model.search(formula, preset, units=units, count=SAMPLES, seed=1, **unrelaxed)]
    results, numbers = [], []
    for structure in [*drawn, structure_of(records[0])]:
        try:
            results.append(model.evaluate(structure, descriptors=True))
            numbers.append(structure.numbers)
        except Error:  # a random structure may be more than the potential can take
            continue
    energy = _scale(np.array([[each.energy / len(each.energies)] for each in results]))[0]
    elements = {int(number) for number in numbers[0]}
    scales = {}
    for number in elements:
        rows = [
            each.descriptors[own == number]  # type: ignore[index]
            for each, own in zip(results, numbers, strict=True)
        ]
        scales[number] = _scale(np.concatenate(rows))
    return float(energy), scales


def _scale(values: Reals) -> Reals:
    middle = np.median(values, axis=0)
    # What is the same everywhere must not turn rounding into a difference.
    scale: Reals = np.maximum(np.abs(values - middle).mean(axis=0), np.maximum(1e-6 * np.abs(middle), 1e-12))
    return scale


# The hull


def _above_hull(found: Sequence[Found]) -> list[float | None]:
    """For each structure its E per atom above the lower hull of its binary system; None where it is in none.

    That needs both elements, and structures of more than two compositions.
    """
    counts = [Counter(each.structure.numbers.tolist()) for each in found]
    elements = sorted({number for each in counts for number in each})
    if len(elements) != 2:
        return [None] * len(found)
    shares = [each[elements[1]] / sum(each.values()) for each in counts]
    if len(set(shares)) < 3 or not {0.0, 1.0} <= set(shares):
        return [None] * len(found)
    lowest: dict[float, float] = {}
    for share, each in zip(shares, found, strict=True):
        lowest[share] = min(lowest.get(share, math.inf), each.energy)
    hull: list[tuple[float, float]] = []
    for share in sorted(lowest):
        point = (share, lowest[share])
        while len(hull) > 1 and _turn(hull[-2], hull[-1], point) <= 0:
            hull.pop()
        hull.append(point)
    x, y = zip(*hull, strict=True)
    return [each.energy - float(np.interp(share, x, y)) for share, each in zip(shares, found, strict=True)]


def _turn(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> float:
    """Positive where the way from a over b to c turns left."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
