"""What ASE expects of every calculator, held against librm's; test_ase.py has the numbers."""

from __future__ import annotations

import copy
import inspect

import ase.db
import ase.io
import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.calculator import (
    Calculator as AseCalculator,
)
from ase.calculators.calculator import (
    PropertyNotImplementedError,
    all_changes,
    all_properties,
    compare_atoms,
)
from ase.calculators.lj import LennardJones
from ase.optimize import BFGS
from conftest import rattled, strained

import librm
from librm.ase import Calculator


@pytest.fixture
def crystal() -> Atoms:
    """Skewed, distorted, and under stress."""
    atoms = strained(rattled(bulk("NaCl", "rocksalt", a=5.0) * (2, 1, 1), 0.1, seed=8), 0.05, seed=8)
    return atoms


@pytest.fixture
def counted(monkeypatch):
    """Numbers of atoms of the evaluations so far."""
    calls: list[int] = []
    original = librm.Workspace.evaluate

    def evaluate(self, atoms, **keywords):
        calls.append(len(atoms))
        return original(self, atoms, **keywords)

    monkeypatch.setattr(librm.Workspace, "evaluate", evaluate)
    return calls


def test_it_is_a_calculator_of_ase(organic):
    calculator = Calculator(organic)
    assert isinstance(calculator, AseCalculator)
    assert calculator.name == "librm" and calculator.todict() == {}
    assert set(calculator.implemented_properties) <= set(all_properties)
    assert list(inspect.signature(Calculator.calculate).parameters) == ["self", "atoms", "properties", "system_changes"]
    assert calculator.results == {} and calculator.atoms is None
    with pytest.raises(TypeError, match="thread"):
        Calculator(organic, thread=2)


@pytest.mark.parametrize("asked", [True, False])
def test_atoms_can_be_given_at_once(organic, ethanol, asked):
    calculator = Calculator(organic, atoms=ethanol) if asked else Calculator(organic)
    ethanol.calc = calculator
    assert calculator.get_potential_energy(ethanol) == ethanol.get_potential_energy()
    assert calculator.get_potential_energy() == organic.evaluate(ethanol).energy


@pytest.mark.parametrize(
    "name", [name for name in all_properties if name not in Calculator.implemented_properties] + ["temper"]
)
def test_what_is_not_implemented_says_so(organic, ethanol, counted, name):
    ethanol.calc = Calculator(organic)
    with pytest.raises(PropertyNotImplementedError):
        ethanol.calc.get_property(name, ethanol)
    assert not counted


@pytest.mark.parametrize("method", ["get_dipole_moment", "get_charges", "get_magnetic_moment", "get_magnetic_moments"])
def test_getters_of_what_is_not_implemented(organic, ethanol, method):
    ethanol.calc = Calculator(organic)
    with pytest.raises(PropertyNotImplementedError):
        getattr(ethanol, method)()


@pytest.mark.parametrize("pbc", [(False,) * 3, (True, False, False), (True, True, False), (False, True, True)])
def test_partly_periodic(inorganic, crystal, pbc):
    """Energy and forces are there; stress needs a volume."""
    crystal.pbc = pbc
    crystal.calc = Calculator(inorganic)
    results = inorganic.evaluate(crystal)
    assert crystal.get_potential_energy() == results.energy
    np.testing.assert_array_equal(crystal.get_forces(), results.forces)
    for method in (crystal.get_stress, crystal.get_stresses):
        with pytest.raises(PropertyNotImplementedError):
            method()
    crystal.pbc = True
    assert crystal.get_stress().shape == (6,)


def test_cells_without_all_vectors(organic, ethanol):
    ethanol.set_cell([8, 0, 0])
    ethanol.pbc = (True, False, False)
    ethanol.calc = Calculator(organic)
    assert np.isfinite(ethanol.get_potential_energy())


