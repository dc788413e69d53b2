"""Benchmarks/figures, in small: every command draws a picture, and prints the numbers that are in it."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys

import ase.io
import numpy as np
import pytest
from ase.build import bulk, molecule
from conftest import FIXTURES, ROOT

FIGURES = ROOT / "Benchmarks/figures"
pytest.importorskip("matplotlib")
pytest.importorskip("scipy")

sys.path.insert(0, str(FIGURES))

MODELS = FIXTURES / "models"
ORGANIC = MODELS / "random-organic-l3-nu3.safetensors"
INORGANIC = MODELS / "random-inorganic-l2-nu2-receiver.safetensors"
SHIPPED = ROOT / "models/diamond/model.safetensors"


def draw(name, model, folder, *arguments, code=0):
    """What the command prints; the picture is checked."""
    path = folder / f"{name}.png"
    command = [sys.executable, FIGURES / f"{name}.py", model, "--data", folder, "-o", path, *arguments]
    environment = {**os.environ, "LIBRM_FIGURES": str(folder / "kept")}
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=600, env=environment)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    if code:
        assert not path.exists()
        return done.stderr
    assert str(path) in done.stdout
    assert path.stat().st_size < 100_000
    check_picture(path)
    return done.stdout


def check_picture(path):
    """A PNG with something on it."""
    from PIL import Image

    with Image.open(io.BytesIO(path.read_bytes())) as image:
        assert image.format == "PNG" and image.mode == "P" and min(image.size) > 300
        pixels = np.asarray(image.convert("L"))
    assert 0.005 < (pixels < 200).mean() < 0.5


def number_after(words, printed):
    """The last number of the line that begins with these words."""
    line = next(line for line in printed.splitlines() if line.startswith(words))
    return float(line.split()[-1])


@pytest.fixture
def qm7(tmp_path):
    """Seven molecules with made-up energies; three of them isomers."""
    frames = []
    for index, name in enumerate(["CH4", "CH3CH2OH", "CH3OCH3", "H2O", "NH3", "C2H6", "CH3CH2OH"]):
        atoms = molecule(name)
        if index == 6:  # a third isomer, in name
            atoms.positions *= 1.05
        atoms.info = {"name": f"m{index}", "atomization_energy_pbe0": -100.0 * len(atoms) - 7.0 * index}
        frames.append(atoms)
    ase.io.write(tmp_path / "qm7.extxyz", frames)
    return tmp_path


def test_atomization(qm7, organic):
    printed = draw("atomization", ORGANIC, qm7)
    frames = ase.io.read(qm7 / "qm7.extxyz", ":")
    energies = [organic.evaluate(atoms).energy for atoms in frames]
    atomization = [atoms.info["atomization_energy_pbe0"] for atoms in frames]
    assert number_after("molecules: E  ", printed) == pytest.approx(np.corrcoef(energies, atomization)[0, 1], abs=6e-4)
    isomers = [1, 2, 6]
    own = np.corrcoef(*(np.array(each)[isomers] for each in (energies, atomization)))[0, 1]
    assert number_after("within C2H6O", printed) == pytest.approx(own, abs=6e-4)


def test_atomization_says_what_is_missing(tmp_path):
    assert "qm7.extxyz" in draw("atomization", ORGANIC, tmp_path, code=1)


def test_elements(tmp_path):
    printed = draw("elements", INORGANIC, tmp_path)
    shares = [number_after(f"variance along component {k}", printed) for k in (1, 2, 3)]
    assert shares == sorted(shares, reverse=True) and 0 < sum(shares) <= 1.001
    assert 0 <= number_after("nearest neighbour of the same group", printed) <= 1
    assert "knows 1 elements" in draw("elements", SHIPPED, tmp_path / "one", "--table", "sender", code=1)


def test_numbers_go_on_a_page(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# Before\n<!-- elements -->\nold\n<!-- end of elements -->\nafter\n<!-- carbon -->\n")
    printed = draw("elements", INORGANIC, tmp_path, "--page", page)
    before, block, after = page.read_text().partition("<!-- end of elements -->")[0], *page.read_text().split("```")[1:]
    assert before.startswith("# Before\n<!-- elements -->\n```text\n") and "old" not in before
    assert after == "\n<!-- end of elements -->\nafter\n<!-- carbon -->\n"
    assert [line.rstrip() for line in block.splitlines()[1:]] == [
        line.rstrip() for line in printed.strip().splitlines()
    ]
    page.write_text("nothing")
    command = [sys.executable, FIGURES / "elements.py", INORGANIC, "-o", tmp_path / "x.png", "--page", page]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=600)
    assert done.returncode == 1 and "<!-- elements -->" in done.stderr and page.read_text() == "nothing"


def test_places_in_the_periodic_table():
    import elements

    groups = {"H": 1, "He": 18, "Li": 1, "Be": 2, "B": 13, "Ne": 18, "Mg": 2, "Al": 13, "Ar": 18, "Sc": 3, "Fe": 8}
    groups |= {"Zn": 12, "Br": 17, "Y": 3, "Cd": 12, "Ba": 2, "La": 19, "Lu": 19, "Hf": 4, "Au": 11, "Rn": 18, "U": 20}
    from ase.data import atomic_numbers

    assert {symbol: elements.place(atomic_numbers[symbol])[1] for symbol in groups} == groups
    assert elements.place(atomic_numbers["Fe"])[0] == 4 and elements.place(atomic_numbers["Rn"])[0] == 6


def test_principal_components():
    """They are those of the standardised columns, and groups that lie together are seen to."""
    import elements

    random = np.random.default_rng(1)
    groups = np.repeat([1, 2, 3], 5)
    rows = random.normal(size=(3, 4))[groups - 1] + 0.01 * random.normal(size=(15, 4))
    points, shares = elements.components(rows * [1, 10, 0.1, 3])
    again, _ = elements.components(rows)
    assert points == pytest.approx(again)
    standard = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    assert np.sort(shares) == pytest.approx(np.linalg.eigvalsh(np.cov(standard.T, bias=True)) / 4, abs=1e-12)
    assert np.ptp(np.linalg.norm(points, axis=1) - np.linalg.norm(standard, axis=1)) < 1e-9
    assert elements.neighbors_agree(points, groups) == 1
    assert elements.neighbors_agree(points, np.tile([1, 2, 3], 5)) < 1


def test_li_s(tmp_path):
    pytest.importorskip("pymatgen.analysis.structure_matcher")
    crystals = [bulk("Li", "bcc", a=3.4), bulk("S", "sc", a=2.6), bulk("Li2S", "fluorite", a=5.7)]
    for atoms, name in zip(crystals, ("Li", "S", "Li2S"), strict=True):
        atoms.info["mp_id"] = f"mp-{name}"
    ase.io.write(tmp_path / "mp_li_s_reference.extxyz", crystals)
    ase.io.write(tmp_path / "mp_train.extxyz", crystals)
    arguments = ["--count", 4, "--max-atoms", 3, "--formula-atoms", 3]
    printed = draw("li_s", INORGANIC, tmp_path, *arguments)
    assert printed.count("mp-Li2S") >= 1 and "4 candidates for each of" in printed
    rows = re.findall(r"^(Li\S*|S) +(-?\d+\.\d+) +(-?\d+\.\d+) +(-?\d+\.\d+) ", printed, re.MULTILINE)
    assert {row[0] for row in rows} >= {"Li", "S"}
    heights = {row[0]: float(row[3]) for row in rows}
    assert heights["Li"] == heights["S"] == 0 and min(heights.values()) == 0
    # What is known is not searched again, and the same comes out.
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "kept").rglob("pieces/*.json")}
    again = draw("li_s", INORGANIC, tmp_path, *arguments)
    assert again.splitlines()[:-1] == printed.splitlines()[:-1] and "were kept" in again and "were kept" not in printed
    assert kept and kept == {path: path.stat().st_mtime_ns for path in (tmp_path / "kept").rglob("pieces/*.json")}


def test_carbon(tmp_path):
    printed = draw("carbon", SHIPPED, tmp_path, "--starts", 3, "--largest", 2, "--points", 6)
    assert "of 32 starts converged" in printed
    built = {
        name: float(energy) for name, energy in re.findall(r"^(\S.*?\dC|\S.*?\dH) +(-\d+\.\d+) ", printed, re.MULTILINE)
    }
    cubic, hexagonal = built["cubic diamond, 3C"], built["hexagonal diamond, 2H"]
    assert cubic < built["stacking fault, 6H"] < built["stacking fault, 4H"] < hexagonal


def test_polytypes_that_are_built():
    pytest.importorskip("spglib")
    import carbon
    from carbon_kinds import kind_of

    for letters, kind, _ in carbon.POLYTYPES.values():
        assert kind_of(carbon.polytype(letters)) is kind


def test_molecules(qm7):
    for package in ("posebusters", "rdkit", "openbabel"):
        pytest.importorskip(package)
    arguments = ["--starts", 2, "--common", 1, "--unseen", "CH4O", "--shown", 2, "--truths", 3]
    printed = draw("molecules", ORGANIC, qm7, *arguments)
    assert "2 starts" in printed and "3 true molecules" in printed
    row = next(line for line in printed.splitlines() if line.startswith("all checks")).split()
    assert len(row) == 6 and float(row[-1]) > 60  # ethanol and dimethyl ether, at least


def test_verdicts(qm7):
    for package in ("posebusters", "rdkit", "openbabel"):
        pytest.importorskip(package)
    import molecules
    from judging.molecules import opinions

    ethanol = molecule("CH3CH2OH")
    known = {molecules.WAY: ["CCO"]}
    record = {
        "numbers": ethanol.numbers.tolist(),
        "positions": ethanol.positions.tolist(),
        "opinions": opinions(ethanol),
    }
    assert molecules.verdict("C2H6O", record, known).verdict == "passes; in QM7"
    assert molecules.verdict("C2H6O", record, {molecules.WAY: []}).verdict == "passes; not in QM7"
    assert molecules.verdict("C2H6O", {**record, "opinions": {}}, known).verdict == "not converged"
    radical = ethanol[: len(ethanol) - 1]
    record = {
        "numbers": radical.numbers.tolist(),
        "positions": radical.positions.tolist(),
        "opinions": opinions(radical),
    }
    assert "passes" not in molecules.verdict("C2H5O", record, known).verdict
    assert len(molecules.bonds_of(ethanol)) == 8 and {order for *_, order in molecules.bonds_of(molecule("C2H4"))} == {
        1,
        2,
    }
