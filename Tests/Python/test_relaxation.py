"""Relaxations against ASE's own optimisers and filters; observers, extra potentials, batches."""

import itertools

import numpy as np
import pytest
from ase.filters import FrechetCellFilter, UnitCellFilter
from ase.optimize import FIRE, LBFGS
from conftest import rattled, strained

import librm
from librm.ase import Calculator


def trajectory_of_ase(optimizer, atoms, steps, **settings):
    """Positions of atoms, or of their filter, at the start and after each of the first steps."""
    seen = []
    dynamics = optimizer(atoms, logfile=None, **settings)
    dynamics.attach(lambda: seen.append(getattr(atoms, "atoms", atoms).positions.copy()))
    dynamics.run(fmax=0, steps=steps)
    return np.array(seen)


def trajectory_of_librm(model, atoms, steps, **options):
    seen = []
    model.relax(
        atoms, fmax=1e-30, max_steps=steps, observer=lambda step: seen.append(step.positions) and None, **options
    )
    return np.array(seen)


@pytest.mark.parametrize("max_step", [0.2, 0.03])
@pytest.mark.parametrize("which", ["molecule", "crystal"])
def test_fire_step_by_step(which, max_step, organic, diamond, ethanol, diamond_cell):
    model, atoms = (organic, ethanol) if which == "molecule" else (diamond, rattled(diamond_cell, 0.15, seed=4))
    own = trajectory_of_librm(model, atoms, 100, max_step=max_step)
    atoms.calc = Calculator(model)
    theirs = trajectory_of_ase(FIRE, atoms, 100, maxstep=max_step)
    assert len(own) == len(theirs) == 101
    assert np.abs(own[-1] - own[0]).max() > 0.05
    np.testing.assert_allclose(own, theirs, rtol=0, atol=1e-9)


def test_fire_with_every_setting_changed(organic, ethanol):
    own = trajectory_of_librm(
        organic,
        ethanol,
        100,
        time_step=0.05,
        max_time_step=0.4,
        acceleration_start=0.2,
        acceleration_factor=0.9,
        step_increase=1.3,
        step_decrease=0.4,
        downhill_steps=2,
        max_step=0.1,
    )
    ethanol.calc = Calculator(organic)
    settings = dict(dt=0.05, dtmax=0.4, astart=0.2, a=0.2, fa=0.9, finc=1.3, fdec=0.4, Nmin=2, maxstep=0.1)
    theirs = trajectory_of_ase(FIRE, ethanol, 100, **settings)
    np.testing.assert_allclose(own, theirs, rtol=0, atol=1e-9)


def test_fire_with_a_free_cell_step_by_step(diamond, diamond_cell):
    """The cell's coordinates are those of ASE's FrechetCellFilter, but for its rotations, which librm leaves out."""
    atoms = strained(rattled(diamond_cell, 0.05, seed=9), 0.03, seed=9)
    own = trajectory_of_librm(diamond, atoms, 20, cell_mode="free", pressure=0.02)
    atoms.calc = Calculator(diamond)
    theirs = trajectory_of_ase(FIRE, FrechetCellFilter(atoms, scalar_pressure=0.02), 20, maxstep=0.2)
    assert np.abs(own[-1] - own[0]).max() > 0.05
    np.testing.assert_allclose(own, theirs, rtol=0, atol=2e-5)


def test_lbfgs_begins_as_that_of_ase_and_needs_no_more_steps(diamond, diamond_cell):
    """librm's takes its guess of the curvature from the last step, so that only the first one can be the same."""
    atoms = rattled(diamond_cell, 0.1, seed=6)
    options = dict(optimizer="lbfgs", curvature=5.0, memory=20, max_step=0.2)
    own = trajectory_of_librm(diamond, atoms, 1, **options)
    result = diamond.relax(atoms, fmax=1e-6, **options)
    atoms.calc = Calculator(diamond)
    other = atoms.copy()
    other.calc = atoms.calc
    theirs = trajectory_of_ase(LBFGS, other, 1, alpha=5.0, memory=20, maxstep=0.2)
    np.testing.assert_allclose(own, theirs, rtol=0, atol=1e-12)
    dynamics = LBFGS(atoms, logfile=None, alpha=5.0, memory=20, maxstep=0.2)
    dynamics.run(fmax=1e-6, steps=1000)
    assert result.converged and result.steps <= dynamics.nsteps


@pytest.mark.parametrize("optimizer", ["fire", "lbfgs"])
def test_both_optimizers_find_the_same_minimum(optimizer, diamond, diamond_cell):
    atoms = rattled(diamond_cell, 0.1, seed=8)
    result = diamond.relax(atoms, optimizer=optimizer, fmax=1e-8, max_steps=5000)
    assert result.converged and result.fmax < 1e-8
    atoms.calc = Calculator(diamond)
    LBFGS(atoms, logfile=None, alpha=1.0).run(fmax=1e-8, steps=5000)
    assert result.energy == pytest.approx(atoms.get_potential_energy(), abs=1e-10)
    moved = result.positions - atoms.positions  # up to a drift, which costs nothing
    np.testing.assert_allclose(moved - moved.mean(axis=0), 0, atol=1e-6)


