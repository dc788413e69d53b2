"""Models and structures of the three sizes: from folders if they are given, else made here."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import ase.io
import librm
import numpy as np
from ase import Atoms
from ase.build import bulk, molecule
from ase.collections import g2

TOP = Path(__file__).resolve().parents[2]
BUILD = TOP / "build/benchmarks"
sys.path.insert(0, str(TOP / "Benchmarks"))

# name: preset, file of the model, file of the structures
SIZES = {
    "molecules": ("molecules", "qm7b.safetensors", "qm7.extxyz"),
    "crystals": ("crystals", "mp20.safetensors", "mp_val.extxyz"),
    "carbon": ("diamond", "diamond.safetensors", "diamond_72.extxyz"),
}


@dataclass
class Input:
    name: str
    preset: str
    model: Path
    structures: Path  # extxyz
    origin: str  # in words


def some_molecules() -> list[Atoms]:
    """Those of ASE's G2 set of 5 to 23 atoms of H, C, N, O."""
    found = [molecule(name) for name in g2.names]
    return [atoms for atoms in found if 5 <= len(atoms) <= 23 and set(atoms.numbers) <= {1, 6, 7, 8}]


def some_crystals() -> list[Atoms]:
    """Elements and binary compounds of 2 to 16 atoms, at roughly their lattice constants."""
    found = []
    for name, a in {"LiF": 4.0, "NaCl": 5.6, "MgO": 4.2, "KCl": 6.3, "CaO": 4.8, "TiC": 4.3, "TiN": 4.2}.items():
        found += [bulk(name, "rocksalt", a=a), bulk(name, "rocksalt", a=a, cubic=True)]
    for name, a in {"ZnS": 5.4, "GaAs": 5.65, "SiC": 4.35, "AlP": 5.5, "InP": 5.9}.items():
        found += [bulk(name, "zincblende", a=a), bulk(name, "zincblende", a=a, cubic=True)]
    for name, a in {"Si": 5.43, "Ge": 5.66}.items():
        found += [bulk(name, "diamond", a=a), bulk(name, "diamond", a=a, cubic=True).repeat((2, 1, 1))]
    for name, a in {"Al": 4.05, "Cu": 3.6, "Ni": 3.5}.items():
        found += [bulk(name, "fcc", a=a, cubic=True), bulk(name, "fcc", a=a, cubic=True).repeat((2, 2, 1))]
    return found


def carbon_72() -> list[Atoms]:
    """Diamond at 4.41 Å³ per atom, as in the one-shot experiment of arXiv 2405.09057."""
    return [bulk("C", "diamond", a=(8 * 4.41) ** (1 / 3)).repeat((3, 3, 4))]


def trained(preset: str, structures: list[Atoms], path: Path) -> Path:
    """A model of the preset's size, trained on the structures for a moment: enough to relax with."""
    numbers = sorted({int(z) for atoms in structures for z in atoms.numbers})
    model = librm.Model.create(preset, numbers, seed=1)
    if preset == "crystals":
        model = model.with_parameters(element_volumes={str(z): 15.0 for z in numbers})
    trainer = librm.Trainer(model, librm.Dataset(structures), preset, epochs=4, warmup_epochs=0, seed=1)
    for _ in trainer:
        pass
    trainer.model(best=False).save(path)
    return path


def prepare(name: str, models: Path | None, data: Path | None, limit: int) -> Input:
    """Files for one size."""
    BUILD.mkdir(parents=True, exist_ok=True)
    preset, model_name, data_name = SIZES[name]
    made = {"molecules": some_molecules, "crystals": some_crystals, "carbon": carbon_72}[name]
    if data and (data / data_name).exists():
        structures = ase.io.read(data / data_name, ":")
        structures = [atoms for atoms in structures if len(atoms) >= 2]
        chosen = np.linspace(0, len(structures) - 1, min(limit, len(structures))).astype(int)
        structures, origin = [structures[k] for k in chosen], data_name
    else:
        structures, origin = made(), "structures made by ASE"
    if name == "carbon":
        structures = 10 * structures[:1]  # one alone is over too soon, and nothing to share between threads
    if models and (models / model_name).exists():
        path = models / model_name
        known = set(librm.Model.load(path).elements)
        structures = [atoms for atoms in structures if set(atoms.numbers) <= known]
        origin = f"{model_name}, {origin}"
    elif name == "carbon":
        path = TOP / "models/diamond/model.safetensors"
        origin = f"models/diamond, {origin}"
    else:
        path = trained(preset, structures, BUILD / f"{name}.safetensors")
        origin = f"model trained for a moment, {origin}"
    for atoms in structures:
        atoms.info = {}
    file = BUILD / f"{name}.extxyz"
    ase.io.write(file, structures, format="extxyz", columns=["symbols", "positions"])
    return Input(name, preset, path, file, origin)


def data_folder() -> Path | None:
    folder = os.environ.get("LIBRM_DATA")
    return Path(folder) if folder else None
