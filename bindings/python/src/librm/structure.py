"""Structures: what librm takes in place of one, and how it gets to the library."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._lib import Doubles, Int32s, address, rm_structure
from .errors import ArgumentError

if TYPE_CHECKING:
    from ase import Atoms

Reals: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int32]
Periodicity: TypeAlias = "bool | Sequence[bool] | NDArray[np.bool_]"


@dataclass(frozen=True, eq=False)
class Structure:
    """Atoms, and a cell if any direction is periodic.

    numbers: [n] atomic numbers. positions: [n, 3] angstrom. cell: [3, 3], rows are lattice vectors, angstrom, or None.
    pbc: for each lattice vector, whether the structure is periodic along it.
    Arrays of other types are converted, those that fit are kept as they are; raises ArgumentError for what is neither.
    """

    numbers: Integers
    positions: Reals
    cell: Reals | None = None
    pbc: tuple[bool, bool, bool] = (False, False, False)

    def __post_init__(self) -> None:
        fitting = arrays(self.numbers, self.positions, self.cell, self.pbc)
        for name, value in zip(("numbers", "positions", "cell", "pbc"), fitting, strict=True):
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        return len(self.numbers)

    @staticmethod
    def of(thing: StructureLike) -> Structure:
        """A structure from whatever is like one; arrays that fit are not copied."""
        return thing if isinstance(thing, Structure) else Structure(*parts(thing))

    def to_ase(self) -> Atoms:
        """The same as ASE's Atoms."""
        from ase import Atoms

        return Atoms(numbers=self.numbers, positions=self.positions, cell=self.cell, pbc=self.pbc)


StructureLike: TypeAlias = "Structure | Atoms | Mapping[str, Any]"
"""A librm.Structure, ASE's Atoms, or a dictionary with numbers, positions and, if periodic, cell and pbc."""


def parts(thing: Any) -> tuple[Any, Any, Any, Any]:
    """(numbers, positions, cell, pbc) of whatever is like a structure, as they are."""
    try:
        cell = thing.cell
        return thing.numbers, thing.positions, getattr(cell, "array", cell), thing.pbc
    except AttributeError:
        pass
    if not isinstance(thing, Mapping):
        raise ArgumentError(
            "a structure is a librm.Structure, an ase.Atoms or a dictionary with numbers, positions, cell and pbc, "
            f"not a {type(thing).__name__}"
        )
    try:
        return thing["numbers"], thing["positions"], thing.get("cell"), thing.get("pbc", False)
    except KeyError as missing:
        raise ArgumentError(f"a structure needs {missing}; this one has {', '.join(map(repr, thing))}") from None


def arrays(
    numbers: ArrayLike, positions: ArrayLike, cell: ArrayLike | None, pbc: Periodicity
) -> tuple[Integers, Reals, Reals | None, tuple[bool, bool, bool]]:
    """The four as the library needs them: int32, C-contiguous doubles, of the right shapes, copied only if unfit."""
    numbers = as_numbers(numbers)
    return numbers, as_reals(positions, (len(numbers), 3), "positions"), as_cell(cell), as_pbc(pbc)


def as_numbers(numbers: ArrayLike) -> Integers:
    """[n] atomic numbers as int32."""
    found = np.asarray(numbers)
    if found.ndim != 1:
        raise ArgumentError(f"numbers have the shape {found.shape}; atomic numbers of n atoms have (n,)")
    if found.dtype.kind not in "iu":
        if found.size:
            raise ArgumentError(f"numbers are {found.dtype}; atomic numbers are integers")
    elif found.dtype.itemsize > 4 and int(np.bitwise_or.reduce(found)) >> 31:  # would be cut to 32 bits without a word
        raise ArgumentError("numbers are atomic numbers, from 1 to 118")
    return np.ascontiguousarray(found, dtype=np.int32)


def as_reals(values: ArrayLike, shape: tuple[int, ...], name: str) -> Reals:
    """C-contiguous doubles of a shape; `name` is for the message if they are not."""
    try:
        found = np.asarray(values, dtype=np.float64, order="C")
    except (TypeError, ValueError) as problem:
        raise ArgumentError(f"{name}: {problem}") from None
    if found.shape != shape:
        raise ArgumentError(f"{name} have the shape {np.shape(values)}; {shape} is needed")
    return found


def as_cell(cell: ArrayLike | None) -> Reals | None:
    """[3, 3] from a cell or from the three edges of a box; None if there is none."""
    if cell is None:
        return None
    try:
        found = np.asarray(cell, dtype=np.float64, order="C")
    except (TypeError, ValueError) as problem:
        raise ArgumentError(f"cell: {problem}") from None
    if found.shape == (3,):
        return np.diag(found)
    if found.shape != (3, 3):
        raise ArgumentError(f"cell has the shape {np.shape(cell)}; (3, 3), or (3,) for a box, is needed")
    return found


def as_pbc(pbc: Periodicity) -> tuple[bool, bool, bool]:
    """Three flags from one or three."""
    if pbc is True or pbc is False:
        return pbc, pbc, pbc
    if type(pbc) is tuple and [type(flag) for flag in pbc] == [bool, bool, bool]:
        return pbc
    flags = np.asarray(pbc)
    if flags.shape == ():
        return (bool(flags),) * 3
    if flags.shape != (3,):
        raise ArgumentError(f"pbc is {pbc!r}; it is one flag, or one for each lattice vector")
    first, second, third = flags.tolist()
    return bool(first), bool(second), bool(third)


def view(structure: Structure) -> rm_structure:
    """The structure as the library sees it. It must outlive the view."""
    return rm_structure(
        len(structure.numbers),
        Int32s(address(structure.numbers)),
        Doubles(address(structure.positions)),
        Doubles(None if structure.cell is None else address(structure.cell)),
        structure.pbc,
    )


def views(structures: Sequence[Structure]) -> Any:
    """An array of them, as a batch needs it."""
    return (rm_structure * len(structures))(*map(view, structures))


def copied(source: Doubles | Int32s, shape: tuple[int, ...], dtype: Any = np.float64) -> Any:
    """A NumPy copy of an array that the library shows during a callback."""
    result = np.empty(shape, dtype=dtype)
    if result.size:
        ctypes.memmove(result.ctypes.data, source.value or 0, result.nbytes)
    return result
