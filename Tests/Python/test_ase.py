"""The ASE calculator: against finite differences, and as a citizen of ASE."""

import copy
import pickle

import numpy as np
import pytest
from ase import Atoms, units
from ase.calculators.calculator import PropertyNotImplementedError, all_properties
from ase.constraints import FixAtoms
from ase.md.verlet import VelocityVerlet
from conftest import rattled, strained

import librm
from librm.ase import Calculator


@pytest.fixture
def crystal() -> Atoms:
    """A triclinic cell smaller than the cutoff, in no symmetry."""
    cell = [[3.4, 0.1, 0.2], [1.1, 3.2, -0.3], [-0.6, 0.9, 3.9]]
    positions = [[0.1, 0.2, 0.3], [1.5, 1.6, 1.4], [0.4, 2.1, 2.4]]
    return Atoms("LiOS", positions=positions, cell=cell, pbc=True)


def test_forces_by_finite_differences(organic, ethanol):
    ethanol.calc = Calculator(organic)
    forces = ethanol.get_forces()
    for index in np.ndindex(*forces.shape):
        assert forces[index] == pytest.approx(-slope(ethanol, index), abs=1e-7)


def slope(atoms, index, step=1e-4):
    """Fourth-order difference of E by one coordinate."""
    energies = []
    for k in (-2, -1, 1, 2):
        moved = atoms.copy()
        moved.calc = atoms.calc
        moved.positions[index] += k * step
        energies.append(moved.get_potential_energy())
    return (energies[0] - 8 * energies[1] + 8 * energies[2] - energies[3]) / (12 * step)


def test_stress_by_finite_differences(inorganic, crystal):
    crystal.calc = Calculator(inorganic)
    forces, voigt = crystal.get_forces(), crystal.get_stress()
    assert voigt.shape == (6,)
    for index in np.ndindex(*forces.shape):
        assert forces[index] == pytest.approx(-slope(crystal, index), abs=1e-7)
    step = 1e-4
    for component, (a, b) in enumerate([(0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1)]):
        energies = []
        for k in (-2, -1, 1, 2):
            strain = np.zeros((3, 3))
            strain[a, b] += k * step / 2
            strain[b, a] += k * step / 2
            moved = crystal.copy()
            moved.set_cell(crystal.cell.array @ (np.eye(3) + strain), scale_atoms=True)
            moved.calc = Calculator(inorganic)
            energies.append(moved.get_potential_energy())
        numerical = (energies[0] - 8 * energies[1] + 8 * energies[2] - energies[3]) / (12 * step)
        assert voigt[component] == pytest.approx(numerical / crystal.get_volume(), abs=1e-8)


def test_properties(organic, inorganic, ethanol, crystal):
    ethanol.calc = Calculator(organic)
    results = organic.evaluate(ethanol)
    assert ethanol.get_potential_energy() == results.energy
    assert ethanol.get_potential_energy(force_consistent=True) == results.energy
    np.testing.assert_array_equal(ethanol.get_potential_energies(), results.energies)
    np.testing.assert_array_equal(ethanol.get_forces(), results.forces)
    with pytest.raises(PropertyNotImplementedError):
        ethanol.get_stress()
    assert set(Calculator.implemented_properties) <= set(all_properties)
    crystal.calc = Calculator(inorganic)
    np.testing.assert_array_equal(crystal.get_stress(voigt=False), inorganic.evaluate(crystal).stress)


def test_results_are_kept_until_the_atoms_change(organic, ethanol, monkeypatch):
    calls = []
    original = librm.Workspace.evaluate
    monkeypatch.setattr(librm.Workspace, "evaluate", lambda *args, **keys: calls.append(1) or original(*args, **keys))
    ethanol.calc = Calculator(organic)
    ethanol.get_forces()
    ethanol.get_potential_energy()
    ethanol.get_potential_energies()
    assert len(calls) == 1
    ethanol.positions[0] += 0.01
    ethanol.get_potential_energy()
    ethanol.get_forces()
    assert len(calls) == 2


