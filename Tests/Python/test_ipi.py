"""i-PI drives librm through a socket, with examples/ipi as they are."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
import uuid
from pathlib import Path

import ase.io
import ase.units
import numpy as np
import pytest
from ase.build import bulk
from conftest import ROOT

EXAMPLE = ROOT / "examples" / "ipi"
IPI = shutil.which("i-pi", path=str(Path(sys.executable).parent)) or shutil.which("i-pi")
# Of i-PI's environment, which may be another one: what one of its own units is in `unit`.
PYTHON = Path(IPI).with_name("python3") if IPI else None
UNIT = "import sys; from ipi.utils.units import unit_to_user; print(unit_to_user(*sys.argv[1:], 1.0))"
pytestmark = pytest.mark.skipif(IPI is None, reason="i-PI is not there; tools/setup could not install it")


@pytest.fixture(scope="module")
def folder(diamond, tmp_path_factory):
    """Where i-PI has run. The socket has a name of its own, for others may run at the same time."""
    folder = tmp_path_factory.mktemp("ipi")
    diamond.save(folder / "carbon.safetensors")
    socket = f"librm-{uuid.uuid4().hex[:12]}"
    for path in EXAMPLE.iterdir():
        (folder / path.name).write_text(path.read_text().replace("<address> librm <", f"<address> {socket} <"))
    client = [sys.executable, "client.py"]
    subprocess.run([*client, "start"], cwd=folder, check=True)
    with (folder / "log").open("w") as log:
        server = subprocess.Popen([IPI, "input.xml"], cwd=folder, stdout=log, stderr=subprocess.STDOUT)
        try:
            done = subprocess.run(
                [*client, "run", "carbon.safetensors", socket], cwd=folder, capture_output=True, text=True, timeout=120
            )
            assert done.returncode == 0, done.stderr
            assert server.wait(timeout=60) == 0, (folder / "log").read_text()
        finally:
            server.kill()
            server.wait()
    return folder


def read(path):
    """Structures with the cell that i-PI writes into the comment."""
    frames = ase.io.read(path, ":", format="xyz")
    cells = [line.split()[2:8] for line in path.read_text().splitlines() if "CELL" in line]
    for atoms, cell in zip(frames, cells, strict=True):
        atoms.set_cell([float(number) for number in cell])
        atoms.pbc = True
    return frames


def test_forces_are_those_of_librm(folder, diamond):
    positions = read(folder / "diamond.positions_0.xyz")
    forces = ase.io.read(folder / "diamond.forces_0.xyz", ":", format="xyz")
    assert len(positions) == len(forces) == 5
    for atoms, force in zip(positions, forces, strict=True):
        np.testing.assert_allclose(force.positions, diamond.evaluate(atoms).forces, rtol=0, atol=2e-5)  # digits written
    assert np.abs(forces[-1].positions).max() > 0.1


def test_the_conserved_quantity_is(folder, diamond):
    step, _, conserved, temperature, potential = np.loadtxt(folder / "diamond.out").T
    assert step[-1] == 40
    # i-PI's electronvolt is 1e-7 smaller than ASE's, and its angstrom 1e-8: more than the digits that it writes.
    energy, length = (
        float(subprocess.check_output([PYTHON, "-c", UNIT, family, unit])) / ours
        for family, unit, ours in (
            ("energy", "electronvolt", ase.units.Ha),
            ("length", "angstrom", ase.units.Bohr),
        )
    )
    cell = diamond.evaluate(bulk("C", "diamond", a=3.567 / length, cubic=True))
    assert potential[0] == pytest.approx(cell.energy * energy, rel=1e-8)
    assert np.ptp(potential) > 1e-3 and temperature.min() > 0
    assert np.ptp(conserved) < 0.02 * np.ptp(potential)
