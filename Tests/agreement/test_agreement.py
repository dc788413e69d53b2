"""One set of structures goes through every route (routes.py): all hosts get the same numbers, which fit together."""

from __future__ import annotations

import numpy as np
import pytest
from ase.build import bulk
from conftest import FIXTURES, GOLDEN, golden, load
from routes import ROUTES

KEYS = ("numbers", "positions", "cell", "pbc")


def close(found, wanted, what):
    """Equal within 1e-12 of the largest number of its kind, but of 1 at least."""
    scale = max(1.0, np.abs(wanted).max())
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-12 * scale, err_msg=what)


def structure_set(name):
    """The structures of the golden numbers: molecules, crystals, slabs, wires; and one large enough for threads."""
    cases = golden(name)["cases"]
    numbers = sorted({number for case in cases for number in case["numbers"]})
    random = np.random.default_rng(4)
    large = bulk("C", "diamond", a=3.567, cubic=True) * (4, 4, 3)
    large.positions += random.normal(scale=0.05, size=large.positions.shape)
    large.set_cell(large.cell.array @ (np.eye(3) + random.normal(scale=0.02, size=(3, 3))), scale_atoms=True)
    mixed = random.choice(numbers, len(large)).tolist()
    return [{key: case[key] for key in KEYS} for case in cases] + [
        dict(numbers=mixed, positions=large.positions, cell=large.cell.array, pbc=[True] * 3)
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