def test_stress_in_voigt_order(inorganic, crystal):
    crystal.calc = Calculator(inorganic)
    full = inorganic.evaluate(crystal).stress
    wanted = [full[a, b] for a, b in ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))]
    assert len({round(value, 9) for value in wanted}) == 6
    np.testing.assert_array_equal(crystal.get_stress(), wanted)
    np.testing.assert_array_equal(crystal.get_stress(voigt=False), full)


def test_stresses_are_shares_of_the_stress(inorganic, crystal, counted):
    crystal.calc = Calculator(inorganic)
    stresses = crystal.get_stresses()
    assert stresses.shape == (len(crystal), 6)
    np.testing.assert_allclose(stresses.sum(axis=0), crystal.get_stress(), rtol=0, atol=1e-12)
    assert crystal.get_stresses(voigt=False).shape == (len(crystal), 3, 3)
    crystal.get_forces()
    assert len(counted) == 1
    crystal.rattle(0.01, seed=1)
    crystal.get_forces()
    assert np.abs(crystal.get_stresses() - stresses).max() > 0


def test_sign_of_stress_is_that_of_ase():
    """A stretched crystal pulls: positive, as for ASE's own Lennard-Jones crystal; and pressure -trace / 3."""
    stretched = bulk("Ar", "fcc", a=4.9)
    stretched.calc = LennardJones(sigma=3.4, epsilon=0.01, rc=10)
    model = librm.Model.create("crystals", ["Ar"], seed=1)
    mine = stretched.copy()
    mine.calc = Calculator(model)
    for atoms in (stretched, mine):
        energies = []
        for factor in (0.999, 1.001):
            scaled = atoms.copy()
            scaled.set_cell(atoms.cell * factor, scale_atoms=True)
            scaled.calc = atoms.calc
            energies.append(scaled.get_potential_energy())
        slope = (energies[1] - energies[0]) / (atoms.get_volume() * (1.001**3 - 0.999**3))
        assert np.trace(atoms.get_stress(voigt=False)) / 3 == pytest.approx(slope, rel=1e-3)


def test_nothing_is_calculated_twice(inorganic, crystal, counted):
    crystal.calc = Calculator(inorganic)
    for _ in range(2):
        crystal.get_potential_energy()
        crystal.get_potential_energy(force_consistent=True)
        crystal.get_potential_energies()
        crystal.get_forces()
        crystal.get_stress()
    assert len(counted) == 1
    assert not crystal.calc.calculation_required(crystal, ["energy", "forces", "stress"])
    assert crystal.calc.get_property("energy", crystal, allow_calculation=False) is not None
    crystal.positions[0, 0] += 1e-6
    assert crystal.calc.calculation_required(crystal, ["energy"])
    assert crystal.calc.get_property("energy", crystal, allow_calculation=False) is None
    assert len(counted) == 1


def test_what_the_model_does_not_know_is_no_change(inorganic, crystal, counted):
    """Charges, moments, velocities, tags, constraints and info: the same energy, and no new calculation."""
    crystal.calc = Calculator(inorganic)
    energy = crystal.get_potential_energy()
    crystal.set_initial_charges(np.linspace(-1, 1, len(crystal)))
    crystal.set_initial_magnetic_moments(np.ones(len(crystal)))
    crystal.set_velocities(np.ones((len(crystal), 3)))
    crystal.set_tags(range(len(crystal)))
    crystal.info["note"] = "something"
    assert crystal.get_potential_energy() == energy
    assert len(counted) == 1


def test_check_state_says_what_ase_would(inorganic, crystal):
    calculator = Calculator(inorganic)
    assert calculator.check_state(crystal) == list(all_changes)
    crystal.calc = calculator
    crystal.get_potential_energy()
    assert calculator.check_state(crystal) == []
    for name in ("positions", "numbers", "cell", "pbc"):
        changed = crystal.copy()
        if name == "positions":
            changed.positions[2] += 1e-8
        elif name == "numbers":
            changed.numbers[0] = 3
        elif name == "cell":
            changed.set_cell(crystal.cell.array + 1e-8)
        else:
            changed.pbc[1] = False
        assert calculator.check_state(changed) == [name] == compare_atoms(crystal, changed)