@pytest.mark.parametrize("pressure", [0.0, 0.02])
def test_free_cell_minimum(pressure, diamond, diamond_cell):
    atoms = strained(rattled(diamond_cell, 0.05, seed=9), 0.03, seed=9)
    minima = []
    for filter in (FrechetCellFilter, UnitCellFilter):
        other = atoms.copy()
        other.calc = Calculator(diamond)
        cell = filter(other, scalar_pressure=pressure)
        LBFGS(cell, logfile=None, alpha=5.0, maxstep=0.2).run(fmax=1e-6, steps=1000)
        minima.append((cell.get_potential_energy(), other.get_volume()))
    for optimizer, per_atom in itertools.product(["fire", "lbfgs"], [True, False]):
        options = dict(optimizer=optimizer, cell_per_atom=per_atom, fmax=1e-7, max_steps=20000)
        result = diamond.relax(atoms, cell_mode="free", pressure=pressure, **options)
        assert result.converged
        for energy, volume in minima:
            assert result.energy == pytest.approx(energy, abs=1e-9)
            assert result.volume == pytest.approx(volume, rel=1e-5)
        assert result.volume == pytest.approx(abs(np.linalg.det(result.cell)), rel=1e-12)
        relaxed = diamond.evaluate(result.structure)
        assert result.energy == pytest.approx(relaxed.energy + pressure * result.volume, abs=1e-10)
        np.testing.assert_allclose(relaxed.stress, -pressure * np.eye(3), atol=1e-6)


def test_constant_volume(diamond, diamond_cell):
    atoms = strained(rattled(diamond_cell, 0.05, seed=10), 0.04, seed=10)
    result = diamond.relax(atoms, cell_mode="constant-volume", fmax=1e-6, max_steps=20000)
    assert result.converged
    assert result.volume == pytest.approx(atoms.get_volume(), rel=1e-10)
    stress = diamond.evaluate(result.structure).stress
    np.testing.assert_allclose(stress - np.trace(stress) / 3 * np.eye(3), 0, atol=1e-6)
    assert np.abs(result.cell - atoms.cell.array).max() > 1e-3


def test_a_batch_is_many_single_ones(diamond, diamond_cell):
    batch = [strained(rattled(diamond_cell, 0.1, seed), 0.02, seed) for seed in range(5)]
    fixed = [None, [0], None, np.arange(8) < 2, None]
    options = dict(cell_mode="free", fmax=1e-3, max_steps=500)
    single = [diamond.relax(atoms, fixed=flags, **options) for atoms, flags in zip(batch, fixed, strict=True)]
    for threads in (1, 2):
        results = diamond.relax_batch(batch, fixed=fixed, threads=threads, **options)
        for one, other in zip(single, results, strict=True):
            assert (one.steps, one.reason) == (other.steps, other.reason)
            np.testing.assert_allclose(one.positions, other.positions, rtol=0, atol=1e-9)
            np.testing.assert_allclose(one.cell, other.cell, rtol=0, atol=1e-9)


def test_running_out_of_steps_is_no_error(organic, ethanol):
    result = organic.relax(ethanol, fmax=1e-12, max_steps=3)
    assert result.reason == "steps" and not result.converged
    assert (result.steps, result.evaluations) == (3, 4)
    assert result.fmax == pytest.approx(np.linalg.norm(result.forces, axis=1).max(), rel=1e-12)


def test_the_given_structure_is_left_alone(organic, ethanol):
    before = ethanol.positions.copy()
    result = organic.relax(ethanol, max_steps=5)
    np.testing.assert_array_equal(ethanol.positions, before)
    assert not np.shares_memory(result.positions, ethanol.positions)


def test_observer_stops(organic, ethanol):
    steps = []

    def observe(step):
        steps.append(step)
        return step.step == 4

    result = organic.relax(ethanol, observer=observe, fmax=1e-9)
    assert result.reason == "observer"
    assert [step.step for step in steps] == [0, 1, 2, 3, 4]
    np.testing.assert_array_equal(steps[-1].positions, result.positions)
    np.testing.assert_array_equal(steps[0].positions, ethanol.positions)
    for step in steps:
        results = organic.evaluate(ethanol.numbers, step.positions)
        assert step.energy == pytest.approx(results.energy, abs=1e-12)
        np.testing.assert_allclose(step.forces, results.forces, atol=1e-12)
        assert step.fmax == pytest.approx(np.linalg.norm(step.forces, axis=1).max())
        assert step.cell is None


