"""What is wrong ends every rank, with a message that says it."""

import re
import time

import pytest
from conftest import MODELS, PLUGIN

MODEL = MODELS / "random-organic-l3-nu3.safetensors"
INPUT = {
    "units": "units metal",
    "box": "region box block 0 20 0 20 0 20",
    "create": "create_box 2 box",
    "atoms": "create_atoms 1 random 20 1 box overlap 1.0\ncreate_atoms 2 single 1 1 1",
    "mass": "mass * 1",
    "plugin": f"plugin load {PLUGIN}",
    "style": "pair_style rm",
    "coeff": f"pair_coeff * * {MODEL} C H",
    "extra": "",
    "run": "run 0",
}
CASES = {
    "no file": ({"coeff": "pair_coeff * * missing.safetensors C H"}, "cannot read the model file missing.safetensors"),
    "a folder": ({"coeff": "pair_coeff * * . C H"}, r"cannot read the model file \."),
    "no model": ({"coeff": "pair_coeff * * in.test C H"}, r"pair_style rm: in\.test: .+"),
    "unknown element": (
        {"coeff": f"pair_coeff * * {MODEL} C Fe"},
        r"atom type 2 is 'Fe', but .* knows H C N O S Cl only",
    ),
    "no element": ({"coeff": f"pair_coeff * * {MODEL} C Xx"}, "atom type 2 is 'Xx'"),
    "too few elements": ({"coeff": f"pair_coeff * * {MODEL} C"}, "1 elements for 2 atom types"),
    "too many elements": ({"coeff": f"pair_coeff * * {MODEL} C H O"}, "3 elements for 2 atom types"),
    "no file name": ({"coeff": "pair_coeff * *"}, r"expected '\* \* FILE' and an element for each atom type"),
    "no wildcards": ({"coeff": f"pair_coeff 1 1 {MODEL} C H"}, r"must start with \* \*"),
    "NULL without hybrid": ({"coeff": f"pair_coeff * * {MODEL} C NULL"}, "[Cc]oeffs"),
    "no coefficients": ({"coeff": ""}, "[Cc]oeffs"),
    "units": ({"units": "units real"}, "needs 'units metal'.*not 'real'"),
    "unknown keyword": ({"style": "pair_style rm thread 2"}, "expected nothing, 'threads N' or .*, found 'thread'"),
    "no number": ({"style": "pair_style rm threads"}, "expected nothing, 'threads N' or"),
    "no threads": ({"style": "pair_style rm threads 0"}, "threads must be 1 or more, not 0"),
    "threads in words": ({"style": "pair_style rm threads two"}, "Expected integer .* 'two'"),
    "coincident atoms, on one rank": (
        {"extra": "create_atoms 2 single 1 1 1"},
        r"pair_style rm, step 0, rank \d \(atoms as numbered there\): atoms \d+ and \d+ are at the same place",
    ),
    "bonds that are left out": (
        {
            "units": "units metal\natom_style bond",
            "create": "create_box 2 box bond/types 1 extra/bond/per/atom 2 extra/special/per/atom 2",
            "extra": "bond_style zero\nbond_coeff 1\ncreate_bonds single/bond 1 1 2",
        },
        "special_bonds lj/coul 1 1 1",
    ),
}


@pytest.mark.parametrize("ranks", [1, 2])
@pytest.mark.parametrize("name", CASES)
def test_error(name, ranks, lammps):
    change, message = CASES[name]
    start = time.monotonic()
    done = lammps.script("\n".join({**INPUT, **change}.values()) + "\n", ranks)
    assert done.returncode != 0
    assert re.search(message, done.stdout + done.stderr), done.stdout + done.stderr
    assert "Loop time" not in done.stdout
    assert time.monotonic() - start < 60, "a rank waited for others"


def test_the_input_is_right_without_the_changes(lammps):
    done = lammps.script("\n".join(INPUT.values()) + "\n", 2)
    assert done.returncode == 0, done.stdout + done.stderr
