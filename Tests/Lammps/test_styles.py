"""Beside other pair styles and bonds, loaded again, and with more ranks than atoms."""

import numpy as np
import pytest
from ase import Atoms
from conftest import CARBON, INORGANIC, MODELS, PLUGIN, STRUCTURES, commands, difference, elements_of, write_data

import librm

NUMBERS = ("energy", "energies", "f", "virial", "virials", "pressure")


def with_style(lines: list[str], style: list[str]) -> list[str]:
    """The commands with another pair style."""
    start = next(k for k, line in enumerate(lines) if line.startswith("pair_style"))
    end = next(k for k, line in enumerate(lines) if line.startswith("pair_coeff"))
    return lines[:start] + style + lines[end + 1 :]


@pytest.fixture
def inorganic(lammps):
    model, atoms = STRUCTURES["inorganic mixture, triclinic"]
    data = lammps.folder / "data"
    write_data(atoms, data)
    return MODELS / f"{model}.safetensors", data, atoms


@pytest.mark.parametrize("ranks", [1, 2])
@pytest.mark.parametrize("newton", ["on", "off"])
def test_overlay_is_the_sum(ranks, newton, inorganic, lammps):
    model, data, atoms = inorganic
    elements = " ".join(elements_of(atoms))
    here = commands(model, data, atoms, newton=newton)
    pairs = "pair_coeff * * {} 0.01 1.5"
    alone, other, both = lammps.run(
        [
            here,
            with_style(here, ["pair_style lj/cut 4.5", pairs.format("")]),
            with_style(
                here,
                [
                    "pair_style hybrid/overlay rm lj/cut 4.5",
                    f"pair_coeff * * rm {model} {elements}",
                    pairs.format("lj/cut"),
                ],
            ),
        ],
        ranks,
    )
    for key in NUMBERS:
        assert difference(both[key], np.add(alone[key], other[key])) < 1e-12, key


@pytest.mark.parametrize("newton", ["on", "off"])
def test_hybrid_leaves_null_types_out(newton, inorganic, lammps):
    """Atoms of a NULL type are as if they were not there for librm, in neighbour lists too."""
    model, data, atoms = inorganic
    elements = elements_of(atoms)
    mapping = " ".join(["NULL", *elements[1:]])
    here = commands(model, data, atoms, newton=newton)
    style = ["pair_style hybrid rm zero 4.5", f"pair_coeff * * rm {model} {mapping}", "pair_coeff 1 * zero"]
    report = lammps.run([with_style(here, style)], 2)[0]
    kept = np.array(report["types"]) != 1
    assert 0 < kept.sum() < len(atoms)
    symbols = [elements[kind - 1] for kind in np.array(report["types"])[kept]]
    positions = np.subtract(report["x"], report["origin"])[kept]
    wanted = librm.Model.load(model).evaluate(Atoms(symbols, positions, cell=report["cell"], pbc=True))
    assert difference(report["energy"], wanted.energy) < 1e-12
    assert difference(np.array(report["f"])[kept], wanted.forces) < 1e-12
    assert (np.array(report["f"])[~kept] == 0).all()


def test_types_may_share_an_element_and_come_in_any_order(lammps):
    """What counts is the element that a type is mapped to."""
    model, atoms = STRUCTURES["inorganic mixture, triclinic"]
    data = lammps.folder / "data"
    write_data(atoms, data)
    here = commands(model, data, atoms)
    same = list(here)
    k = next(k for k, line in enumerate(same) if line.startswith("pair_coeff"))
    words = same[k].split()
    swapped = words[:4] + [words[5], words[4], words[4], *words[7:]]
    same[k] = " ".join(swapped)
    report = lammps.run([same])[0]
    symbols = [swapped[4:][kind - 1] for kind in report["types"]]
    there = Atoms(symbols, np.subtract(report["x"], report["origin"]), cell=report["cell"], pbc=True)
    wanted = librm.Model.load(MODELS / f"{model}.safetensors").evaluate(there)
    assert difference(report["f"], wanted.forces) < 1e-12


