"""pair_style rm says what rm_evaluate says, however LAMMPS runs."""

import itertools

import numpy as np
import pytest
from conftest import STRUCTURES, commands, difference, expected, write_data

NUMBERS = ("energy", "energies", "f", "virial", "virials", "pressure")
TOLERANCE = 1e-12


@pytest.mark.parametrize("name", STRUCTURES)
@pytest.mark.parametrize("ranks", [1, 2])
def test_agrees_with_librm(name, ranks, lammps):
    """Newton on and off; the virial from forces and positions (fdotr, newton on) and explicit (nofdotr, newton off)."""
    model, atoms = STRUCTURES[name]
    data = lammps.folder / "data"
    write_data(atoms, data)
    variants = list(itertools.product(("on", "off", "on off", "off on"), ("", "nofdotr"), ("rm", "rm threads 2")))
    runs = [
        commands(model, data, atoms, newton=newton, modify=modify, style=style) for newton, modify, style in variants
    ]
    reports = lammps.run(runs, ranks)
    for variant, report in zip(variants, reports, strict=True):
        assert report["ranks"] == ranks
        wanted = expected(model, atoms, report)
        for key in NUMBERS:
            assert difference(report[key], wanted[key]) < TOLERANCE, (variant, key)
        assert difference(sum(report["energies"]), report["energy"]) < TOLERANCE
        assert difference(np.sum(report["virials"], axis=0), report["virial"]) < TOLERANCE
