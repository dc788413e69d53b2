"""What the tests of hosts of KIM share. They need what `make build-tests-kim` makes, and the package librm."""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pytest
from ase import Atoms

import librm

ROOT = Path(__file__).resolve().parents[2]
ITEMS = ROOT / "build" / "tests" / "kim"
MODELS = ROOT / "Tests" / "fixtures" / "models"


def kim_name(fixture: str) -> str:
    """The name that librm-kim gives a model file."""
    return "RM_" + fixture.replace("-", "_")


def environment(build: str) -> dict[str, str]:
    """Variables with which KIM finds the items that were built `plain` or by `cmake`."""
    return {
        **os.environ,
        "KIM_API_MODEL_DRIVERS_DIR": str(ITEMS / build / "drivers"),
        "KIM_API_PORTABLE_MODELS_DIR": str(ITEMS / build / "models"),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }


def load(fixture: str) -> librm.Model:
    return librm.Model.load(MODELS / f"{fixture}.safetensors")


def crystal(symbols: list[str], count: int, seed: int, cell: np.ndarray | None = None) -> Atoms:
    """Atoms of all the elements at random places of a skewed cell, no pair closer than 1.1 angstrom."""
    random = np.random.default_rng(seed)
    edge = np.cbrt(12.0 * count)
    if cell is None:  # lower triangular, as LAMMPS wants it
        cell = edge * np.array([[1.1, 0, 0], [0.3, 0.9, 0], [-0.2, 0.25, 1.0]])
    atoms = Atoms(cell=cell, pbc=True)
    while len(atoms) < count:
        symbol = symbols[len(atoms) % len(symbols)]
        atoms.append(symbol)
        atoms.positions[-1] = random.random(3) @ cell
        if len(atoms) > 1 and atoms.get_distances(-1, range(len(atoms) - 1), mic=True).min() < 1.1:
            del atoms[-1]
    return atoms


def check_close(got: np.ndarray | float, want: np.ndarray | float, tolerance: float = 1e-12) -> None:
    """Relative to the largest number of the array."""
    want = np.asarray(want)
    difference = np.abs(np.asarray(got) - want).max()
    scale = np.abs(want).max()
    assert scale > 0
    assert difference <= tolerance * scale, f"{difference / scale:.2g} relative"


@pytest.fixture(params=["plain", "cmake"])
def build(request: pytest.FixtureRequest) -> str:
    return str(request.param)