def test_bonds(lammps):
    """In atom_style full, bonded neighbours count, where special_bonds leaves them in the lists."""
    atoms = STRUCTURES["diamond"][1][:64]
    symbols = ["C"] * len(atoms)
    atoms = Atoms(symbols, atoms.get_positions(wrap=True), cell=STRUCTURES["diamond"][1].cell, pbc=True)
    data = lammps.folder / "data"
    write_data(atoms, data)
    full = lammps.folder / "full"
    text = data.read_text().replace("1 atom types", "1 atom types\n63 bonds\n1 bond types")
    head, rows = text.split("Atoms # atomic\n\n")
    rows = [line.split() for line in rows.splitlines()]
    bonds = "\n".join(f"{k} 1 {k} {k + 1}" for k in range(1, 64))
    full.write_text(
        head
        + "Atoms # full\n\n"
        + "".join(f"{row[0]} 1 {row[1]} 0.0 {' '.join(row[2:])}\n" for row in rows)
        + f"\nBonds\n\n{bonds}\n"
    )
    plain = commands(CARBON, data, atoms)
    bonded = [line.replace(str(data), str(full)) for line in plain]
    k = next(k for k, line in enumerate(bonded) if line.startswith("read_data"))
    bonded[k] += " extra/special/per/atom 20"
    bonded[k:k] = ["atom_style full", "bond_style zero"]
    bonded[k + 3 : k + 3] = ["bond_coeff 1", "special_bonds lj/coul 1 1 1"]
    weighted = [line.replace("lj/coul 1 1 1", "lj/coul 0.3 0.5 0.7") for line in bonded]  # flags in neighbour indices
    for ranks in (1, 2):
        reports = lammps.run([plain, bonded, weighted], ranks)
        for report in reports[1:]:
            for key in NUMBERS:
                assert difference(report[key], reports[0][key]) < 1e-12, key


def test_reload(inorganic, lammps):
    """Unloaded and loaded again, cleared, another model in one run, and two models in one LAMMPS: always the same."""
    model, data, atoms = inorganic
    here = commands(model, data, atoms)
    carbon_model, carbon = STRUCTURES["diamond"]
    carbon_data = lammps.folder / "carbon"
    write_data(carbon, carbon_data)
    coefficients = next(line for line in here if line.startswith("pair_coeff"))
    for ranks in (1, 2):
        reports = lammps.run(
            [
                here,
                commands(carbon_model, carbon_data, carbon),
                here,
                ["plugin unload pair rm", f"plugin load {PLUGIN}", "pair_style rm", coefficients, "run 0 post no"],
                [coefficients, "run 0 post no"],
                ["pair_style rm threads 2", coefficients, "run 0 post no"],
                ["pair_style rm", "run 0 post no"],
            ],
            ranks,
        )
        for k in (2, 3, 4, 5, 6):
            assert difference(reports[k]["f"], reports[0]["f"]) < 1e-12
            assert difference(reports[k]["energy"], reports[0]["energy"]) < 1e-12


def test_ranks_without_atoms(lammps):
    """One atom on two ranks: one rank has none of its own."""
    atoms = Atoms("Zn2", [[1.0, 1, 1], [2.9, 1, 1]], cell=[30, 30, 30], pbc=False)
    data = lammps.folder / "data"
    write_data(atoms, data)
    variants = ("on", "off")
    reports = lammps.run([commands(INORGANIC, data, atoms, newton=newton) for newton in variants], 2)
    wanted = librm.Model.load(MODELS / f"{INORGANIC}.safetensors").evaluate(atoms)
    for report in reports:
        assert difference(report["energy"], wanted.energy) < 1e-12
        assert difference(report["f"], wanted.forces) < 1e-12


@pytest.mark.parametrize("ranks", [1, 2])
def test_models_are_found_by_name(ranks, lammps, monkeypatch):
    import conftest

    folder = lammps.folder / "models/mine"
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes((MODELS / f"{CARBON}.safetensors").read_bytes())
    monkeypatch.setitem(conftest.ENVIRONMENT, "LIBRM_MODELS", str(folder.parent))
    atoms = conftest.diamond(2, 0.05)
    data = lammps.folder / "data"
    write_data(atoms, data)
    by_path = commands(CARBON, data, atoms)
    path = str(MODELS / f"{CARBON}.safetensors")
    by_name = [line.replace(path, "mine") for line in by_path]
    assert by_name != by_path
    found, wanted = lammps.run([by_name, by_path], ranks)
    assert found["energy"] == wanted["energy"]
