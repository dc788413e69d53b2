"""Energies, forces, stresses and gradients by parameters against golden numbers (Tests/fixtures/README.md)."""

import json

import numpy as np
import oracle
import pytest
from conftest import FIXTURES, GOLDEN, golden, load

import librm


def arguments(case):
    return case["numbers"], case["positions"], case["cell"], case["pbc"]


def check(case, results):
    """Agreement to 1e-12 of the largest number of its kind (but of 1 at least)."""
    for name in ("energy", "energies", "forces", "strain_gradient", "stress"):
        found, wanted = getattr(results, name), case.get(name)
        if wanted is None:
            assert found is None
        else:
            scale = max(1.0, np.abs(wanted).max())
            np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-12 * scale, err_msg=f"{case['name']}: {name}")


@pytest.mark.parametrize("name", GOLDEN)
def test_evaluate(name):
    model, cases = load(name), golden(name)["cases"]
    assert len(cases) == 15
    for case in cases:
        results = model.evaluate(*arguments(case))
        check(case, results)
        assert results.energies.sum() == pytest.approx(results.energy, rel=1e-12)
        np.testing.assert_array_equal(results.virial, -results.strain_gradient)
        assert results.forces.shape == (len(case["numbers"]), 3)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("name", GOLDEN)
def test_evaluate_batch(name, threads):
    model, cases = load(name), golden(name)["cases"]
    batch = model.evaluate_batch(cases, threads=threads, virials=True, descriptors=True)
    for case, results in zip(cases, batch, strict=True):
        check(case, results)
        np.testing.assert_allclose(results.virials.sum(axis=0), results.virial, rtol=0, atol=1e-11)
        assert results.descriptors.shape == (len(case["numbers"]), model.descriptor_count)


@pytest.mark.parametrize("name", GOLDEN)
def test_workspace_with_threads_and_skin(name):
    model = load(name)
    workspace = librm.Workspace(model, threads=2, skin=0.4)
    for case in golden(name)["cases"]:
        for _ in range(2):
            check(case, workspace.evaluate(*arguments(case)))


@pytest.mark.parametrize("kind", ["periodic", "molecular"])
@pytest.mark.parametrize("name", GOLDEN)
@pytest.mark.parametrize("threads", [1, 2])
def test_loss_and_gradient(name, kind, threads):
    model = load(name)
    batch = json.loads((FIXTURES / f"{name}.gradient-{kind}.json").read_text())
    loss, gradient = librm.loss_and_gradient(
        model,
        batch["frames"],
        batch["target_forces"],
        batch.get("target_stress"),
        batch["force_weight"],
        batch["stress_weight"],
        threads=threads,
    )
    assert loss == pytest.approx(batch["loss"], rel=1e-12)
    _, wanted = oracle.read_safetensors(FIXTURES / batch["gradient"])
    assert {name for name, tensor in gradient.items() if tensor.any()} <= set(wanted)
    scale = max(np.abs(tensor).max() for tensor in wanted.values())
    for tensor in wanted:
        assert gradient[tensor].shape == wanted[tensor].shape
        np.testing.assert_allclose(gradient[tensor], wanted[tensor], rtol=1e-10, atol=1e-12 * scale, err_msg=tensor)


def test_loss_and_gradient_takes_forces_frame_by_frame():
    name = GOLDEN[0]
    batch = json.loads((FIXTURES / f"{name}.gradient-periodic.json").read_text())
    cuts = np.cumsum([len(frame["numbers"]) for frame in batch["frames"]])[:-1]
    model = load(name)
    rest = batch["target_stress"], batch["force_weight"], batch["stress_weight"]
    together, one = librm.loss_and_gradient(model, batch["frames"], batch["target_forces"], *rest)
    split, other = librm.loss_and_gradient(model, batch["frames"], np.split(batch["target_forces"], cuts), *rest)
    assert together == split
    assert all((one[tensor] == other[tensor]).all() for tensor in one)


def test_loss_without_some_stresses_is_the_mean_over_the_others():
    """Two frames, only one with a target stress, against numbers put together from the model's own answers."""
    name = GOLDEN[0]
    model = load(name)
    batch = json.loads((FIXTURES / f"{name}.gradient-periodic.json").read_text())
    frames, stress = batch["frames"][:2], np.array(batch["target_stress"][0])
    targets = [np.zeros((len(frame["numbers"]), 3)) for frame in frames]
    weights = [2.0, 0.5]
    found = model.evaluate_batch(frames)
    square = np.concatenate([w * results.forces.ravel() ** 2 for w, results in zip(weights, found, strict=True)])
    wanted = 3 * square.mean() + 7 * (weights[0] * (found[0].stress - stress) ** 2).mean()
    loss, _ = librm.loss_and_gradient(model, frames, targets, [stress, None], 3, 7, weights=weights)
    assert loss == pytest.approx(wanted, rel=1e-12)


def test_gradient_by_finite_differences_of_the_loss(diamond_cell):
    """Along random directions of all parameters, in a model with separate tables."""
    model = load("random-organic-l3-nu4")
    atoms = diamond_cell.copy()
    atoms.positions += np.random.default_rng(0).normal(scale=0.1, size=(8, 3))
    atoms.numbers = [6, 6, 1, 1, 8, 8, 6, 1]
    targets = np.random.default_rng(1).normal(size=(1, 8, 3))
    stress = [np.diag([0.1, 0.2, 0.3])]

    def loss(parameters):
        return librm.loss_and_gradient(model.with_parameters(parameters), [atoms], targets, stress, 2.0, 30.0)

    start = model.parameters
    _, gradient = loss(start)
    together = np.concatenate([tensor.ravel() for tensor in gradient.values()])
    for seed in range(3):
        direction = np.random.default_rng(seed).normal(size=len(start))
        step = 1e-4
        values = [loss(start + k * step * direction)[0] for k in (-2, -1, 1, 2)]
        numerical = (values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * step)
        assert together @ direction == pytest.approx(numerical, rel=1e-6)
