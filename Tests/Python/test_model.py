"""Models: making, describing, changing, keeping; structures in all their guises."""

import copy
import json
import pickle

import numpy as np
import oracle
import pytest
from ase import Atoms
from conftest import FIXTURES, GOLDEN, load

import librm

PRESETS = ["molecules", "crystals", "diamond", "molecules-published", "crystals-published", "diamond-published"]


@pytest.mark.parametrize("name", GOLDEN)
def test_tensors_are_those_of_the_file(name):
    model = load(name)
    metadata, wanted = oracle.read_safetensors(FIXTURES / "models" / f"{name}.safetensors")
    found = model.tensors()
    shared = model.description["embedding"]["receiver"] == "shared"
    assert set(wanted) - set(found) <= ({"embedding.receiver"} if shared else set())
    for tensor, values in found.items():
        np.testing.assert_array_equal(values, wanted[tensor], err_msg=tensor)
    assert model.parameter_count == sum(values.size for values in found.values()) == len(model.parameters)
    description = json.loads(metadata["model"])
    assert {key: model.description[key] for key in description} == description
    assert model.elements == description["elements"]
    assert model.cutoff == description["cutoff"]


@pytest.mark.parametrize("name", GOLDEN)
def test_save_and_load(name, tmp_path):
    model = load(name)
    path = tmp_path / "ünïcode name.safetensors"
    model.save(path)
    again = librm.Model.load(path)
    assert again.description == model.description
    np.testing.assert_array_equal(again.parameters, model.parameters)
    metadata, tensors = oracle.read_safetensors(path)
    assert metadata["format"] == "rm-model" and metadata["version"] == "1"
    for tensor, values in model.tensors().items():
        np.testing.assert_array_equal(tensors[tensor], values)
    assert librm.Model.from_bytes(path.read_bytes()).description == model.description


@pytest.mark.parametrize("preset", PRESETS)
def test_presets(preset):
    description = librm.Model.describe(preset, ["H", "C", 8])
    model = librm.Model.create(preset, [1, 6, 8], seed=3)
    assert sorted(description["elements"]) == model.elements == [1, 6, 8]
    assert model.cutoff == description["cutoff"]
    if preset.endswith("published"):
        sizes = {
            "molecules": (4.5, 3, 3, [24, 12]),
            "crystals": (4.0, 2, 4, [32, 16]),
            "diamond": (4.5, 3, 1, [24, 12]),
        }
        cutoff, l_max, dim, hidden = sizes[preset.removesuffix("-published")]
        assert description["cutoff"] == cutoff
        assert description["l_max"] == l_max
        assert description["embedding"]["dim"] == dim
        assert description["readout"]["hidden"] == hidden


