"""The sets of structures that librm's own models are trained on, from their public sources or from a local copy."""

from __future__ import annotations

import io
import json
import os
import re
import tarfile
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ase.io
import numpy as np
from ase import Atoms
from ase.build import bulk

from .errors import FileError, FormatError
from .splits import place

SOURCE = "https://github.com"
QM7 = "qmlcode/tutorial"  # Blum and Reymond 2009, Rupp et al. 2012, relaxed with PBE0/def2-TZVP
CRYSTALS = "fxcoudert/topology_databases"  # the Materials Project's structures (CC BY 4.0), one CIF each

MOST_ATOMS = 20
VALIDATION_SHARE = 0.07
SEED = 1

# Compositions that arXiv 2405.09057 tests with; kept out of training and validation.
PAPER = (
    "YMg3",
    "BaCd3",
    "BiF4",
    "SrO2",
    "BiSCl",
    "SnPd",
    "CoSb",
    "Ag3O",
    "SiC2N4",
    "HgSO4",
    "Co2B",
    "Cr3CuO8",
    "KZnF3",
    "CrSi",
    "AlAg4",
)

Sets = dict[str, list[Atoms]]
Report = Callable[[str], None]


def qm7(source: str = SOURCE, seed: int = SEED, share: float = VALIDATION_SHARE, report: Report = print) -> Sets:
    """Molecules of up to 7 heavy atoms: all, and split. `name` and `atomization_energy_pbe0` (kcal/mol) are in `info`.

    source: whence the repository QM7 comes, as GitHub gives archives. report: told what goes on.
    Raises FileError where something cannot be had, FormatError where it is not what it should be.
    """
    geometries: dict[str, str] = {}
    energies: dict[str, float] = {}
    for path, text in _archive(source, QM7, r"qm7/\w+\.xyz|hof_qm7\.txt", report):
        if path == "hof_qm7.txt":
            energies = dict(_energy(line) for line in text.splitlines() if line.strip())
        else:
            geometries[path] = text
    if not geometries or not energies:
        raise FormatError(f"the archive of {QM7} has no qm7/*.xyz or no hof_qm7.txt")
    found = []
    for path in sorted(geometries.keys() & energies.keys()):
        atoms = _parsed(geometries[path], "xyz", path)
        atoms.info = {"name": Path(path).stem, "atomization_energy_pbe0": energies[path]}
        found.append(atoms)
    return {"qm7": found, **split("qm7", found, "name", seed, share)}


def mp(source: str = SOURCE, seed: int = SEED, share: float = VALIDATION_SHARE, report: Report = print) -> Sets:
    """Crystals of the Materials Project with an experimental origin and at most 20 atoms: split, and some set apart.

    These are all structures, of any origin, of the compositions in PAPER, which are in neither part, and all of
    lithium and sulfur, to compare the Li-S hull with. `mp_id` is in `info`. Arguments and errors as for `qm7`.
    """
    experimental = _experimental(source, report)
    of_paper = {_reduced(Atoms(formula)): formula for formula in PAPER}
    found, apart, battery = [], [], []
    for path, text in _archive(source, CRYSTALS, r"cif/mp-\d+\.cif", report):
        name = Path(path).stem
        contents = _contents(text, path)
        formula = of_paper.get(_reduced(contents))
        lithium_sulfur = set(contents.numbers.tolist()) <= {3, 16}
        if len(contents) > MOST_ATOMS or not (name in experimental or formula or lithium_sulfur):
            continue
        atoms = _parsed(text, "cif", path)
        atoms = Atoms(atoms.numbers, atoms.positions, cell=atoms.cell.array, pbc=True, info={"mp_id": name})
        if formula:
            apart.append(atoms)
            atoms.info["formula_in_paper"] = formula
        elif name in experimental:
            found.append(atoms)
        if lithium_sulfur:
            battery.append(atoms)
    if not found:
        raise FormatError(f"the archive of {CRYSTALS} has no cif/mp-*.cif of an experimental structure")
    return {
        **split("mp", found, "mp_id", seed, share),
        "mp_paper15_reference": apart,
        "mp_li_s_reference": battery,
    }


def diamond() -> Sets:
    """The one structure that arXiv 2405.09057 learns carbon from: 72 atoms of diamond at 4.41 cubic angstrom each.

    3 x 3 x 4 primitive cells, so that noise can differ from cell to cell.
    """
    return {"diamond": [bulk("C", "diamond", a=float(np.cbrt(8 * 4.41))) * (3, 3, 4)]}


