"""librm against the plain NumPy implementation of oracle.py, on architectures that no published model has."""

import itertools

import numpy as np
import oracle
import pytest
from conftest import FIXTURES, GOLDEN, golden

import librm

rng = np.random.default_rng(7)
SKEWED = np.array([[3.1, 0.2, 0.1], [-0.9, 2.8, 0.3], [0.4, 0.7, 3.3]])
STRUCTURES = {
    "cluster": (rng.uniform(0, 3.5, (6, 3)), None, (False, False, False)),
    "crystal": (rng.uniform(0, 1, (3, 3)) @ SKEWED, SKEWED, (True, True, True)),
    "left-handed": (rng.uniform(-1, 1, (3, 3)) @ SKEWED, SKEWED[[1, 0, 2]], (True, True, True)),
    "slab": (rng.uniform(0, 1, (4, 3)) @ SKEWED, SKEWED, (True, False, True)),
    "wire": (rng.uniform(0, 1, (4, 3)) @ SKEWED, SKEWED, (False, True, False)),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_oracle_agrees_with_the_golden_numbers(name):
    potential = oracle.Potential.read(FIXTURES / "models" / f"{name}.safetensors")
    for case in golden(name)["cases"]:
        structure = case["numbers"], case["positions"], case["cell"], case["pbc"]
        np.testing.assert_allclose(potential.energies(*structure), case["energies"], rtol=0, atol=1e-13)
        if len(case["numbers"]) < 6:
            np.testing.assert_allclose(potential.forces(*structure), case["forces"], rtol=0, atol=1e-13)


def description(contractions, **changes):
    """An architecture of three elements with these contractions."""
    return {
        "elements": [1, 6, 8],
        "cutoff": 3.4,
        "cutoff_function": {"type": "polynomial", "p": 2},
        "radial_basis": {"type": "bessel", "count": 4},
        "radial_channels": 3,
        "l_max": 4,
        "contractions": contractions,
        "embedding": {"dim": 2, "receiver": "separate"},
        "readout": {"hidden": [6], "activation": "silu", "linear": True},
        **changes,
    }


def compare(model, seed, structures=STRUCTURES):
    potential = oracle.Potential(model.description, model.tensors())
    known = np.array(model.elements)
    for name, (positions, cell, pbc) in structures.items():
        numbers = np.random.default_rng(seed).choice(known, len(positions))
        structure = numbers, positions, cell, pbc
        results = model.evaluate(*structure, descriptors=True)
        for wanted, found in (
            (potential.energies(*structure), results.energies),
            (potential.forces(*structure), results.forces),
            (potential.strain_gradient(*structure), results.strain_gradient),
        ):
            scale = max(1.0, np.abs(wanted).max())
            np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-11 * scale, err_msg=name)
        neighbors = oracle.neighbor_list(positions, cell, pbc, model.cutoff)
        others, shifts = neighbors[0]
        features = potential.descriptors(numbers[0], numbers[others], positions[others] + shifts - positions[0])
        scale = max(1.0, np.abs(features).max())
        np.testing.assert_allclose(results.descriptors[0], features.reshape(-1), rtol=0, atol=1e-11 * scale)


def some(*names):
    return {name: STRUCTURES[name] for name in names}


def connected(vertices, edges):
    """Whether a graph has one piece."""
    reached = {0}
    for _ in range(vertices):
        reached |= {b for a, b, _ in edges if a in reached} | {a for a, b, _ in edges if b in reached}
    return len(reached) == vertices


def random_contraction(seed, vertices, l_max):
    """A random connected multigraph none of whose vertices exceeds the degree l_max."""
    random = np.random.default_rng(seed)
    while True:
        edges = [
            [a, b, int(m)]
            for a, b in itertools.combinations(range(vertices), 2)
            if (m := random.choice([0, 0, 1, 1, 2])) > 0
        ]
        degrees = np.zeros(vertices, dtype=int)
        for a, b, m in edges:
            degrees[[a, b]] += m
        if edges and connected(vertices, edges) and degrees.max() <= l_max:
            return edges


