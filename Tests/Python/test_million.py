"""A million atoms in one call: a thousand copies of a small crystal get its numbers, in little memory and no longer."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from ase.build import bulk
from conftest import FIXTURES, rattled

import librm

COPIES = 10  # along each vector


def test_a_million_atoms():
    """In a process of its own, whose memory has not been another test's."""
    done = subprocess.run(
        [sys.executable, "-c", "import test_million; test_million.evaluate_a_million_atoms()"],
        cwd=Path(__file__).parent, capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    print(done.stdout)


def evaluate_a_million_atoms():
    model = librm.Model.load(FIXTURES / "models/random-carbon-l3-nu3.safetensors")
    workspace = librm.Workspace(model)
    atoms = rattled(bulk("C", "diamond", a=3.567, cubic=True) * 5, 0.05, seed=1)
    workspace.evaluate(atoms)
    times = []
    for _ in range(10):
        began = time.process_time()
        small = workspace.evaluate(atoms)
        times.append(time.process_time() - began)

    shifts = np.stack(np.meshgrid(*3 * [np.arange(COPIES)], indexing="ij"), axis=-1).reshape(-1, 1, 3)
    positions = (atoms.positions + shifts @ atoms.cell.array).reshape(-1, 3)
    numbers = np.full(len(positions), 6)
    assert len(positions) == 1_000_000
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    began = time.process_time()
    large = workspace.evaluate(numbers, positions, COPIES * atoms.cell.array, True)
    took = time.process_time() - began
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - pages * resource.getpagesize()

    assert large.energy == pytest.approx(COPIES**3 * small.energy, rel=1e-11)
    np.testing.assert_allclose(large.stress, small.stress, rtol=0, atol=1e-11 * np.abs(small.stress).max())
    forces = large.forces.reshape(COPIES**3, -1, 3)
    for copy in (0, COPIES**3 // 2, -1):
        np.testing.assert_allclose(forces[copy], small.forces, rtol=0, atol=1e-9 * np.abs(small.forces).max())
    # Most of it the results. Processor times vary by a third on a busy machine.
    assert grown < 300 * len(positions), f"{grown / len(positions):.0f} bytes per atom"
    assert took / COPIES**3 < 2 * np.median(times), f"{took:.1f} s; a thousand atoms take {np.median(times):.4f} s"
    print(f"{grown / len(positions):.0f} bytes, {took:.1f} µs per atom; of a thousand {1e3 * np.median(times):.1f} µs")
