"""The verification checks: our models pass, potentials that are broken in one way fail the check for it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from conftest import FIXTURES, GOLDEN, ROOT, load

import librm
from librm.cli import main
from librm.structure import Structure
from librm.verification import CHECKS, verify

PASSING = {name: "A" if name in ("forces", "stress") else "P" for name in CHECKS}


class Broken:
    """A model that answers with something changed."""

    def __init__(self, model, change=lambda structure, results: None, elements=None, cutoff=None):
        self.model = model
        self.change = change
        self.elements = model.elements if elements is None else elements
        self.cutoff = model.cutoff if cutoff is None else cutoff

    def evaluate(self, structure):
        results = self.model.evaluate(structure)
        self.change(structure, results)
        return results

    def evaluate_batch(self, structures, threads=1):
        return [self.evaluate(structure) for structure in structures]


def add_energy(results, amount, atom=0):
    results.energies[atom] += amount
    results._block[0] += amount


@pytest.mark.parametrize("name", GOLDEN)
def test_models_pass(name):
    assert {check: outcome.grade for check, outcome in verify(load(name)).items()} == PASSING


def test_an_intact_wrapper_passes(organic):
    grades = {check: outcome.grade for check, outcome in verify(Broken(organic)).items()}
    assert grades == PASSING


def test_other_seeds_and_many_elements():
    model = librm.Model.create("crystals", range(1, 13), seed=2)
    checks = [name for name in CHECKS if name != "memory"]
    for seed in (2, 3):
        outcomes = verify(model, checks, seed=seed)
        assert all(outcomes[name].grade == PASSING[name] for name in checks), outcomes
    assert "78 pairs" in outcomes["dimers"].detail
    assert "12 elements known" in outcomes["species"].detail


# One wrong thing each


def field(structure, results):
    """An outer field along x, of which periodic images know nothing."""
    for atom, x in enumerate(structure.positions[:, 0]):
        add_energy(results, 1e-5 * x, atom)


def first_atom_differs(structure, results):
    add_energy(results, 1e-5)


def forces_along_x(structure, results):
    results.forces[:, 0] *= 1 + 1e-6


def handed(structure, results):
    """A term that changes sign in a mirror."""
    if len(structure) > 3:
        edges = structure.positions[1:4] - structure.positions[0]
        add_energy(results, 1e-5 * np.tanh(np.linalg.det(edges)))


def distances(structure):
    """Of a structure that is made of dimers."""
    pairs = structure.positions.reshape(-1, 2, 3)
    return np.linalg.norm(pairs[:, 1] - pairs[:, 0], axis=1), (pairs[:, 1] - pairs[:, 0])


def energy_jumps(structure, results):
    if len(structure) % 2 == 0:
        r, _ = distances(structure)
        results.energies[::2] += 1e-4 * (r > 2.345)


def slope_jumps(structure, results):
    if len(structure) % 2 == 0:
        r, vector = distances(structure)
        results.forces[1::2] += 1e-4 * ((r > 2.345) / r)[:, None] * vector


def nothing_finite(structure, results):
    results.forces[:] = np.nan


@pytest.mark.parametrize(
    ("check", "change"),
    [
        ("periodicity", field),
        ("permutation", first_atom_differs),
        ("objectivity", forces_along_x),
        ("objectivity", field),
        ("inversion", handed),
        ("dimers", energy_jumps),
        ("dimers", slope_jumps),
        *((check, nothing_finite) for check in ("species", "periodicity", "objectivity", "forces", "dimers")),
    ],
)
def test_what_is_wrong_is_found(organic, check, change):
    outcome = verify(Broken(organic, change), [check])[check]
    assert outcome.grade == "F" and outcome.error > 1e-7


@pytest.mark.parametrize(("share", "grade"), [(1e-9, "A"), (1e-6, "B"), (1e-4, "C"), (5e-3, "D"), (0.1, "F")])
def test_derivatives_are_graded(organic, share, grade):
    def forces(structure, results):
        results.forces[:] *= 1 + share

    def stress(structure, results):
        results._block[1:19] *= 1 + share

    assert verify(Broken(organic, forces), ["forces"])["forces"].grade == grade
    assert verify(Broken(organic, stress), ["stress"])["stress"].grade == grade


def test_elements_not_as_stated(organic):
    more = verify(Broken(organic, elements=[*organic.elements, 79]), ["species"])["species"]
    assert more.grade == "F" and "Au" in more.detail
    fewer = verify(Broken(organic, elements=organic.elements[:-1]), ["species"])["species"]
    assert fewer.grade == "F" and "17" in fewer.detail


def test_a_cutoff_that_is_not_the_real_one(organic):
    outcome = verify(Broken(organic, cutoff=0.9 * organic.cutoff), ["dimers"])["dimers"]
    assert outcome.grade == "F" and outcome.error > 1e-5


def test_a_potential_cut_off_without_smoothing(organic):
    """A pair potential that is shifted to zero at its cutoff: the energy is continuous, the slope is not."""

    def harmonic(structure, results):
        if len(structure) % 2 == 0:
            r, vector = distances(structure)
            inside = r < organic.cutoff
            results.energies[::2] += inside * (r - organic.cutoff) * 0.01
            results.forces[1::2] -= (0.01 * inside / r)[:, None] * vector

    assert verify(Broken(organic, harmonic), ["dimers"])["dimers"].grade == "F"


def test_leaks():
    """In a process of its own: what other tests have freed could take the leak up."""
    code = """