def test_all_pairs_up_to_degree_four():
    model = librm.Model.create(description([[], *([[0, 1, m]] for m in range(1, 5))]), seed=1)
    compare(model, 1)


@pytest.mark.parametrize("seed", range(4))
def test_random_contractions_of_three(seed):
    contractions = [random_contraction(10 * seed + k, 3, 4) for k in range(3)]
    compare(librm.Model.create(description([[], *contractions]), seed=seed), seed, some("cluster", "crystal"))


@pytest.mark.parametrize("seed", range(4))
def test_random_contractions_of_four(seed):
    contractions = [random_contraction(10 * seed + k, 4, 4) for k in range(2)]
    compare(librm.Model.create(description(contractions), seed=seed), seed, some("cluster", "slab"))


def test_the_tetrahedron():
    """Every vertex joined to every other: the contraction with most terms that degree 3 allows."""
    edges = [[a, b, 1] for a, b in itertools.combinations(range(4), 2)]
    compare(librm.Model.create(description([edges], l_max=3), seed=5), 5, some("cluster"))


def test_names_of_vertices_and_order_of_edges_do_not_matter():
    graph = [[0, 1, 2], [1, 2, 1], [2, 3, 1]]
    # vertices 0 and 1 change names
    renamed = [sorted((1 - v if v < 2 else v) for v in edge[:2]) + edge[2:] for edge in graph][::-1]
    positions, _, _ = STRUCTURES["cluster"]
    one, other = (
        librm.Model.create(description([edges]), seed=2).evaluate([1, 6, 8, 1, 6, 8], positions, descriptors=True)
        for edges in (graph, renamed)
    )
    assert renamed != graph
    np.testing.assert_allclose(one.descriptors, other.descriptors, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize(
    "changes",
    [
        {"l_max": 0},
        {"cutoff_function": {"type": "polynomial", "p": 3}},
        {"cutoff_function": {"type": "polynomial", "p": 6}},
        {"embedding": {"dim": 1, "receiver": "shared"}},
        {"embedding": {"dim": 3, "receiver": "shared"}},
        {"readout": {"hidden": [], "activation": "silu", "linear": True}},
        {"readout": {"hidden": [7, 5, 3], "activation": "silu", "linear": False}},
        {"radial_basis": {"type": "bessel", "count": 9}, "radial_channels": 11},
        {"radial_basis": {"type": "bessel", "count": 1}, "radial_channels": 1},
        {"cutoff": 7.0},
    ],
    ids=str,
)
def test_unusual_architectures(changes):
    contractions = [[]] if changes.get("l_max") == 0 else [[], [[0, 1, 1]], [[0, 1, 2], [0, 2, 1]]]
    compare(librm.Model.create(description(contractions, **changes), seed=3), 3, some("cluster", "crystal"))


@pytest.mark.parametrize(
    "frequencies", [[0, 0, 0, 0], [-0.3, 1e-9, 2, -8], [0.5, 1, 7, 51.1], [51.2, 1, 2, 3], [0.1, -60, 2, 200]], ids=str
)
def test_frequencies_slow_and_fast(frequencies):
    """Sines of those up to 51.15 / Å come from a table here, of faster ones from polynomials alone."""
    model = librm.Model.create(description([[], [[0, 1, 2], [0, 2, 1]]]), seed=6)
    compare(model.with_parameters({"radial.frequencies": frequencies}), 6, some("cluster", "crystal"))


@pytest.mark.parametrize("elements", [[6], [6, 8]], ids=["one element", "two"])
@pytest.mark.parametrize("count", [6, 5], ids=["six functions", "five"])
@pytest.mark.parametrize("l_max", [2, 3])
def test_runs_of_many_edges(l_max, count, elements):
    """From 32 neighbours of an element on, six radial functions are summed by vectors of edges."""
    contractions = [[], [[0, 1, 1]], [[0, 1, l_max]]]
    changes = {"elements": elements, "cutoff": 6.3, "l_max": l_max, "radial_channels": 7}
    changes["radial_basis"] = {"type": "bessel", "count": count}
    model = librm.Model.create(description(contractions, **changes), seed=5)
    positions, cell, pbc = STRUCTURES["crystal"]
    assert len(oracle.neighbor_list(positions, cell, pbc, 6.3)[0][0]) >= 40 * len(elements)
    compare(model, 5, some("crystal", "slab", "cluster"))


def test_many_elements():
    elements = list(range(1, 95))
    model = librm.Model.create(description([[], [[0, 1, 2]]], elements=elements), seed=4)
    compare(model, 4)


NO_HIDDEN = {"hidden": [], "activation": "silu", "linear": True}
ONE_TABLE = {"embedding": {"dim": 3, "receiver": "shared"}}


@pytest.mark.parametrize(
    "contractions, changes, frequencies",
    [
        ([[], [[0, 1, 1]], [[0, 1, 3]]], {"l_max": 3}, None),
        ([[[0, 1, 2]]], {"l_max": 2}, None),
        ([[], [[0, 1, 1]], [[0, 1, 2]]], {"l_max": 2}, [0.1, -9, 2, 60]),
        # With so many channels by forms.
        ([[], [[0, 1, 1]], [[0, 1, 3]]], {"l_max": 3, "radial_channels": 11}, None),
        ([[[0, 1, 2]]], {"l_max": 2, "radial_channels": 11}, [0.1, -9, 2, 60]),
        ([[[0, 1, 1]], []], {"radial_channels": 11, "readout": {**NO_HIDDEN, "hidden": [7], "linear": False}}, None),
        ([[], [[0, 1, 2]]], {**ONE_TABLE, "radial_channels": 9, "readout": NO_HIDDEN}, None),
        ([[], [[0, 1, 2], [0, 2, 1]]], {}, [0.1, -9, 2, 60]),
    ],
    ids=[
        "no pairs of degrees 0 and 2",
        "pairs of one degree alone",
        "pairs, fast sines",
        "forms, none of degrees 0 and 2",
        "forms of one degree alone, fast sines",
        "forms, no linear layer",
        "forms, one table, no hidden layer",
        "threes, fast sines",
    ],
)
def test_gradient_of_the_loss_by_finite_differences(contractions, changes, frequencies):
    """Along random directions in the space of all parameters, and by each tensor's own."""
    model = librm.Model.create(description(contractions, **changes), seed=8)
    if frequencies:
        model = model.with_parameters({"radial.frequencies": frequencies})
    random = np.random.default_rng(8)
    positions, cell, pbc = STRUCTURES["crystal"]
    frames = [librm.Structure([1, 6, 8], positions, cell, pbc), librm.Structure([6, 6, 1, 8], STRUCTURES["slab"][0])]
    batch = frames, random.normal(size=(7, 3)), [random.normal(size=(3, 3)), None], 3.0, 2.0
    _, gradient = librm.loss_and_gradient(model, *batch)
    here = model.parameters
    for name in [None, *gradient]:
        direction = {key: random.normal(size=np.shape(value)) for key, value in gradient.items()}
        if name is not None:
            direction = {key: value * (key == name) for key, value in direction.items()}
        step = np.concatenate([direction[key].reshape(-1) for key in gradient])
        exact = sum(np.vdot(gradient[key], direction[key]) for key in gradient)

        def loss(length, step=step):
            return librm.loss_and_gradient(model.with_parameters(here + length * step), *batch)[0]

        table = [(loss(h) - loss(-h)) / (2 * h) for h in 1e-3 * 0.5 ** np.arange(4)]
        for factor in (4, 16, 64):
            table = [(factor * table[i + 1] - table[i]) / (factor - 1) for i in range(len(table) - 1)]
        assert exact == pytest.approx(table[0], rel=1e-6, abs=1e-8), name
