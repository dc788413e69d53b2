"""Laws that tie energies, pressure and motion together."""

from __future__ import annotations

import numpy as np
import pytest
from ase import units
from ase.build import bulk
from ase.md.velocitydistribution import MaxwellBoltzmannDistribution, Stationary
from ase.md.verlet import VelocityVerlet
from conftest import GOLDEN, golden, load

from librm.ase import Calculator


@pytest.mark.parametrize("name", GOLDEN)
def test_pressure_is_that_of_finite_differences(name):
    """p = -dE/dV, by Richardson's extrapolation over dilations."""
    model, seen = load(name), 0
    for case in golden(name)["cases"]:
        if not all(case["pbc"]):
            continue
        cell, positions = np.array(case["cell"]), np.array(case["positions"])
        volume = abs(np.linalg.det(cell))
        results = model.evaluate(case["numbers"], positions, cell, pbc=True)

        def energy(share, case=case, cell=cell, positions=positions):
            factor = (1 + share) ** (1 / 3)
            return model.evaluate(case["numbers"], factor * positions, factor * cell, pbc=True).energy

        table = [(energy(step) - energy(-step)) / (2 * step) for step in 2e-3 * 0.5 ** np.arange(4)]
        for factor in (4, 16, 64):
            table = [(factor * table[i + 1] - table[i]) / (factor - 1) for i in range(len(table) - 1)]
        pressure = -np.trace(results.stress) / 3
        assert pressure == pytest.approx(-table[0] / volume, rel=1e-7, abs=1e-9 * np.abs(results.stress).max())
        seen += 1
    assert seen >= 5


def test_nve_does_not_drift(diamond):
    """Over one of ASE's picoseconds: total energy per atom, as the slope of a straight line."""
    atoms = bulk("C", "diamond", a=3.567, cubic=True) * 2
    atoms.calc = Calculator(diamond, skin=0.4)
    MaxwellBoltzmannDistribution(atoms, temperature_K=300, rng=np.random.default_rng(1))
    Stationary(atoms)
    dynamics = VelocityVerlet(atoms, timestep=0.5 * units.fs)
    times, totals, kinetic = [], [], []

    def note():
        times.append(dynamics.get_time() / (1000 * units.fs))
        totals.append(atoms.get_total_energy() / len(atoms))
        kinetic.append(atoms.get_kinetic_energy() / len(atoms))

    dynamics.attach(note)
    dynamics.run(2000)
    assert times[-1] == pytest.approx(1.0)
    drift = np.polyfit(times, totals, 1)[0]
    print(f"drift {drift:.1e} per atom and ps; kinetic energy {np.mean(kinetic):.1e} per atom")
    assert np.std(kinetic) > 1e-3 * np.mean(kinetic) > 0  # potential and kinetic energy do change places
    assert abs(drift) < 1e-6
