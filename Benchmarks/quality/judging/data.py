"""The structures to judge with, and the model that is judged."""

from __future__ import annotations

import functools
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import ase.io
import click
import librm
import numpy as np
from ase import Atoms
from scipy.optimize import nnls


def folder(given: Path | None) -> Path:
    """The folder with qm7.extxyz, mp_train.extxyz and mp_val.extxyz: as given, or $LIBRM_DATA, or `structures`."""
    named = Path(given or os.environ.get("LIBRM_DATA") or "structures")
    if not named.is_dir():
        raise click.ClickException(
            f"there is no folder {named} with data: give --data, or set LIBRM_DATA (`librm data --help` makes one)"
        )
    return named


@functools.lru_cache
def structures(path: Path, identifier: str) -> dict[str, Atoms]:
    """The structures of a file by identifier, which is the `info` of that name."""
    if not path.exists():
        raise click.ClickException(f"there is no {path}; `librm data` makes it")
    return {str(atoms.info[identifier]): atoms for atoms in ase.io.read(path, ":")}


@functools.lru_cache
def model(path: str) -> librm.Model:
    """A model, once for each process."""
    return librm.Model.load(path)


def checksum(path: str) -> str:
    """Which model a result belongs to: of its file, or of what librm finds by that name; "truth" is itself."""
    if path == "truth":
        return path
    if Path(path).is_file():
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    found = model(path)
    text = json.dumps(found.description, sort_keys=True).encode()
    return hashlib.sha256(text + found.parameters.tobytes()).hexdigest()


def element_volumes(judged: librm.Model, training: Path) -> dict[int, float] | None:
    """None where the model's file has volumes of its own; else least squares, not negative, over training crystals."""
    if "element_volumes" in judged.description:
        return None
    crystals = list(structures(training, "mp_id").values())
    contents = np.zeros((len(crystals), 119))
    for row, atoms in zip(contents, crystals, strict=True):
        np.add.at(row, atoms.numbers, 1)
    volumes = np.array([atoms.get_volume() for atoms in crystals])
    found, _ = nnls(contents, volumes)
    known = contents.any(axis=0)  # a volume of 0 would say that the element is not known
    return {number: max(float(volume), 0.1) for number, volume in enumerate(found) if known[number]}


def described(judged: librm.Model, path: str) -> dict[str, Any]:
    """What is written of a model beside its results."""
    return {"model": path, "sha256": checksum(path), "parameters": judged.parameter_count, "librm": librm.__version__}
