"""rm_evaluate_neighbors, for which Python has no object: a host's neighbour list with ghost atoms, as of LAMMPS."""

import ctypes
from ctypes import byref

import numpy as np
import oracle
import pytest
from conftest import GOLDEN, golden, load

import librm
from librm import _lib
from librm._lib import address, library
from librm.errors import check


class Host:
    """Own and ghost atoms of a structure, full lists of neighbours, and arrays that already hold something."""

    def __init__(self, case, cutoff, mask=0):
        own = len(case["numbers"])
        positions = np.array(case["positions"])
        lists = oracle.neighbor_list(positions, case["cell"], case["pbc"], cutoff + 0.3)  # with a skin
        images = {(atom, (0.0, 0.0, 0.0)): atom for atom in range(own)}
        neighbors = []
        for others, shifts in lists:
            keys = [(other, tuple(shift.round(9))) for other, shift in zip(others.tolist(), shifts, strict=True)]
            neighbors.append([images.setdefault(key, len(images)) for key in keys])
        self.owner = np.array([atom for atom, _ in images])
        self.positions = np.array([positions[atom] + shift for atom, shift in images])
        self.elements, types = np.unique(case["numbers"], return_inverse=True)
        self.types = types[self.owner].astype(np.int32)
        self.type_numbers = self.elements.astype(np.int32)
        marks = (1 << 30) if mask else 0  # LAMMPS keeps flags in the upper bits
        self.lists = [np.array(some, dtype=np.int32) | marks for some in neighbors]
        self.lists += [np.zeros(0, dtype=np.int32)] * (len(images) - own)
        self.counts = np.array([len(some) for some in self.lists], dtype=np.int32)
        self.pointers = np.array([some.ctypes.data for some in self.lists], dtype=np.uintp)
        count = len(images)
        self.energy, self.energies = np.full(1, 7.0), np.full(count, 7.0)
        self.forces, self.virial = np.full((count, 3), 7.0), np.full((3, 3), 7.0)
        self.virials = np.full((count, 3, 3), 7.0)
        self.seen = _lib.rm_neighbors(
            atom_count=count,
            positions=address(self.positions),
            types=address(self.types),
            type_count=len(self.type_numbers),
            type_numbers=address(self.type_numbers),
            center_count=own,
            neighbor_counts=address(self.counts),
            neighbors=address(self.pointers),
            index_mask=mask,
        )
        names = ("energy", "energies", "forces", "virial", "virials")
        self.results = _lib.rm_host_results(**{name: address(getattr(self, name)) for name in names})

    def evaluate(self, model, threads=1):
        workspace = librm.Workspace(model, threads=threads)
        check(library.rm_evaluate_neighbors(workspace._handle, byref(self.seen), byref(self.results)))

    def gathered(self, values):
        """What was added, that of ghosts given to their owners."""
        result = np.zeros((len(set(self.owner)), *values.shape[1:]))
        np.add.at(result, self.owner, values - 7)
        return result


@pytest.mark.parametrize("name", GOLDEN)
@pytest.mark.parametrize("mask", [0, 0x1FFFFFFF])
def test_with_ghosts_it_is_the_periodic_structure(name, mask):
    model = load(name)
    for case in golden(name)["cases"]:
        host = Host(case, model.cutoff, mask)
        host.evaluate(model)
        scale = max(1.0, np.abs(case["forces"]).max(), np.abs(case["strain_gradient"]).max())
        assert host.energy[0] - 7 == pytest.approx(case["energy"], abs=1e-11)
        np.testing.assert_allclose(host.gathered(host.energies), case["energies"], atol=1e-11)
        np.testing.assert_allclose(host.gathered(host.forces), case["forces"], atol=1e-11 * scale)
        np.testing.assert_allclose(-(host.virial - 7), case["strain_gradient"], atol=1e-11 * scale)
        np.testing.assert_allclose(host.virials.sum(axis=0) - 7 * len(host.owner), host.virial - 7, atol=1e-9 * scale)


