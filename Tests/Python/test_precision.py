"""Single precision against double, wherever there is a choice."""

import dataclasses

import librm
import numpy as np
import pytest
from librm.ase import Calculator


def test_a_calculator(organic, ethanol):
    double, single = ethanol.copy(), ethanol.copy()
    double.calc, single.calc = Calculator(organic), Calculator(organic, precision="single")
    np.testing.assert_allclose(single.get_forces(), double.get_forces(), atol=2e-5 * abs(double.get_forces()).max())
    assert single.get_potential_energy() == pytest.approx(double.get_potential_energy(), rel=1e-5)
    assert single.get_potential_energy() != double.get_potential_energy()


@pytest.mark.parametrize("optimizer", ["fire", "lbfgs"])
def test_relaxations_find_the_same_minima(optimizer, diamond, diamond_cell):
    for seed in range(4):
        atoms = diamond_cell.copy()
        atoms.rattle(0.1, seed=seed)
        results = [
            diamond.relax(atoms, optimizer=optimizer, fmax=1e-4, max_steps=2000, precision=precision)
            for precision in ("double", "single")
        ]
        double, single = results
        assert double.converged and single.converged
        assert single.energy == pytest.approx(double.energy, rel=1e-5)
        np.testing.assert_allclose(single.structure.positions, double.structure.positions, atol=2e-3)
        assert single.steps < 1.5 * double.steps + 10
        # A batch does the same.
        batch = diamond.relax_batch([atoms], optimizer=optimizer, fmax=1e-4, max_steps=2000, precision="single")
        assert batch[0].energy == single.energy


def test_a_workspace_of_single_precision_relaxes_so(diamond, diamond_cell):
    """rm_relax is single where either its options or the workspace say so; both ways lead to the same numbers."""
    diamond_cell = diamond_cell.copy()
    diamond_cell.rattle(0.1, seed=1)
    single = librm.Workspace(diamond, precision="single").evaluate(diamond_cell)
    start = diamond.relax(diamond_cell, max_steps=0, precision="single")
    assert start.energy == single.energy != diamond.evaluate(diamond_cell).energy


def test_searches_find_the_same_minima(diamond):
    options = {"count": 20, "seed": 5}
    double = diamond.search("C", "diamond", units=4, **options)
    single = diamond.search("C", "diamond", units=4, precision="single", **options)
    again = diamond.search("C", "diamond", units=4, precision="single", threads=2, **options)
    outcomes = [{c.index: c for c in search.candidates} for search in (double, single, again)]
    same = [
        k for k, c in outcomes[0].items()
        if c.state == outcomes[1][k].state and c.energy == pytest.approx(outcomes[1][k].energy, rel=1e-4)
    ]
    assert len(same) >= 18
    assert min(c.energy for c in outcomes[1].values()) == pytest.approx(
        min(c.energy for c in outcomes[0].values()), rel=1e-4
    )
    assert {k: c.energy for k, c in outcomes[2].items()} == {k: c.energy for k, c in outcomes[1].items()}


def test_trainings_agree(diamond_cell):
    model = librm.Model.create("diamond", ["C"], seed=2)

    def train(**options):
        trainer = librm.Trainer(model, librm.Dataset([diamond_cell]), "diamond", seed=3, epochs=4, **options)
        return [dataclasses.astuple(trainer.epoch()) for _ in range(4)], trainer.model()

    (double, _), (single, model_of_single) = train(precision="double"), train(precision="single")
    np.testing.assert_allclose(single, double, rtol=2e-3)
    assert single != double
    assert train()[0] == single, "it is the default of this preset"
    assert train(precision="single", threads=2)[0] == single
    assert model_of_single.description["training"]["options"]["precision"] == "single"


def test_what_it_may_be(diamond):
    with pytest.raises(librm.ArgumentError, match="double, single"):
        librm.Workspace(diamond, precision="half")
    with pytest.raises(librm.ArgumentError, match="precision is set"):
        diamond.search("C", "diamond", units=4, count=1, stages=[{"precision": "single"}])