def test_observer_sees_the_cell(diamond, diamond_cell):
    cells = []
    atoms = strained(diamond_cell, 0.03, seed=1)
    diamond.relax(atoms, cell_mode="free", max_steps=5, fmax=1e-9, observer=lambda step: cells.append(step.cell))
    np.testing.assert_array_equal(cells[0], atoms.cell.array)
    assert np.abs(cells[-1] - cells[0]).max() > 0


def spring(anchor, stiffness):
    """A harmonic potential that pulls every atom to its anchor."""

    def potential(structure):
        away = structure.positions - anchor
        return stiffness / 2 * (away**2).sum(), -stiffness * away, None

    return potential


def test_extra_potential(organic, ethanol):
    anchor = ethanol.positions + 0.1
    result = organic.relax(ethanol, extra=spring(anchor, 5.0), fmax=1e-6, max_steps=5000)
    assert result.converged
    own = organic.evaluate(ethanol.numbers, result.positions)
    away = result.positions - anchor
    assert result.energy == pytest.approx(own.energy + 2.5 * (away**2).sum(), rel=1e-10)
    np.testing.assert_allclose(result.forces, own.forces - 5 * away, atol=1e-10)
    assert np.linalg.norm(result.forces, axis=1).max() < 1e-6


def test_extra_potential_on_the_cell(diamond, diamond_cell):
    """A pressure, as an extra potential, is the pressure that librm has."""
    pressure = 0.02

    def squeeze(structure):
        volume = abs(np.linalg.det(structure.cell))
        return pressure * volume, np.zeros_like(structure.positions), pressure * volume * np.eye(3)

    options = dict(cell_mode="free", fmax=1e-7, max_steps=20000)
    atoms = strained(diamond_cell, 0.02, seed=12)
    one = diamond.relax(atoms, extra=squeeze, **options)
    other = diamond.relax(atoms, pressure=pressure, **options)
    assert one.converged and other.converged
    assert one.volume == pytest.approx(other.volume, rel=1e-6)
    assert one.energy == pytest.approx(other.energy, abs=1e-9)


def test_a_model_can_be_used_within_its_own_callbacks(organic, ethanol):
    """The observer evaluates and relaxes with the model that is relaxing just now."""
    inner = []

    def observe(step):
        inner.append(organic.evaluate(ethanol.numbers, step.positions).energy - step.energy)
        organic.relax(ethanol, max_steps=1)

    outer = organic.relax(ethanol, observer=observe, max_steps=10, fmax=1e-9)
    alone = organic.relax(ethanol, max_steps=10, fmax=1e-9)
    np.testing.assert_allclose(inner, 0, atol=1e-12)
    np.testing.assert_array_equal(outer.positions, alone.positions)


@pytest.mark.parametrize("fixed", [[0, 1], np.arange(9) < 2])
def test_fixed_atoms(fixed, organic, ethanol):
    result = organic.relax(ethanol, fixed=fixed, max_steps=20)
    np.testing.assert_array_equal(result.positions[:2], ethanol.positions[:2])
    assert np.abs(result.positions - ethanol.positions).max(axis=1)[2:].min() > 0


def test_fixed_atoms_in_a_moving_cell_keep_their_fractional_coordinates(diamond, diamond_cell):
    atoms = strained(rattled(diamond_cell, 0.05, seed=3), 0.03, seed=3)
    result = diamond.relax(atoms, fixed=[2], cell_mode="free", max_steps=200, fmax=1e-4)
    before = atoms.positions[2] @ np.linalg.inv(atoms.cell.array)
    after = result.positions[2] @ np.linalg.inv(result.cell)
    np.testing.assert_allclose(before, after, atol=1e-10)
    assert np.abs(result.cell - atoms.cell.array).max() > 1e-3


def test_bad_input(organic, ethanol):
    slab = dict(numbers=[6], positions=[[0.0, 0, 0]], cell=4 * np.eye(3))
    with pytest.raises(librm.ArgumentError, match="fixed"):
        organic.relax(ethanol, fixed=[20])
    with pytest.raises(librm.ArgumentError, match="fixed"):
        organic.relax(ethanol, fixed=np.zeros(3, dtype=bool))
    with pytest.raises(TypeError, match="did you mean 'fmax'"):
        organic.relax(ethanol, fmaxx=1)
    with pytest.raises(librm.ArgumentError, match="fire"):
        organic.relax(ethanol, optimizer="bfgs")
    with pytest.raises(librm.ArgumentError, match="max_steps"):
        organic.relax(ethanol, max_steps=2**40)
    with pytest.raises(librm.ArgumentError):
        organic.relax(ethanol, fmax=-1)
    with pytest.raises(librm.ArgumentError, match="pressure"):
        organic.relax({**slab, "pbc": (True, True, False)}, cell_mode="free", pressure=0.1)
    with pytest.raises(librm.ArgumentError):
        organic.relax_batch([ethanol], fixed=[])