def test_centers_can_be_chosen_and_types_ignored():
    """Energies of some centres alone; and atoms of a type with number 0 are as if they were not there."""
    model = load(GOLDEN[2])
    case = next(case for case in golden(GOLDEN[2])["cases"] if case["name"] == "cluster-9")
    host = Host(case, model.cutoff)
    centers = np.array([5, 2], dtype=np.int32)
    host.seen.centers, host.seen.center_count = address(centers), 2
    host.evaluate(model)
    assert host.energy[0] - 7 == pytest.approx(np.array(case["energies"])[centers].sum(), abs=1e-12)

    host = Host(case, model.cutoff)
    host.type_numbers[0] = 0
    host.evaluate(model)
    kept = host.types[: len(case["numbers"])] != 0
    rest = model.evaluate(np.array(case["numbers"])[kept], np.array(case["positions"])[kept])
    assert host.energy[0] - 7 == pytest.approx(rest.energy, abs=1e-12)
    np.testing.assert_allclose(host.forces[kept] - 7, rest.forces, atol=1e-12)
    assert (host.forces[~kept] == 7).all()


@pytest.mark.parametrize(
    ("spoil", "kind"),
    [
        (lambda host: host.lists[0].__setitem__(0, 10**6), librm.ArgumentError),
        (lambda host: host.lists[0].__setitem__(0, -1), librm.ArgumentError),
        (lambda host: host.types.__setitem__(0, 99), librm.ArgumentError),
        (lambda host: host.type_numbers.__setitem__(0, 92), librm.ElementError),
        (lambda host: host.positions.__setitem__((1, 1), np.nan), librm.StructureError),
        (lambda host: host.counts.__setitem__(0, -5), librm.ArgumentError),
        (lambda host: setattr(host.seen, "neighbors", None), librm.ArgumentError),
    ],
)
def test_bad_lists_leave_the_results_alone(spoil, kind):
    model = load(GOLDEN[2])
    host = Host(next(case for case in golden(GOLDEN[2])["cases"] if case["name"] == "cluster-9"), model.cutoff)
    spoil(host)
    with pytest.raises((kind, librm.StructureError)):
        host.evaluate(model)
    for values in (host.energy, host.energies, host.forces, host.virial, host.virials):
        assert (values == 7).all()


def test_results_that_are_not_wanted():
    model = load(GOLDEN[0])
    case = golden(GOLDEN[0])["cases"][-1]
    host = Host(case, model.cutoff)
    ctypes.memset(byref(host.results), 0, ctypes.sizeof(host.results))
    host.results.energy = address(host.energy)
    host.evaluate(model)
    assert host.energy[0] - 7 == pytest.approx(case["energy"], abs=1e-11)
    assert (host.forces == 7).all()


def test_threads_share_the_centers():
    """Enough atoms for three threads: what they add is what one does, ghosts' forces and virials included."""
    model = load(GOLDEN[1])
    random = np.random.default_rng(5)
    grid = np.stack(np.meshgrid(*3 * [np.arange(8)], indexing="ij"), axis=-1).reshape(-1, 3)
    case = {
        "numbers": random.choice(model.elements, size=len(grid)),
        "positions": 2.2 * grid + random.uniform(-0.3, 0.3, grid.shape),
        "cell": 17.6 * np.eye(3),
        "pbc": [True, True, True],
    }
    host = Host(case, model.cutoff)
    host.evaluate(model)
    wanted = {name: getattr(host, name).copy() for name in ("energy", "energies", "forces", "virial", "virials")}
    for threads in (2, 3):
        for name in wanted:
            getattr(host, name)[...] = 7
        host.evaluate(model, threads)
        for name, values in wanted.items():
            np.testing.assert_allclose(getattr(host, name), values, rtol=1e-12, atol=1e-12, err_msg=name)
    host.positions[400] = host.positions[401]  # a centre of the last thread's
    for name in wanted:
        getattr(host, name)[...] = 7
    with pytest.raises(librm.StructureError, match="atoms 400 and 401 are at the same place"):
        host.evaluate(model, 3)
    assert (host.forces == 7).all() and (host.energies == 7).all()
