"""Structures and models that many tests share. They need the package: pip install ./bindings/python[test]."""

from __future__ import annotations

import json
import os
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # NumPy's threads would only wait for each other on small matrices

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, molecule

import librm

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "Tests" / "fixtures"
GOLDEN = [
    "random-carbon-l3-nu3",
    "random-inorganic-l2-nu2-receiver",
    "random-organic-l3-nu3",
    "random-organic-l3-nu4",
]


def golden(name: str) -> dict:
    """The golden numbers of a model."""
    return json.loads((FIXTURES / f"{name}.json").read_text())


def load(name: str) -> librm.Model:
    return librm.Model.load(FIXTURES / "models" / f"{name}.safetensors")


@pytest.fixture(scope="session")
def organic() -> librm.Model:
    """A model of H, C, N, O, S, Cl with random weights."""
    return load("random-organic-l3-nu3")


@pytest.fixture(scope="session")
def inorganic() -> librm.Model:
    """A model of Li, O, Na, S, Cl, Fe, Zn with random weights."""
    return load("random-inorganic-l2-nu2-receiver")


@pytest.fixture(scope="session")
def diamond_cell() -> Atoms:
    return bulk("C", "diamond", a=3.567, cubic=True)


@pytest.fixture(scope="session")
def diamond(diamond_cell: Atoms) -> librm.Model:
    """A model trained on a small diamond, so that it has minima worth relaxing to."""
    dataset = librm.Dataset([diamond_cell])
    start = librm.Model.create("diamond", ["C"], seed=1)
    trainer = librm.Trainer(start, dataset, "diamond", epochs=40, seed=1, threads=2)
    for epoch in trainer:
        assert np.isfinite(epoch.training_loss)
    return trainer.model()


def rattled(atoms: Atoms, amount: float, seed: int) -> Atoms:
    """A copy with every position moved at random."""
    moved = atoms.copy()
    moved.positions += np.random.default_rng(seed).normal(scale=amount, size=moved.positions.shape)
    return moved


def strained(atoms: Atoms, amount: float, seed: int) -> Atoms:
    """A copy with the cell deformed at random, atoms going along."""
    moved = atoms.copy()
    deformation = np.eye(3) + np.random.default_rng(seed).normal(scale=amount, size=(3, 3))
    moved.set_cell(moved.cell.array @ deformation, scale_atoms=True)
    return moved


@pytest.fixture
def ethanol() -> Atoms:
    return rattled(molecule("CH3CH2OH"), 0.02, seed=3)
