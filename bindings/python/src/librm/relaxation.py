"""Relaxation of one structure or of a batch; `Model.relax` and `Model.relax_batch` say what the arguments mean."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping, Sequence
from ctypes import byref, c_int
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast

import numpy as np
from numpy.typing import ArrayLike

from . import _lib
from ._lib import Int32s, address, library, rm_model, rm_relax_result, rm_workspace
from .errors import ArgumentError, Guard, check, last_message, on_main_thread
from .options import name_of, relax_options
from .structure import Integers, Reals, Structure, as_reals, copied, view, views

Reason = Literal["converged", "steps", "observer", "failed"]


@dataclass(frozen=True, eq=False)
class RelaxStep:
    """What an observer sees after each evaluation; its arrays are copies, to keep or to change.

    step: 0 for the start. energy: E, angstrom^2, with pressure and extra potential. fmax: largest force, the cell's
    share included. positions, forces: [n, 3]. cell: [3, 3] or None.
    """

    step: int
    energy: float
    fmax: float
    positions: Reals
    cell: Reals | None
    forces: Reals


@dataclass(frozen=True, eq=False)
class RelaxResult:
    """What a relaxation gives.

    structure: the relaxed structure. forces: [n, 3] angstrom. energy: E, angstrom^2, with pressure and extra potential.
    fmax: largest force, the cell's share included. volume: angstrom^3, 0 if not periodic in three directions.
    reason: why it ended; "steps" if max_steps were done, "failed" if the structure could not be evaluated any more,
    which `message` explains.
    """

    structure: Structure
    forces: Reals
    energy: float
    fmax: float
    volume: float
    steps: int
    evaluations: int
    reason: Reason
    message: str = ""

    @property
    def converged(self) -> bool:
        """Whether the largest force is below fmax."""
        return self.reason == "converged"

    @property
    def positions(self) -> Reals:
        """[n, 3] relaxed positions, angstrom."""
        return self.structure.positions

    @property
    def cell(self) -> Reals | None:
        """[3, 3] relaxed cell, or None."""
        return self.structure.cell


Observer: TypeAlias = Callable[[RelaxStep], object]
Extra: TypeAlias = Callable[[Structure], "tuple[float, ArrayLike, ArrayLike | None]"]


def relax(
    workspace: rm_workspace,
    structure: Structure,
    fixed: ArrayLike | None,
    observer: Observer | None,
    extra: Extra | None,
    options: Mapping[str, Any],
) -> RelaxResult:
    """Relaxes one structure with a workspace that nobody else uses."""
    settings = relax_options(options)
    flags = None if fixed is None else _flags(fixed, len(structure))
    result, relaxed, forces = _prepared(structure)
    with Guard() as guard:
        if observer is not None:
            settings.observer = guard.wrap(_lib.rm_relax_observer, lambda user, step: observer(_step(step.contents)))
        elif on_main_thread():  # lets Ctrl-C stop it
            settings.observer = guard.wrap(_lib.rm_relax_observer, lambda user, step: False)
        if extra is not None:
            settings.extra = guard.wrap(_lib.rm_extra_potential, _added(extra, structure))
        status = library.rm_relax(
            workspace, byref(view(structure)), None if flags is None else address(flags), byref(settings), byref(result)
        )
    check(status)
    return _finished(
        result, relaxed, forces, last_message() if result.reason == _lib.rm_stop_reason.RM_STOP_FAILED else ""
    )


def relax_batch(
    model: rm_model,
    structures: Sequence[Structure],
    fixed: Sequence[ArrayLike | None] | None,
    threads: int,
    options: Mapping[str, Any],
) -> list[RelaxResult]:
    """Relaxes many structures over threads."""
    settings = relax_options(options)
    flags: list[Integers | None] = [None] * len(structures)
    if fixed is not None:
        if len(fixed) != len(structures):
            raise ArgumentError(f"fixed has {len(fixed)} entries for {len(structures)} structures")
        flags = [
            None if some is None else _flags(some, len(structure))
            for some, structure in zip(fixed, structures, strict=True)
        ]
    lists = (Int32s * len(structures))(*(Int32s(None if some is None else address(some)) for some in flags))
    prepared = [_prepared(structure) for structure in structures]
    results = (rm_relax_result * len(structures))(*(result for result, _, _ in prepared))
    statuses = (c_int * len(structures))()
    check(
        library.rm_relax_batch(
            model,
            len(structures),
            views(structures),
            ctypes.addressof(lists) if fixed is not None and len(structures) else None,
            byref(settings),
            threads,
            results,
            statuses,
        )
    )
    return [
        _finished(result, relaxed, forces, "") for result, (_, relaxed, forces) in zip(results, prepared, strict=True)
    ]


def _prepared(structure: Structure) -> tuple[rm_relax_result, Structure, Reals]:
    """Where to put a result: its C structure, and the arrays that this points to."""
    relaxed = Structure(
        structure.numbers.copy(),
        np.empty_like(structure.positions),
        None if structure.cell is None else structure.cell.copy(),
        structure.pbc,
    )
    forces = np.empty_like(structure.positions)
    result = rm_relax_result()
    result.positions = address(relaxed.positions)
    result.cell = None if relaxed.cell is None else address(relaxed.cell)
    result.forces = address(forces)
    return result, relaxed, forces


def _finished(result: rm_relax_result, relaxed: Structure, forces: Reals, message: str) -> RelaxResult:
    return RelaxResult(
        structure=relaxed,
        forces=forces,
        energy=result.energy,
        fmax=result.fmax,
        volume=result.volume,
        steps=result.steps,
        evaluations=result.evaluations,
        reason=cast(Reason, name_of("reason", result.reason)),
        message=message,
    )


def _flags(fixed: ArrayLike, count: int) -> Integers:
    """[n] flags as int32 from flags or from indices."""
    given = np.asarray(fixed)
    if given.dtype == bool:
        if given.shape != (count,):
            raise ArgumentError(f"fixed has the shape {given.shape}; ({count},) is needed")
        return given.astype(np.int32)
    flags = np.zeros(count, dtype=np.int32)
    if given.size:
        try:
            flags[given] = 1
        except IndexError as problem:
            raise ArgumentError(f"fixed holds flags or indices of atoms: {problem}") from None
    return flags


def _step(step: _lib.rm_relax_step) -> RelaxStep:
    count = step.atom_count
    return RelaxStep(
        step=step.step,
        energy=step.energy,
        fmax=step.fmax,
        positions=copied(step.positions, (count, 3)),
        cell=copied(step.cell, (3, 3)) if step.cell else None,
        forces=copied(step.forces, (count, 3)),
    )


def _added(extra: Extra, start: Structure) -> Callable[..., None]:
    """The callback that adds what a Python potential says to the library's arrays."""

    def add(user: object, pointer: Any, energy: Any, forces: Any, strain_gradient: Any) -> None:
        seen = pointer.contents
        count = seen.atom_count
        structure = Structure(
            start.numbers,
            copied(seen.positions, (count, 3)),
            copied(seen.cell, (3, 3)) if seen.cell else None,
            start.pbc,
        )
        own_energy, own_forces, own_gradient = extra(structure)
        for target, values, shape, name in (
            (energy, own_energy, (), "the energy"),
            (forces, own_forces, (count, 3), "the forces"),
            (strain_gradient, own_gradient, (3, 3), "the strain gradient"),
        ):
            if values is not None and target:
                given = as_reals(values, shape, f"{name} of the extra potential")
                own = np.ctypeslib.as_array((ctypes.c_double * given.size).from_address(target.value))
                own += given.reshape(-1)

    return add