def test_seeds():
    one, same, other = (librm.Model.create("molecules", ["C", "H"], seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.parameters, same.parameters)
    assert (one.parameters != other.parameters).mean() > 0.9
    librm.Model.create("diamond", ["C"], seed=2**64 - 1)
    for seed in (-1, 2**64):
        with pytest.raises(librm.ArgumentError, match="seed"):
            librm.Model.create("diamond", ["C"], seed=seed)


def test_create_needs_sense():
    with pytest.raises(librm.ArgumentError, match="elements"):
        librm.Model.create("molecules")
    with pytest.raises(librm.ArgumentError, match="molecules"):
        librm.Model.create("gases", ["C"])
    with pytest.raises(librm.ArgumentError, match="list"):
        librm.Model.create("molecules", "CHNO")
    with pytest.raises(librm.FormatError):
        librm.Model.create("molecules", ["Xx"])
    description = librm.Model.describe("molecules", ["C"])
    for key, value in (("cutoff", -1), ("l_max", "two"), ("contractions", [[[0, 0, 1]]]), ("elements", [])):
        with pytest.raises(librm.FormatError, match=key.rstrip("s")):
            librm.Model.create({**description, key: value})
    del description["readout"]
    with pytest.raises(librm.FormatError, match="readout"):
        librm.Model.create(description)


def test_further_keys_are_kept(tmp_path):
    description = {**librm.Model.describe("diamond", ["C"]), "note": {"ä": [1, 2.5, None]}}
    model = librm.Model.create(description).with_parameters(author="somebody")
    model.save(tmp_path / "model.safetensors")
    found = librm.Model.load(tmp_path / "model.safetensors").description
    assert found["note"] == {"ä": [1, 2.5, None]} and found["author"] == "somebody"
    with pytest.raises(librm.FormatError, match="cutoff"):
        model.with_parameters(cutoff=9.0)


def test_with_parameters(organic, ethanol):
    before = organic.evaluate(ethanol).energy
    doubled = organic.with_parameters(organic.parameters * 2)
    np.testing.assert_array_equal(doubled.parameters, organic.parameters * 2)
    shifted = organic.with_parameters({"readout.linear.bias": organic.tensors()["readout.linear.bias"] + 0.5})
    assert shifted.evaluate(ethanol).energy == pytest.approx(before + 0.5 * len(ethanol))
    assert organic.evaluate(ethanol).energy == before
    assert organic.with_parameters().evaluate(ethanol).energy == before
    with pytest.raises(librm.ArgumentError, match="no tensor 'bias'"):
        organic.with_parameters({"bias": [1]})
    with pytest.raises(librm.ArgumentError, match="shape"):
        organic.with_parameters({"readout.linear.bias": [[1.0, 2.0]]})
    with pytest.raises(librm.ArgumentError, match="shape"):
        organic.with_parameters([1.0])
    bad = organic.parameters
    bad[100] = np.nan
    with pytest.raises(librm.NumbersError):
        organic.with_parameters(bad)


def test_pickles_and_copies(organic, ethanol):
    twin = pickle.loads(pickle.dumps(organic))
    assert twin.description == organic.description
    assert twin.evaluate(ethanol).energy == organic.evaluate(ethanol).energy
    assert copy.deepcopy(organic) is organic and copy.copy(organic) is organic


def test_structures_in_all_their_guises(inorganic):
    cell = np.array([[3.4, 0.1, 0.2], [1.1, 3.2, -0.3], [-0.6, 0.9, 3.9]])
    numbers, positions = [3, 8, 16], np.array([[0.1, 0.2, 0.3], [1.5, 1.6, 1.4], [0.4, 2.1, 2.4]])
    atoms = Atoms(numbers, positions, cell=cell, pbc=True)
    wanted = inorganic.evaluate(numbers, positions, cell, True)
    strided = np.zeros((3, 6))[:, ::2]
    strided[:] = positions
    readonly = positions.copy()
    readonly.flags.writeable = False
    guises = [
        (atoms,),
        (librm.Structure.of(atoms),),
        (dict(numbers=numbers, positions=positions.tolist(), cell=cell.tolist(), pbc=[True] * 3),),
        (np.array(numbers, dtype=np.int8), strided, cell.T.copy().T, (1, 1, 1)),
        (atoms.numbers, atoms.positions, atoms.cell, atoms.pbc),
        (numbers, readonly, np.asfortranarray(cell), np.array(True)),
        (np.array(numbers, dtype=np.uint64), positions.astype(np.longdouble), cell, True),
    ]
    for guise in guises:
        results = inorganic.evaluate(*guise)
        assert results.energy == wanted.energy
        np.testing.assert_array_equal(results.stress, wanted.stress)
    box = inorganic.evaluate(numbers, positions, [5.0, 6.0, 7.0], True)
    assert box.energy == inorganic.evaluate(numbers, positions, np.diag([5.0, 6.0, 7.0]), True).energy
    back = librm.Structure.of(atoms).to_ase()
    assert back == atoms


def test_a_structure_with_a_cell_given_beside_it_is_refused(inorganic):
    """The other arguments were not looked at."""
    atoms = Atoms([3], [[0, 0, 0]], cell=np.eye(3) * 3, pbc=True)
    structure = librm.Structure.of(atoms)
    for refused in [
        lambda: inorganic.evaluate(structure, np.zeros((1, 3))),
        lambda: inorganic.evaluate(structure, cell=np.eye(3)),
        lambda: inorganic.evaluate(atoms, pbc=True),
    ]:
        with pytest.raises(librm.ArgumentError, match="shape|of its own"):
            refused()


def test_an_array_that_fits_is_not_copied():
    numbers, positions = np.array([6, 6], dtype=np.int32), np.zeros((2, 3))
    structure = librm.Structure.of(dict(numbers=numbers, positions=positions))
    assert structure.numbers is numbers and structure.positions is positions


def test_results_are_one_block(organic, ethanol):
    results = organic.evaluate(ethanol, descriptors=True, virials=True)
    base = results.forces.base
    for array in (results.energies, results.strain_gradient, results.virials, results.descriptors):
        assert array.base is base
    other = organic.evaluate(ethanol)
    assert not np.shares_memory(other.forces, results.forces)
    assert other.virials is None and other.descriptors is None and other.stress is None


def test_no_atoms(organic):
    """Nothing has no energy; if the library would rather refuse, it has to say so."""
    try:
        results = organic.evaluate([], np.zeros((0, 3)))
    except librm.StructureError:
        return
    except librm.ArgumentError:
        return
    assert results.energy == 0 and results.forces.shape == (0, 3)


def test_formula():
    assert librm.formula("C5H9NO").tolist() == [6] * 5 + [1] * 9 + [7, 8]
    assert librm.formula("Li2(SO4)3").tolist() == [3] * 2 + ([16] + [8] * 4) * 3
    assert librm.formula("NaCl", units=2).tolist() == [11, 17] * 2
    for text in ("", "Xx", "C5)", "c", "C-1", "2", "C\0H"):
        with pytest.raises((librm.FormatError, librm.ArgumentError)):
            librm.formula(text)
    with pytest.raises(librm.ArgumentError):
        librm.formula("C", units=0)


def test_names():
    assert "elements" in repr(load(GOLDEN[0]))
    for name in librm.__all__:
        assert getattr(librm, name) is not None
    assert librm.ase.Calculator
    assert not hasattr(librm, "nothing")
