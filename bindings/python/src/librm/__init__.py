"""librm: Response Matching (B. Cheng, arXiv 2405.09057).

Learn a pseudo-potential from relaxed structures alone, then relax, search for molecules and crystals, and rank them.

    import librm
    model = librm.Model.load("molecules.safetensors")
    results = model.evaluate(numbers, positions)           # energy, forces, ...
    relaxed = model.relax(atoms, fmax=1e-3)                # ASE's Atoms, dictionaries, arrays
    found = model.search("C5H9NO", "molecules", count=100, seed=1)

Lengths are in angstrom. The pseudo-energy E is in angstrom^2 and is not an energy in eV; forces are in angstrom, stress
is a pure number. `librm.ase.Calculator` is an ASE calculator; `librm --help` is the command line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._lib import library
from .errors import (
    ArgumentError,
    CallbackError,
    CancelledError,
    ElementError,
    Error,
    FileError,
    FormatError,
    NumbersError,
    OutOfMemoryError,
    StructureError,
)
from .model import Model, Results, Workspace
from .options import RelaxOptions, ResponseOptions, SearchOptions, StageOptions, TrainerOptions
from .relaxation import RelaxResult, RelaxStep
from .search import Candidate, SearchResult, SearchSummary, formula
from .structure import Structure, StructureLike
from .training import Dataset, Epoch, Frame, Trainer, draw_responses, loss_and_gradient

if TYPE_CHECKING:
    from . import ase, verification

__version__: str = library.rm_version().decode()

__all__ = [
    "ArgumentError",
    "CallbackError",
    "CancelledError",
    "Candidate",
    "Dataset",
    "ElementError",
    "Epoch",
    "Error",
    "FileError",
    "FormatError",
    "Frame",
    "Model",
    "NumbersError",
    "OutOfMemoryError",
    "RelaxOptions",
    "RelaxResult",
    "RelaxStep",
    "ResponseOptions",
    "Results",
    "SearchOptions",
    "SearchResult",
    "SearchSummary",
    "StageOptions",
    "Structure",
    "StructureError",
    "StructureLike",
    "Trainer",
    "TrainerOptions",
    "Workspace",
    "ase",
    "draw_responses",
    "formula",
    "loss_and_gradient",
    "verification",
]


def __getattr__(name: str) -> Any:
    if name in ("ase", "verification"):  # imported when first used, for ASE takes longer to import than all else
        import importlib

        return importlib.import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
