"""ASE's KIM calculator, through kimpy, against librm's own."""

from __future__ import annotations

import numpy as np
import pytest
from ase import Atoms
from conftest import MODELS, check_close, crystal, environment, kim_name

import librm.ase

pytest.importorskip("kimpy", reason="kimpy is not there: could tools/setup not build it?", exc_type=ImportError)

from ase.calculators import kim  # noqa: E402


@pytest.fixture(autouse=True)
def items(monkeypatch: pytest.MonkeyPatch, tmp_path, build: str) -> None:
    """KIM finds its items, and writes kim.log where it does no harm."""
    for name, value in environment(build).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)


CASES = [
    ("random-carbon-l3-nu3", ["C"]),
    ("random-inorganic-l2-nu2-receiver", ["Zn", "O", "Li", "Fe", "Cl", "S", "Na"]),
    ("random-organic-l3-nu3", ["Cl", "H", "S", "C", "N", "O"]),
    ("random-organic-l3-nu4", ["O", "H", "C"]),
]


@pytest.mark.parametrize(("model", "symbols"), CASES)
@pytest.mark.parametrize("pbc", [True, (True, False, True), False])
def test_kim_calculator_agrees_with_librm(model: str, symbols: list[str], pbc) -> None:
    atoms = crystal(symbols, 14, seed=9)
    atoms.pbc = pbc
    if not all(atoms.pbc):
        atoms.center(vacuum=6, axis=[k for k in range(3) if not atoms.pbc[k]])
    own = atoms.copy()
    own.calc = librm.ase.Calculator(MODELS / f"{model}.safetensors")
    atoms.calc = kim.KIM(kim_name(model))
    for _ in range(2):  # neighbour lists with a skin are used again after a small move
        check_close(atoms.get_potential_energy(), own.get_potential_energy())
        check_close(atoms.get_forces(), own.get_forces())
        if np.all(pbc):
            check_close(atoms.get_stress(), own.get_stress())
        for each in (atoms, own):
            each.positions += 0.01 * np.sin(np.arange(3 * len(atoms))).reshape(-1, 3)


def test_species() -> None:
    name = kim_name("random-inorganic-l2-nu2-receiver")
    assert set(kim.get_model_supported_species(name)) == {"Li", "O", "Na", "S", "Cl", "Fe", "Zn"}
    with pytest.raises(Exception, match="Au"):
        gold = Atoms("Au2", positions=[[0, 0, 0], [0, 0, 2]])
        gold.calc = kim.KIM(name)
        gold.get_potential_energy()


def test_errors_are_exceptions_and_in_kim_log(tmp_path) -> None:
    with pytest.raises(Exception, match="RM_damaged|[Cc]reat"):
        kim.KIM("RM_damaged")
    assert 'tensor "radial.frequencieZ"' in (tmp_path / "kim.log").read_text()