def test_results_are_the_callers_own(organic, ethanol):
    ethanol.calc = Calculator(organic)
    forces = ethanol.get_forces()
    kept = forces.copy()
    forces[:] = 0
    np.testing.assert_array_equal(ethanol.get_forces(), kept)
    ethanol.rattle(0.05, seed=2)
    moved = ethanol.get_forces()
    assert np.abs(moved - kept).max() > 1e-6
    assert forces.max() == 0


def test_reset_forgets(organic, ethanol, counted):
    ethanol.calc = Calculator(organic)
    ethanol.get_forces()
    ethanol.calc.reset()
    assert ethanol.calc.results == {}
    ethanol.get_forces()
    assert len(counted) == 2


def test_one_calculator_serves_several_atoms(inorganic, crystal):
    calculator = Calculator(inorganic)
    others = [crystal, rattled(crystal, 0.1, 1), crystal[:2], crystal * (1, 2, 1)]
    for atoms in others:
        atoms.calc = calculator
    for _ in range(2):
        for atoms in others:
            assert atoms.get_potential_energy() == inorganic.evaluate(atoms).energy


@pytest.mark.parametrize("how", [copy.copy, copy.deepcopy])
def test_copies_are_independent(organic, ethanol, how):
    """Results of a copy stay those of its atoms when the original goes on."""
    original = Calculator(organic)
    first = ethanol.copy()
    first.calc = original
    first.get_forces()
    first.rattle(0.02, seed=1)
    first.get_forces()  # from here on only positions change
    twin = how(original)
    again = first.copy()
    again.calc = twin
    first.rattle(0.1, seed=2)
    first.get_forces()
    again.positions = first.positions
    np.testing.assert_array_equal(again.get_forces(), organic.evaluate(first).forces)
    assert again.get_potential_energy() == first.get_potential_energy()


def test_a_failure_leaves_no_results_behind(organic, ethanol):
    ethanol.calc = Calculator(organic)
    energy = ethanol.get_potential_energy()
    good = ethanol.positions.copy()
    ethanol.positions[1] = ethanol.positions[0]
    for _ in range(2):
        with pytest.raises(librm.StructureError):
            ethanol.get_forces()
        assert ethanol.calc.results == {}
    ethanol.positions = good
    assert ethanol.get_potential_energy() == pytest.approx(energy, rel=1e-14)


def test_files_keep_the_results(inorganic, crystal, tmp_path):
    crystal.calc = Calculator(inorganic)
    wanted = crystal.get_potential_energy(), crystal.get_forces(), crystal.get_stress()
    for name in ("structure.traj", "structure.extxyz"):
        ase.io.write(tmp_path / name, crystal)
        back = ase.io.read(tmp_path / name)
        assert back.get_potential_energy() == pytest.approx(wanted[0], abs=1e-6)
        np.testing.assert_allclose(back.get_forces(), wanted[1], atol=1e-6)
        np.testing.assert_allclose(back.get_stress(), wanted[2], atol=1e-6)
    with ase.db.connect(tmp_path / "structures.db") as database:
        database.write(crystal)
    row = next(ase.db.connect(tmp_path / "structures.db").select())
    assert row.calculator == "librm" and row.energy == pytest.approx(wanted[0])


def test_optimisers_log_and_stop(organic, ethanol, tmp_path):
    ethanol.calc = Calculator(organic)
    optimizer = BFGS(ethanol, logfile=str(tmp_path / "log"), trajectory=str(tmp_path / "steps.traj"))
    optimizer.run(fmax=0.05, steps=5)
    steps = ase.io.read(tmp_path / "steps.traj", ":")
    energies = [atoms.get_potential_energy() for atoms in steps]
    assert len(steps) > 1
    assert energies[-1] == pytest.approx(organic.evaluate(steps[-1]).energy, rel=1e-12)
