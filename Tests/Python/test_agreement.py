"""One set of structures goes through every route (routes.py): all hosts get the same numbers, which fit together."""

from __future__ import annotations

import numpy as np
import pytest
from ase import units
from ase.build import bulk
from ase.md.velocitydistribution import MaxwellBoltzmannDistribution, Stationary
from ase.md.verlet import VelocityVerlet
from conftest import FIXTURES, GOLDEN, golden, load, rattled, strained
from routes import ROUTES

from librm.ase import Calculator

KEYS = ("numbers", "positions", "cell", "pbc")


def close(found, wanted, what):
    """Equal within 1e-12 of the largest number of its kind, but of 1 at least."""
    scale = max(1.0, np.abs(wanted).max())
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-12 * scale, err_msg=what)


def structure_set(name):
    """The structures of the golden numbers: molecules, crystals, slabs, wires; and one large enough for threads."""
    cases = golden(name)["cases"]
    numbers = sorted({number for case in cases for number in case["numbers"]})
    large = strained(rattled(bulk("C", "diamond", a=3.567, cubic=True) * (4, 4, 3), 0.05, seed=4), 0.02, seed=4)
    large.numbers = np.random.default_rng(4).choice(numbers, len(large))
    return [{key: case[key] for key in KEYS} for case in cases] + [
        dict(numbers=large.numbers.tolist(), positions=large.positions, cell=large.cell.array, pbc=large.pbc.tolist())
    ]


@pytest.fixture(scope="session")
def references():
    """What one thread says of the structures, whose golden part comes from another implementation."""
    found = {}
    for name in GOLDEN:
        model, cases, structures = load(name), golden(name)["cases"], structure_set(name)
        found[name] = structures, [model.evaluate(structure, virials=True) for structure in structures]
        for case, results in zip(cases, found[name][1], strict=False):
            for kind in ("energy", "energies", "forces", "strain_gradient"):
                close(getattr(results, kind), case[kind], f"{case['name']}: {kind}")
    return found


@pytest.mark.parametrize("model", GOLDEN)
@pytest.mark.parametrize("name", ROUTES)
def test_route(name, model, references, tmp_path):
    structures, wanted = references[model]
    answers = ROUTES[name](FIXTURES / "models" / f"{model}.safetensors", structures, tmp_path)
    assert len(answers) == len(structures)
    taken = [(index, answer) for index, answer in enumerate(answers) if answer is not None]
    assert len(taken) >= len(structures) // 2
    for index, answer in taken:
        what = f"{name}, {model}, structure {index}"
        for kind in ("energy", "forces", "energies", "strain_gradient", "virials"):
            found = getattr(answer, kind)
            if found is not None:
                close(found, getattr(wanted[index], kind), f"{what}: {kind}")
        if answer.energies is not None:
            close(answer.energies.sum(), answer.energy, f"{what}: sum of the energies")
        if answer.virials is not None and answer.strain_gradient is not None:
            close(answer.virials.sum(axis=0), -answer.strain_gradient, f"{what}: sum of the virials")
        close(answer.forces.sum(axis=0), np.zeros(3), f"{what}: sum of the forces")


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
