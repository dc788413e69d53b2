"""The demo, in small: it runs, writes what it says, and what it writes is consistent."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter

import ase.io
import numpy as np
import pytest
from conftest import ROOT

import librm

pytest.importorskip("matplotlib")
pytest.importorskip("spglib")

NEEDED = ROOT / "build/lib/librm_fortran.a"


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """What it prints, and the folder that it writes to."""
    if not NEEDED.exists():
        pytest.skip(f"there is no {NEEDED.relative_to(ROOT)}; `make fortran` builds it")
    folder = tmp_path_factory.mktemp("demo")
    command = [sys.executable, ROOT / "examples/demo/demo.py", "--starts", "3", "--epochs", "20", "--output", folder]
    done = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, timeout=600, env={**os.environ, "COLUMNS": "120"}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout, folder


def test_it_finds_cubic_diamond_lowest(demo):
    _, folder = demo
    lowest = ase.io.read(folder / "distinct.extxyz", 0)
    assert lowest.info["kind"] == "cubic diamond"
    assert lowest.info["volume_per_atom_A3"] == pytest.approx(4.41, abs=0.1)


def test_its_files_agree_with_the_model(demo):
    _, folder = demo
    model = librm.Model.load(folder / "carbon.safetensors")
    for name in ("candidates", "distinct"):
        for atoms in ase.io.read(folder / f"{name}.extxyz", ":"):
            energy = model.evaluate(atoms).energy / len(atoms)
            assert energy == pytest.approx(atoms.info["pseudo_energy_per_atom_A2"], abs=1e-6)
    forces = model.evaluate(ase.io.read(folder / "distinct.extxyz", 0)).forces
    assert np.abs(forces).max() < 1e-3
    assert len(ase.io.read(folder / "diamond.extxyz")) == 72


def test_its_table_counts_its_files(demo):
    printed, folder = demo
    found = Counter(atoms.info["kind"] for atoms in ase.io.read(folder / "candidates.extxyz", ":"))
    table = printed[printed.index("told from their bonds") : printed.index("volumes let go\n")]
    for kind in ("cubic diamond", "hexagonal diamond", "stacking fault", "graphite-like layers", "other"):
        row = re.search(rf"^\s+{kind}\s+(\d+)", table, re.MULTILINE)
        assert row is not None, kind
        assert int(row[1]) == found[kind]


def test_languages_agree(demo):
    printed, _ = demo
    numbers = dict(re.findall(r"^  (Python|C|Fortran) +E = (\S+)", printed, re.MULTILINE))
    assert len(numbers) == 3
    assert len(set(numbers.values())) == 1
    assert "eV" not in printed.replace("is not in eV", "")


def test_it_draws_a_picture(demo):
    _, folder = demo
    assert (folder / "energy-volume.png").read_bytes().startswith(b"\x89PNG")