def local(name: str, folder: Path, seed: int = SEED, share: float = VALIDATION_SHARE) -> Sets:
    """The same from a folder that has qm7.extxyz, or mp_train.extxyz and mp_val.extxyz: what is split stays so."""
    needed = {"qm7": ["qm7"], "mp": ["mp_train", "mp_val"]}[name]
    for each in needed:
        if not (folder / f"{each}.extxyz").is_file():
            raise FileError(f"there is no {each}.extxyz in {folder}, where LIBRM_DATA says that {name} is")
    more = [each for each in ("mp_paper15_reference", "mp_li_s_reference") if (folder / f"{each}.extxyz").is_file()]
    sets = {each: ase.io.read(folder / f"{each}.extxyz", ":") for each in needed + (more if name == "mp" else [])}
    if name == "qm7":
        for atoms in sets["qm7"]:
            atoms.info["name"] = str(atoms.info["name"]).zfill(4)  # ASE reads it as a number
        sets.update(split("qm7", sets["qm7"], "name", seed, share))
    return sets


def split(name: str, structures: list[Atoms], identifier: str, seed: int, share: float) -> Sets:
    """Training and validation structures. Where one goes depends on its identifier and the seed alone."""
    sets: Sets = {f"{name}_train": [], f"{name}_val": []}
    for atoms in sorted(structures, key=lambda atoms: str(atoms.info[identifier])):
        held_out = place(str(atoms.info[identifier]), seed) < share
        sets[f"{name}_val" if held_out else f"{name}_train"].append(atoms)
    return sets


def write(folder: Path, sets: Mapping[str, list[Atoms]]) -> list[Path]:
    """Writes NAME.extxyz for every set; each file appears whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, structures in sets.items():
        path = folder / f"{name}.extxyz"
        temporary = folder / f".{name}.part"
        ase.io.write(temporary, structures, format="extxyz")
        os.replace(temporary, path)
        paths.append(path)
    return paths


# Getting and reading


@contextmanager
def _opened(address: str) -> Iterator[Any]:
    """What an address gives, with all that may go wrong on the way as one kind of error."""
    hint = "without a network, LIBRM_DATA may name a folder that has the data (see `librm data --help`)"
    try:
        with urllib.request.urlopen(address, timeout=60) as response:
            yield response
    except urllib.error.HTTPError as problem:
        raise FileError(f"{address}: the server says {problem.code} {problem.reason}") from problem
    except urllib.error.URLError as problem:
        raise FileError(f"{address} cannot be reached: {problem.reason}; {hint}") from problem
    except (tarfile.TarError, EOFError, zlib.error, OSError) as problem:
        if isinstance(problem, FileError):
            raise
        raise FileError(f"{address}: the download broke off or is damaged: {problem}") from problem


def _archive(source: str, repository: str, wanted: str, report: Report) -> Iterator[tuple[str, str]]:
    """Paths and texts of a repository's files whose path is as `wanted` says, as its archive streams by."""
    address = f"{source}/{repository}/archive/HEAD.tar.gz"
    report(f"reading {address}")
    with _opened(address) as response, tarfile.open(fileobj=response, mode="r|gz") as archive:
        for member in archive:
            _, _, path = member.name.partition("/")  # the first part names the repository and the commit
            file = archive.extractfile(member) if re.fullmatch(wanted, path) else None
            if file is not None:
                yield path, file.read().decode(errors="replace")


def _experimental(source: str, report: Report) -> set[str]:
    """Identifiers of structures that were not only thought of: `theoretical` is false in the repository's table."""
    address = f"{source}/{CRYSTALS}/raw/HEAD/topo_data.json"  # the archive has but a pointer to this large file
    report(f"reading {address}")
    with _opened(address) as response:
        text = response.read()
    try:
        table = json.loads(text)
        return {name for name, row in table.items() if row and row["theoretical"] is False}
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise FormatError(f"{address} is not the table that it should be: {problem!r}") from problem


def _energy(line: str) -> tuple[str, float]:
    """Path and atomization energy from a line such as "qm7/0001.xyz -417.031 -431.787"."""
    try:
        path, energy, *_ = line.split()
        return path, float(energy)
    except ValueError:
        raise FormatError(f"hof_qm7.txt: {line!r} is no path with an energy") from None


def _contents(cif: str, path: str) -> Atoms:
    """The atoms of a CIF's cell by its sum formula, without places; cheap, for most files are not wanted."""
    formula = re.search(r"^_chemical_formula_sum\s+(.+)$", cif, re.MULTILINE)
    try:
        return Atoms(re.sub(r"['\"\s]", "", formula[1]))  # type: ignore[index]
    except (TypeError, KeyError, ValueError):
        raise FormatError(f"{path} has no _chemical_formula_sum that can be read") from None


def _parsed(text: str, format: str, path: str) -> Atoms:
    try:
        return ase.io.read(io.StringIO(text), format=format)
    except Exception as problem:  # ASE's readers raise whatever their parsing runs into
        raise FormatError(f"{path}: {problem or type(problem).__name__}") from problem


def _reduced(atoms: Atoms) -> str:
    return str(atoms.symbols.formula.reduce()[0].format("hill"))
