"""The inputs in examples/lammps run, on one rank and on two, and say the same."""

import re
import sys

import numpy as np
import pytest
from conftest import MODELS, PLUGIN, ROOT

EXAMPLES = ROOT / "examples/lammps"
MODEL = MODELS / "random-carbon-l3-nu3.safetensors"


def thermo(output: str) -> np.ndarray:
    """The numbers that LAMMPS prints of a run."""
    table = re.search(r"^ *Step .*\n((?: *[\d. e+-]+\n)+)Loop time", output, re.MULTILINE)
    assert table, output
    return np.array([[float(number) for number in line.split()] for line in table[1].splitlines()])


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.glob("in.*")))
def test_input(name, lammps):
    tables = []
    for ranks in (1, 2):
        done = lammps.script((EXAMPLES / name).read_text(), ranks, model=MODEL, plugin=PLUGIN)
        assert done.returncode == 0, done.stdout + done.stderr
        assert re.sub(r"WARNING: Energy due to 6 extra global DOFs", "", done.stdout).count("WARNING") == 0, done.stdout
        tables.append(thermo(done.stdout))
    assert np.isfinite(tables[0]).all() and len(tables[0]) > 2
    if name == "in.relax":  # two minimisations part ways, but end in one minimum
        assert tables[0][-1, 1] < tables[0][0, 1] and abs(tables[0][-1, 1] - tables[1][-1, 1]) < 1e-3
        return
    np.testing.assert_allclose(tables[0], tables[1], rtol=1e-5, atol=1e-6)


def test_fix_external_is_the_pair_style(lammps):
    """Python's forces through fix external, and pair_style rm: the same 100 steps."""
    done = lammps.start(sys.executable, EXAMPLES / "fix_external.py", MODEL)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = re.findall(
        r"step +(\d+)  pseudo-energy (\S+)  with kinetic part (\S+)  LAMMPS's pressure (\S+)", done.stdout
    )
    assert [int(line[0]) for line in lines] == [20, 40, 60, 80, 100]
    report = lammps.run(
        [
            [
                f"plugin load {PLUGIN}",
                "units metal",
                "lattice diamond 3.567",
                "region box block 0 2 0 2 0 2",
                "create_box 1 box",
                "create_atoms 1 box",
                "mass 1 12.011",
                "pair_style rm",
                f"pair_coeff * * {MODEL} C",
                "velocity all create 300 1 loop geom",
                "fix integrate all nve",
                "timestep 0.0005",
                "thermo_style custom step pe etotal press",
                "run 100 post no",
            ]
        ],
        thermo=["pe", "etotal", "press"],
        brief=True,
    )[0]
    wanted = [report["thermo"][name] for name in ("pe", "etotal", "press")]
    # As many digits as the example prints.
    assert (np.abs([float(text) for text in lines[-1][1:]] - np.array(wanted)) < [2e-9, 2e-9, 2e-3]).all()
