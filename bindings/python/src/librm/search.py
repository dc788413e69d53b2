"""Searching for structures: `Model.search` says what the arguments mean."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from ctypes import byref, c_int32
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast

import numpy as np
from numpy.typing import ArrayLike

from . import _lib
from ._lib import address, library, rm_model
from .errors import Guard, check
from .options import Preset, encode, name_of, search_options
from .structure import Integers, Structure, as_numbers, copied

State = Literal["converged", "unconverged", "not-placed", "dropped", "failed"]


@dataclass(frozen=True, eq=False)
class Candidate:
    """A candidate of a search.

    index: it depends on this and the seed alone. state: "converged" and "unconverged" ones are kept; "not-placed"
    (no room for the atoms), "dropped" (did not converge where it had to) or "failed" (flew apart or collapsed) are not.
    structure: as it was left; without atoms if they could not be placed.
    energy: E, angstrom^2. volume: angstrom^3, 0 for molecules. fmax: largest force. steps: of all stages and hops.
    stage: the last it was in. duplicate_of: index of an earlier candidate that it repeats, or None.
    """

    index: int
    state: State
    structure: Structure
    energy: float
    volume: float
    fmax: float
    steps: int
    stage: int
    duplicate_of: int | None

    @property
    def kept(self) -> bool:
        """Whether it is among the results."""
        return self.state in ("converged", "unconverged")

    @property
    def energy_per_atom(self) -> float:
        """E per atom, angstrom^2; not a number where no atoms were placed."""
        return self.energy / len(self.structure) if len(self.structure) else math.nan


@dataclass(frozen=True)
class SearchSummary:
    """How many candidates there were of each kind, and how often the potential was evaluated."""

    tried: int
    converged: int
    unconverged: int
    not_placed: int
    dropped: int
    failed: int
    duplicates: int
    evaluations: int


OnCandidate: TypeAlias = Callable[[Candidate], object]


class SearchResult:
    """The candidates that were kept, in the order of their indices, and a summary.

    stopped: whether `on_candidate` ended the search early.
    """

    def __init__(self, candidates: list[Candidate], summary: SearchSummary, stopped: bool):
        self.candidates = sorted(candidates, key=lambda candidate: candidate.index)
        self.summary = summary
        self.stopped = stopped

    def ranked(self, duplicates: bool = False) -> list[Candidate]:
        """Converged candidates, those of lowest E per atom first."""
        wanted = [
            candidate
            for candidate in self.candidates
            if candidate.state == "converged" and (duplicates or candidate.duplicate_of is None)
        ]
        return sorted(wanted, key=lambda candidate: candidate.energy_per_atom)

    def __len__(self) -> int:
        return len(self.candidates)

    def __getitem__(self, position: int) -> Candidate:
        return self.candidates[position]

    def __iter__(self) -> Iterator[Candidate]:
        return iter(self.candidates)

    def __repr__(self) -> str:
        return f"<librm.SearchResult: {len(self)} kept of {self.summary.tried} tried>"


def formula(text: str, units: int = 1) -> Integers:
    """Atomic numbers of a formula such as "C5H9NO" or "Li2(SO4)3", in the order written, `units` times."""
    count = c_int32()
    arguments = (encode(text), units)
    status = library.rm_formula(*arguments, None, 0, byref(count))
    if not count.value:
        check(status)
    numbers = np.empty(count.value, dtype=np.int32)
    check(library.rm_formula(*arguments, address(numbers), len(numbers), byref(count)))
    return numbers


def search(
    model: rm_model,
    contents: str | ArrayLike,
    units: int,
    preset: Preset,
    on_candidate: OnCandidate | None,
    options: Mapping[str, Any],
) -> SearchResult:
    """Searches with a model's handle."""
    numbers = formula(contents, units) if isinstance(contents, str) else np.tile(as_numbers(contents), units)
    settings = search_options(preset, options)
    summary = _lib.rm_search_summary()
    kept: list[Candidate] = []
    periodic = settings.container != _lib.rm_container.RM_CONTAINER_BOX

    def receive(user: object, pointer: Any) -> object:
        candidate = _candidate(pointer.contents, periodic)
        if candidate.kept:
            kept.append(candidate)
        return on_candidate is not None and on_candidate(candidate)

    with Guard() as guard:
        callback = guard.wrap(_lib.rm_candidate_callback, receive)
        status = library.rm_search(
            model, address(numbers), len(numbers), byref(settings), callback, None, byref(summary)
        )
    stopped = status == _lib.rm_status.RM_ERROR_CANCELLED
    if not stopped:
        check(status)
    counts = {name: getattr(summary, name) for name, *_ in _lib.rm_search_summary._fields_}
    return SearchResult(kept, SearchSummary(**counts), stopped)


def _candidate(seen: _lib.rm_candidate, periodic: bool) -> Candidate:
    count = seen.atom_count
    cell = copied(seen.cell, (3, 3)) if seen.cell else None
    structure = Structure(
        copied(seen.numbers, (count,), np.int32),
        copied(seen.positions, (count, 3)),
        cell,
        (periodic and cell is not None,) * 3,
    )
    return Candidate(
        index=seen.index,
        state=cast(State, name_of("state", seen.state)),
        structure=structure,
        energy=seen.energy,
        volume=seen.volume,
        fmax=seen.fmax,
        steps=seen.steps,
        stage=seen.stage,
        duplicate_of=None if seen.duplicate_of < 0 else seen.duplicate_of,
    )
