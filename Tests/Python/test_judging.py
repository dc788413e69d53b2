"""The figures of Benchmarks/quality from results that are known, and its records; with the optional packages, all."""

import json
import math
import subprocess
import sys
from pathlib import Path

import ase.io
import numpy as np
import pytest
from ase.build import bulk

QUALITY = Path(__file__).resolve().parents[2] / "Benchmarks/quality"
sys.path.insert(0, str(QUALITY))

from judging import crystal_measures, records  # noqa: E402


def truth(rms, energy=-4.0, atoms=2):
    return {
        "atoms": atoms,
        "force_squares": 0.06 * atoms,
        "stress_squares": 0.09,
        "energy": energy,
        "converged": True,
        "rms": rms,
        "volume_ratio": 1.1,
    }


def candidate(index, energy, converged=True, **rms):
    among = [1, 2] if index == 0 else [2]
    return {"index": index, "among": among, "converged": converged, "energy": energy, "volume": 1.0, "rms": rms}


def searched(name, *candidates, others=()):
    return {
        "identifier": name,
        "atoms": 2,
        "others": sorted(others),
        "candidates": list(candidates),
        "drawn": 2,
        "converged": sum(each["converged"] for each in candidates),
        "evaluations": 30,
        "search_seconds": 2.0,
        "match_seconds": 1.0,
    }


def test_figures_of_true_crystals():
    figures = crystal_measures.of_truths([truth(0.01), truth(0.08), truth(0.3), truth(None)])
    assert figures["rms force at true geometries / A"] == pytest.approx(math.sqrt(0.02))
    assert figures["rms stress at true geometries"] == pytest.approx(0.1)
    kept = [figures[f"truth kept, {limit}"] for limit in ("rms < 0.1", "rms < 0.05", "loose tolerance")]
    assert kept == [0.5, 0.25, 0.75]
    assert figures["volume drift, mean"] == pytest.approx(0.1)


def test_figures_of_searches():
    truths = {"a": truth(0.01), "b": truth(0.01), "c": truth(0.01), "d": truth(0.3)}
    searches = {
        "a": searched("a", candidate(0, -4.0, a=0.02), candidate(1, -3.0)),  # found and lowest
        "b": searched("b", candidate(0, -5.0, poly=0.04), candidate(1, -4.0, b=0.4), others=["poly", "rest"]),
        "c": searched("c", candidate(1, -4.0, converged=False, c=0.05)),  # missed, but for what did not converge
        "d": searched("d", candidate(0, -4.0)),  # no minimum
    }
    figures = crystal_measures.of_searches(searches, truths, [1, 2])
    two, one = figures["of 2"], figures["of 1"]
    assert (one["match rate"], two["match rate"]) == (0.25, 0.5)
    assert two["match rate, the unconverged too"] == 0.75
    assert two["match rate, rms < 0.1"] == 0.25
    assert two["RMSE of those that match"] == pytest.approx(0.21)
    assert two["cRMSE"] == pytest.approx((0.02 + 0.4 + 0.5 + 0.5) / 4)
    assert two["METRe coverage"] == pytest.approx(3 / 6)  # a, b and poly of a, b, c, d, poly and rest
    assert two["lowest E matches"] == 0.25
    assert two["a candidate lies below the relaxed truth"] == 0.25
    assert list(two["diagnosis"].values()) == [0.25, 0.25, 0.25, 0.25]
    assert figures["of these converge"] == 5 / 8
    assert figures["evaluations of a drawn structure"] == 15
    assert figures["drawn per second and process"] == 1.0
    found = crystal_measures.of_compositions(searches, {"a": "X", "b": "X", "c": "Y", "d": "Z"}, 2)
    assert found["found"] == 1 and found["least rms"] == {"X": 0.02, "Y": None, "Z": None}


def test_records_go_on(tmp_path):
    path = tmp_path / "records.jsonl"
    done = []

    def work(number):
        done.append(number)
        return {"square": number**2}

    items = {f"of {number}": (number,) for number in range(4)}
    made = records.Records(path, {"seed": 1}).complete(work, dict(list(items.items())[:2]), 1, "")
    assert made == {"of 0": {"square": 0}, "of 1": {"square": 1}}
    with path.open("a") as file:
        file.write('{"key": "of 2", "rec')  # a power cut
    made = records.Records(path, {"seed": 1}).complete(work, items, 1, "")
    assert [each["square"] for each in made.values()] == [0, 1, 4, 9] and done == [0, 1, 2, 3]
    with pytest.raises(Exception, match="seed"):
        records.Records(path, {"seed": 2})


def judge(*arguments):
    line = [sys.executable, str(QUALITY / "judge.py"), *map(str, arguments), "--processes", "1"]
    done = subprocess.run(line, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_crystals(tmp_path, diamond):
    """One model of diamond, with diamond as the truth."""
    pytest.importorskip("pymatgen.analysis.structure_matcher")
    carbon = bulk("C", "diamond", a=3.28)
    carbon.info["mp_id"] = "mp-1"
    ase.io.write(tmp_path / "mp_val.extxyz", carbon)
    ase.io.write(tmp_path / "mp_train.extxyz", carbon)
    diamond.save(tmp_path / "model.safetensors")
    arguments = ["crystals", tmp_path / "model.safetensors", "--data", tmp_path, "-o", tmp_path / "out.json"]
    judge(*arguments, "--quick", "--preset", "diamond", "--option", "volume_per_atom=[4.3, 4.5]")
    figures = json.loads((tmp_path / "out.json").read_text())
    assert figures["truths"]["truth kept, rms < 0.1"] == 1
    found = figures["searches"]["of 20"]
    assert found["match rate"] == 1 and found["cRMSE"] == found["RMSE of those that match"] < 0.1
    assert np.isclose(sum(found["diagnosis"].values()), 1)


def test_molecules(tmp_path):
    """True molecules pass through all that judges what models make of them."""
    for package in ("posebusters", "rdkit", "openbabel"):
        pytest.importorskip(package)
    from ase.build import molecule

    frames = []
    for index, name in enumerate(["CH3CH2OH", "CH3OCH3", "CH3COOH"]):
        atoms = molecule(name)
        atoms.info.update(name=f"m{index}", atomization_energy_pbe0=-1.0)
        frames.append(atoms)
    ase.io.write(tmp_path / "qm7.extxyz", frames)
    judge("molecules", "truth", "--data", tmp_path, "-o", tmp_path / "out.json", "--starts", 4)
    figures = json.loads((tmp_path / "out.json").read_text())["starts"]
    assert figures["starts"] == 3
    for way in ("RDKit, charged fragments", "RDKit, uncharged", "Open Babel"):
        assert figures[way]["all checks"] == 1 and figures[way]["unique, of those that pass"] == 1
        assert figures[way]["novel, of the unique"] == 0


def test_what_is_wrong_with_molecules():
    for package in ("posebusters", "rdkit", "openbabel"):
        pytest.importorskip(package)
    from ase.build import molecule
    from judging import molecules, perception

    broken = molecule("CH3CH2OH")
    assert len(perception.bond_graph(broken)) == 8
    hydrogen = max(range(len(broken)), key=lambda k: broken.positions[k, 0] if broken.numbers[k] == 1 else -9)
    broken.positions[hydrogen] += [3, 0, 0]
    assert len(perception.bond_graph(broken)) == 7
    for opinion in molecules.opinions(broken).values():
        assert not opinion["perceived"] or not all(opinion["checks"].values())
