"""The same structure through C, Fortran and Python."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import click
from ase import Atoms

import librm

DEMO = Path(__file__).resolve().parent
BUILD = DEMO.parents[1] / "build"


def energies(model: Path, atoms: Atoms, folder: Path) -> dict[str, float]:
    """The pseudo-energy of a structure by language, angstrom^2; a language without a compiler is left out.

    energy.c and energy.f90 are compiled against build/lib, and run on a text with the structure.
    """
    text = folder / "structure.txt"
    text.write_text(_as_text(atoms))
    library = [f"-L{BUILD / 'lib'}", f"-Wl,-rpath,{BUILD / 'lib'}", "-lrm"]
    result = {"Python": librm.Model.load(model).evaluate(atoms).energy}
    if shutil.which("cc"):
        c = ["cc", "-std=c11", f"-I{BUILD / 'include'}", DEMO / "energy.c", *library]
        result["C"] = _run(c, folder / "energy-c", model, text)
    if shutil.which("gfortran"):
        modules, archive = BUILD / "include/librm-fortran", BUILD / "lib/librm_fortran.a"
        fortran = ["gfortran", f"-I{modules}", DEMO / "energy.f90", archive, *library]
        result["Fortran"] = _run(fortran, folder / "energy-fortran", model, text)
    return result


def _as_text(atoms: Atoms) -> str:
    """The number of atoms, the lattice vectors, and the atoms; numbers with all their digits."""
    rows = [[len(atoms)], *atoms.cell.tolist()]
    rows += [
        [number, *position] for number, position in zip(atoms.numbers.tolist(), atoms.positions.tolist(), strict=True)
    ]
    return "".join(" ".join(map(repr, row)) + "\n" for row in rows)


def _run(compiler: list[str | Path], program: Path, model: Path, text: Path) -> float:
    """The number that a program prints, compiled anew."""
    if not (BUILD / "lib/librm.so").exists():
        raise click.ClickException(f"there is no librm.so in {BUILD / 'lib'}: run `make demo`, which builds it")
    output = ""
    for command in ([*compiler, "-o", program], [program, model, text]):
        done = subprocess.run(command, cwd=program.parent, capture_output=True, text=True, timeout=120, check=False)
        if done.returncode:
            raise click.ClickException(f"{' '.join(map(str, command))}\n{done.stderr.strip()}")
        output = done.stdout
    return float(output)
