"""For ASE: a calculator, and relaxation of Atoms with their constraints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator as AseCalculator
from ase.calculators.calculator import all_changes
from ase.calculators.singlepoint import SinglePointCalculator
from ase.constraints import FixAtoms
from ase.stress import full_3x3_to_voigt_6_stress
from numpy.typing import NDArray

from .errors import ArgumentError
from .model import Model, Results, Workspace
from .relaxation import RelaxResult

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .options import Precision, RelaxOptions


class Calculator(AseCalculator):
    """librm as an ASE calculator.

    ASE believes all energies to be in eV. This one is the pseudo-energy E in angstrom^2, its forces are in angstrom and
    its stress is a pure number (Voigt order, positive under tension), so temperatures, pressures and time steps that
    ASE computes with them have no physical unit.

    model: a Model or the path of a model file. threads, skin, precision: see Workspace. keywords: those that every
    calculator of ASE has, such as `atoms`. It is for one thread at a time; copies are independent of each other. Stress and stresses
    (the atoms' shares in it; they sum to it) are there for crystals only.
    """

    implemented_properties = ["energy", "free_energy", "energies", "forces", "stress", "stresses"]

    def __init__(
        self,
        model: Model | str,
        threads: int = 1,
        skin: float = 0.0,
        precision: Precision = "double",
        **keywords: Any,
    ):
        super().__init__(**keywords)
        if self.parameters:  # what ASE does not know it takes for a parameter of the calculator's
            raise TypeError(f"librm.ase.Calculator has no {', '.join(self.parameters)}")
        self.model = model if isinstance(model, Model) else Model.load(model)
        self._copy: Atoms | None = None
        self._settings = {"threads": threads, "skin": skin, "precision": precision}
        self._workspace = Workspace(self.model, threads=threads, skin=skin, precision=precision)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_workspace"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        known: Atoms | None = state["atoms"]
        self.atoms = known.copy() if known is not None else None  # for the original changes its own as its atoms move
        self._copy = None
        self._workspace = Workspace(self.model, **state["_settings"])

    def calculate(
        self,
        atoms: Atoms | None = None,
        properties: Sequence[str] = ("energy",),
        system_changes: Sequence[str] = tuple(all_changes),
    ) -> None:
        """All properties at once, for they cost little more than one; but stresses only if they are asked for."""
        if atoms is not None and self._copy is not None and list(system_changes) == ["positions"]:
            self._copy.positions[:] = atoms.positions  # ASE would make a new copy of all that the atoms have
            self.atoms = self._copy
        else:
            super().calculate(atoms, properties, system_changes)
            self._copy = self.atoms
        assert self.atoms is not None
        results = self._workspace.evaluate(self.atoms, virials="stresses" in properties)
        self.results = properties_of(results, abs(self.atoms.cell.volume))

    def _get_name(self) -> str:
        """How ASE's databases and trajectories call the calculator."""
        return "librm"

    def check_state(self, atoms: Atoms, tol: float = 0.0) -> list[str]:
        """What changed since the last calculation, of what librm depends on; exact, and ten times as fast as ASE's."""
        known = self.atoms
        if known is None or len(known) != len(atoms):
            return list(all_changes)
        pairs = (
            ("positions", known.positions, atoms.positions),
            ("numbers", known.numbers, atoms.numbers),
            ("cell", known.cell.array, atoms.cell.array),
            ("pbc", known.pbc, atoms.pbc),
        )
        return [name for name, old, new in pairs if not (old == new).all()]


def properties_of(results: Results, volume: float = np.nan) -> dict[str, Any]:
    """ASE's properties from what a model says; volume (angstrom^3): for stresses, if there are virials."""
    properties = {
        "energy": results.energy,
        "free_energy": results.energy,
        "energies": results.energies,
        "forces": results.forces,
    }
    if results.stress is not None:
        properties["stress"] = full_3x3_to_voigt_6_stress(results.stress)
        if results.virials is not None:
            properties["stresses"] = -full_3x3_to_voigt_6_stress(results.virials / volume)
    return properties


def relax(model: Model, atoms: Atoms, **options: Unpack[RelaxOptions]) -> tuple[Atoms, RelaxResult]:
    """Relaxes ASE's Atoms; FixAtoms is honoured, other constraints are refused.

    Returns new Atoms, as the given ones but for positions and cell, with E and the forces in a SinglePointCalculator,
    and librm's own result.
    """
    result = model.relax(atoms, fixed=fixed_atoms(atoms), **options)
    return relaxed_atoms(atoms, result), result


def fixed_atoms(atoms: Atoms) -> NDArray[np.bool_] | None:
    """Flags of the atoms that FixAtoms holds, None if there are none."""
    fixed = np.zeros(len(atoms), dtype=bool)
    for constraint in atoms.constraints:
        if not isinstance(constraint, FixAtoms):
            raise ArgumentError(f"librm can hold atoms with FixAtoms, but has no {type(constraint).__name__}")
        fixed[constraint.index] = True
    return fixed if fixed.any() else None


def relaxed_atoms(atoms: Atoms, result: RelaxResult) -> Atoms:
    """A copy of the Atoms that a relaxation began with, as it left them."""
    relaxed = atoms.copy()
    if result.cell is not None:
        relaxed.set_cell(result.cell)
    relaxed.set_positions(result.positions, apply_constraint=False)
    relaxed.calc = SinglePointCalculator(relaxed, energy=result.energy, forces=result.forces)
    return relaxed