@pytest.mark.parametrize("change", ["positions", "numbers", "cell", "pbc", "order", "more", "fewer"])
def test_every_change_is_noticed(change, inorganic, crystal):
    calculator = Calculator(inorganic)
    crystal.calc = calculator
    crystal.get_forces()
    if change == "positions":
        crystal.positions[1, 1] += 1e-9
    elif change == "numbers":
        crystal.numbers[0] = 11
    elif change == "cell":
        crystal.set_cell(crystal.cell.array * 1.01)
    elif change == "pbc":
        crystal.pbc = (True, True, False)
    elif change == "order":
        crystal = crystal[[2, 1, 0]]
    elif change == "more":
        crystal += Atoms("O", [[2.0, 0.3, 2.9]])
    else:
        del crystal[2]
    crystal.calc = calculator
    np.testing.assert_array_equal(crystal.get_forces(), inorganic.evaluate(crystal).forces)
    assert crystal.get_potential_energy() == inorganic.evaluate(crystal).energy
    crystal.rattle(0.01, seed=1)
    np.testing.assert_array_equal(crystal.get_forces(), inorganic.evaluate(crystal).forces)


def test_a_path_is_a_model_too(organic, ethanol, tmp_path):
    organic.save(tmp_path / "model.safetensors")
    ethanol.calc = Calculator(tmp_path / "model.safetensors")
    assert ethanol.get_potential_energy() == pytest.approx(organic.evaluate(ethanol).energy, rel=1e-14)


def test_copies(organic, ethanol):
    calculator = Calculator(organic, skin=0.3)
    for twin in (copy.deepcopy(calculator), pickle.loads(pickle.dumps(calculator))):
        ethanol.calc = twin
        assert ethanol.get_potential_energy() == pytest.approx(organic.evaluate(ethanol).energy, rel=1e-13)


def test_unknown_element(inorganic, ethanol):
    ethanol.calc = Calculator(inorganic)
    with pytest.raises(librm.ElementError):
        ethanol.get_forces()


def test_molecular_dynamics_conserves_energy(diamond, diamond_cell):
    """E plus kinetic energy, with and without a skin, which has to give the same trajectory."""
    ends = []
    for skin in (0.0, 0.5):
        atoms = rattled(diamond_cell, 0.05, seed=5)
        atoms.calc = Calculator(diamond, skin=skin)
        dynamics = VelocityVerlet(atoms, timestep=0.1 * np.sqrt(units._amu / units._e) * 1e-10 * units.s)
        totals = []
        dynamics.attach(lambda: totals.append(atoms.get_total_energy()))  # noqa: B023
        dynamics.run(200)
        spread = np.ptp(totals)
        kinetic = atoms.get_kinetic_energy()
        assert kinetic > 0
        assert spread < 0.02 * (abs(totals[0] - diamond.evaluate(diamond_cell).energy) + kinetic)
        ends.append(atoms.positions.copy())
    np.testing.assert_allclose(*ends, rtol=0, atol=1e-9)


def test_relax_honours_fixed_atoms(diamond, diamond_cell):
    atoms = strained(rattled(diamond_cell, 0.1, seed=2), 0.02, seed=2)
    atoms.set_constraint(FixAtoms([0, 3]))
    relaxed, result = librm.ase.relax(diamond, atoms, fmax=1e-4, max_steps=2000)
    assert result.converged
    np.testing.assert_array_equal(relaxed.positions[[0, 3]], atoms.positions[[0, 3]])
    assert np.abs(relaxed.positions - atoms.positions).max() > 0.01
    assert relaxed.get_potential_energy() == pytest.approx(diamond.evaluate(relaxed).energy, rel=1e-10)
    free = np.delete(diamond.evaluate(relaxed).forces, [0, 3], axis=0)
    assert np.linalg.norm(free, axis=1).max() < 1e-4


def test_relax_refuses_other_constraints(diamond, diamond_cell):
    from ase.constraints import FixBondLengths

    diamond_cell = diamond_cell.copy()
    diamond_cell.set_constraint(FixBondLengths([[0, 1]]))
    with pytest.raises(librm.ArgumentError, match="FixBondLengths"):
        librm.ase.relax(diamond, diamond_cell)
