"""What docs/scale.md says: the model of many ranks against LAMMPS, and the benchmarks' scripts."""

import re
import subprocess
import sys

import pytest
from conftest import ENVIRONMENT, MODELS, ROOT

sys.path.insert(0, str(ROOT / "Benchmarks"))

from lammps_loop import carbon, loop, rm
from many_ranks import Machine, Material, plan

MODEL = MODELS / "random-carbon-l3-nu3.safetensors"
MACHINE = Machine(8e-6, 3e-6, 20, 0.03, 2e-6, 1e9)


@pytest.mark.parametrize(("ranks", "skin"), [(1, 1.0), (2, 1.0), (2, 2.0)])
def test_ghosts_of_the_model_are_those_of_lammps(ranks, skin, lammps):
    """To a tenth: a crystal's planes are not a continuum."""
    repeat = 8
    text = "\n".join(carbon(repeat, rm(MODEL), 0, skin)) + "\n"
    done = lammps.script(text, ranks)
    ghosts = float(re.search(r"Nghost: +([\d.]+) ave", done.stdout)[1])
    neighbors = float(re.search(r"Ave neighs/atom = ([\d.]+)", done.stdout)[1])
    material = Material(8 / 3.567**3, 4.5, skin)
    planned = plan(8 * repeat**3, ranks, material, MACHINE)
    assert planned.ghosts == pytest.approx(ghosts, rel=0.1)
    assert material.density * 4 / 3 * 3.14159 * (4.5 + skin) ** 3 == pytest.approx(neighbors, rel=0.1)


def test_the_model_of_many_ranks_prints_its_table():
    done = subprocess.run(
        [sys.executable, ROOT / "Benchmarks/many_ranks.py"], capture_output=True, text=True, check=True
    )
    assert done.stdout.count("\n") == 14 and "1e8 | 1000" in done.stdout
    documented = (ROOT / "docs/scale.md").read_text()
    shown = [line for line in done.stdout.splitlines() if "| 1000 |" in line and "| 100 %" not in line]
    assert len(shown) == 3 and all(line in documented for line in shown), "docs/scale.md shows another table"


def test_benchmarks_run():
    times = loop(carbon(3, rm(MODEL), 10), 2)
    assert 0 < times.pair < times.cpu < 1e4 and times.imbalance >= 1
    done = subprocess.run(
        [sys.executable, ROOT / "Benchmarks/scale.py", MODEL, "--one", "1000"],
        env=ENVIRONMENT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert '"atoms": 1000' in done.stdout