from conftest import load
from test_verification import Broken
from librm.verification import verify
kept = []
leaking = Broken(load("random-organic-l3-nu3"), lambda structure, results: kept.append(bytes(2000)))
outcome = verify(leaking, ["memory"])["memory"]
print(outcome.grade, outcome.error)
"""
    here = Path(__file__).parent
    done = subprocess.run([sys.executable, "-c", code], cwd=here, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    grade, error = done.stdout.split()
    assert grade == "F" and 1000 < float(error) < 4000


def test_shared_scratch(organic):
    scratch = [0.0]

    def careless(structure, results):
        scratch[0] = structure.positions.sum()
        time.sleep(1e-4)  # another thread has its turn
        results.energies[0] += scratch[0]

    assert verify(Broken(organic, careless), ["threads"])["threads"].grade == "F"


def test_what_the_library_raises_is_an_outcome(organic):
    def fail(structure, results):
        raise librm.StructureError("too many neighbours")

    outcome = verify(Broken(organic, fail), ["permutation"])["permutation"]
    assert outcome.grade == "F" and "too many neighbours" in outcome.detail
    assert json.loads(json.dumps(outcome.as_dict()))["error"] is None
    with pytest.raises(librm.ArgumentError, match="dance"):
        verify(organic, ["dance"])


def test_samples_have_every_element_and_reach(organic):
    from librm.verification import structures

    found = structures.samples(organic, 1)
    assert {number for structure in found for number in structure.numbers.tolist()} == set(organic.elements)
    assert {structure.pbc for structure in found} >= {(True,) * 3, (False,) * 3, (True, True, False)}
    for structure in found:
        apart = np.linalg.norm(structure.positions[:, None] - structure.positions, axis=2)
        assert isinstance(structure, Structure) and (apart + np.eye(len(structure)) * 9).min() > 1.0


# The command line, and the table in the documentation


def command(*arguments):
    return CliRunner().invoke(main, ["verify", *map(str, arguments)])


def test_command_line():
    path = FIXTURES / "models" / "random-carbon-l3-nu3.safetensors"
    result = command(path, "--check", "forces", "--check", "dimers")
    assert result.exit_code == 0 and "forces" in result.output and "memory" not in result.output
    (record,) = json.loads(command(path, "--check", "inversion", "--json").stdout)
    assert record["passed"] and record["outcomes"][0]["grade"] == "P"
    assert command(path, "--json", "--markdown").exit_code == 2
    assert command("nothing.safetensors").exit_code == 1


def test_command_line_fails_with_the_model(monkeypatch):
    path = FIXTURES / "models" / "random-carbon-l3-nu3.safetensors"
    monkeypatch.setitem(CHECKS, "stress", lambda model, seed: ("F", float("inf"), "all wrong"))
    result = command(path, "--check", "stress", "--json")
    assert result.exit_code == 1
    assert "fails the check stress: all wrong" in result.output


def test_the_table_in_the_documentation_is_what_the_command_prints(monkeypatch):
    """Every model that the repository has, and no other."""
    monkeypatch.chdir(ROOT)
    text = (ROOT / "docs/verification.md").read_text()
    shipped = [path.relative_to(ROOT) for folder in ("models", "Tests/fixtures/models") for path in models_in(folder)]
    assert sorted(re.findall(r"^\| `([\w./-]+)`", text, re.MULTILINE)) == sorted(map(str, shipped)), (
        f"for the table in docs/verification.md: librm verify --markdown {' '.join(map(str, shipped))}"
    )
    printed = command(*shipped, "--markdown").output.splitlines()
    assert len(printed) == len(shipped) + 2
    assert [line for line in printed if line not in text.splitlines()] == []


def models_in(folder):
    return sorted((ROOT / folder).rglob("*.safetensors"))
