"""Models, what they say of structures, and workspaces, which hold the memory that saying it takes."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterable, Mapping, Sequence
from ctypes import byref, c_char_p, c_int64, c_size_t, create_string_buffer, sizeof
from struct import Struct
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import ArrayLike

from . import _lib, relaxation
from . import search as searching
from ._lib import address, library, rm_model, rm_results, rm_structure, rm_workspace
from .errors import ArgumentError, check, failure
from .options import Precision, Preset, RelaxOptions, SearchOptions, encode, seed_of, value_of
from .structure import Periodicity, Reals, Structure, StructureLike, arrays, parts, views

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .relaxation import Extra, Observer, RelaxResult
    from .search import OnCandidate, SearchResult


class Results:
    """What a model says of one structure. E is the pseudo-energy, in angstrom^2: not an energy in eV.

    The arrays are views of one block of memory that belongs to this object alone.
    """

    __slots__ = ("_block", "_count", "_descriptors", "_virials", "_volume_known")

    def __init__(self, block: Reals, count: int, volume_known: bool, virials: bool, descriptors: int):
        self._block = block
        self._count = count
        self._volume_known = volume_known
        self._virials = virials
        self._descriptors = descriptors

    @property
    def energy(self) -> float:
        """Pseudo-energy E of the structure, angstrom^2."""
        return float(self._block[0])

    @property
    def energies(self) -> Reals:
        """[n] shares of the atoms in E; they sum to it."""
        return self._block[19 : 19 + self._count]

    @property
    def forces(self) -> Reals:
        """[n, 3] -dE/dr, angstrom."""
        return self._block[19 + self._count : 19 + 4 * self._count].reshape(self._count, 3)

    @property
    def strain_gradient(self) -> Reals:
        """[3, 3] dE/d(strain), angstrom^2."""
        return self._block[1:10].reshape(3, 3)

    @property
    def virial(self) -> Reals:
        """[3, 3] -dE/d(strain), angstrom^2."""
        return -self.strain_gradient

    @property
    def stress(self) -> Reals | None:
        """[3, 3] dE/d(strain) / volume, positive under tension; None without three periodic directions."""
        return self._block[10:19].reshape(3, 3) if self._volume_known else None

    @property
    def virials(self) -> Reals | None:
        """[n, 3, 3] shares of the atoms in the virial, half of each pair's to both; None unless asked for."""
        start = 19 + 4 * self._count
        return self._block[start : start + 9 * self._count].reshape(self._count, 3, 3) if self._virials else None

    @property
    def descriptors(self) -> Reals | None:
        """[n, descriptors] invariant features of the atoms; None unless asked for."""
        start = 19 + self._count * (13 if self._virials else 4)
        return self._block[start:].reshape(self._count, self._descriptors) if self._descriptors else None

    def __repr__(self) -> str:
        return f"<librm.Results of {self._count} atoms, E = {self.energy:.6g} A^2>"


# rm_structure and rm_results one behind the other, as C lays them out: packed in one go, since to assign their fields
# one by one takes ctypes longer than all else that Python does for a small structure.
_ARGUMENTS = Struct("@i0P3P3i0P8P")


def _length(count: int, virials: bool, descriptors: int) -> int:
    """Doubles in the block of Results for `count` atoms."""
    return 19 + count * ((13 if virials else 4) + descriptors)


def _places(base: int, count: int, volume_known: bool, virials: bool, descriptors: int) -> tuple[int, ...]:
    """The fields of rm_results: where in a block of Results, which begins at address `base`, to put what."""
    rest = base + 152 + 32 * count
    return (
        base,
        base + 152,
        base + 152 + 8 * count,
        base + 8,
        base + 80 if volume_known else 0,
        0,
        rest if virials else 0,
        (rest + 72 * count if virials else rest) if descriptors else 0,
    )


class Workspace:
    """A model together with the scratch memory of one thread.

    `Model` keeps workspaces of its own, so this is only needed for their options: `threads`, which one evaluation of a
    large structure may use, and `skin` (angstrom), by which neighbour lists reach beyond the cutoff, to be kept while
    no pair outside of them can have come closer than the cutoff, in a strained cell too: for molecular dynamics and
    relaxations of some thousand atoms and more, and `precision`, "double" or "single", which is faster and keeps five to
    six digits. One thread at a time may use a workspace; a second one gets an error.
    """

    def __init__(self, model: Model, threads: int = 1, skin: float = 0.0, precision: Precision = "double"):
        options = _lib.rm_workspace_options()
        library.rm_workspace_options_init(byref(options), sizeof(options))
        options.threads = threads
        options.skin = skin
        options.precision = value_of("precision", precision)
        self._handle = rm_workspace()
        check(library.rm_workspace_create(model._handle, byref(options), byref(self._handle)))
        self._arguments = create_string_buffer(_ARGUMENTS.size)
        self._structure = byref(rm_structure.from_buffer(self._arguments))
        self._results = byref(rm_results.from_buffer(self._arguments, sizeof(rm_structure)))
        self._descriptor_count = model.descriptor_count
        self._lock = threading.Lock()

    def __del__(self) -> None:
        if getattr(self, "_handle", None):
            library.rm_workspace_free(byref(self._handle))

    def evaluate(
        self,
        numbers: ArrayLike | StructureLike,
        positions: ArrayLike | None = None,
        cell: ArrayLike | None = None,
        pbc: Periodicity = False,
        *,
        virials: bool = False,
        descriptors: bool = False,
    ) -> Results:
        """E and its derivatives for one structure; as Model.evaluate."""
        if positions is None and (cell is not None or pbc is not False):
            raise ArgumentError("a structure has a cell and pbc of its own; give its numbers and positions to set others")
        if positions is None and isinstance(numbers, Structure):  # whose arrays fit
            numbers, positions, cell, pbc = numbers.numbers, numbers.positions, numbers.cell, numbers.pbc
        else:
            if positions is None:
                numbers, positions, cell, pbc = parts(numbers)
            numbers, positions, cell, pbc = arrays(cast(ArrayLike, numbers), positions, cell, pbc)
        count = len(numbers)
        volume_known = cell is not None and pbc == (True, True, True)
        width = self._descriptor_count if descriptors else 0
        block = np.empty(_length(count, virials, width))
        if not self._lock.acquire(blocking=False):
            raise ArgumentError("this workspace is in use by another thread or by a callback; each needs its own")
        try:
            _ARGUMENTS.pack_into(
                self._arguments,
                0,
                count,
                address(numbers),
                address(positions),
                0 if cell is None else address(cell),
                *pbc,
                *_places(address(block), count, volume_known, virials, width),
            )
            status = library.rm_evaluate(self._handle, self._structure, self._results)
            if status:
                raise failure(status)
        finally:
            self._lock.release()
        return Results(block, count, volume_known, virials, width)


class Model:
    """A pseudo-potential: immutable, and safe to use from any number of threads.

    Make one with `Model.load`, `Model.create`, or a `Trainer`. It can be pickled.
    """

    def __init__(self, handle: rm_model):
        """For this package only: takes over a handle of the library."""
        self._handle = handle
        self._idle: list[Workspace] = []  # evaluate and relax borrow from here; list.pop and append are atomic
        self._descriptor_count: int = library.rm_model_descriptor_count(handle)

    def __del__(self) -> None:
        if getattr(self, "_handle", None):
            library.rm_model_free(byref(self._handle))

    # Making and keeping

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Model:
        """Reads a model file, or one of librm's own models by its name, such as "mp" (see rm_model_load in rm.h).

        Raises FileError, which says where it was looked for, or FormatError, which names what is wrong with the file.
        """
        handle = rm_model()
        check(library.rm_model_load(encode(path), byref(handle)))
        return cls(handle)

    @classmethod
    def from_bytes(cls, content: bytes) -> Model:
        """Reads a model from the content of a model file."""
        handle = rm_model()
        check(library.rm_model_load_memory(content, len(content), byref(handle)))
        return cls(handle)

    @classmethod
    def create(
        cls, description: Mapping[str, Any] | Preset, elements: Iterable[int | str] | None = None, seed: int = 0
    ) -> Model:
        """Makes a model with random weights; equal seeds give equal weights.

        description: a dictionary as in the model file (see `Model.describe`), or the name of a preset, which then needs
        the `elements`: atomic numbers or symbols.
        """
        if isinstance(description, str):
            if elements is None:
                raise ArgumentError(f'the preset "{description}" needs the elements that the model is to know')
            description = cls.describe(description, elements)
        elif elements is not None:
            description = {**description, "elements": _atomic_numbers(elements)}
        handle = rm_model()
        check(library.rm_model_create(encode(json.dumps(description)), seed_of(seed), byref(handle)))
        return cls(handle)

    @staticmethod
    def describe(preset: Preset, elements: Iterable[int | str]) -> dict[str, Any]:
        """The description of a preset's architecture for some elements, to change and to give to `Model.create`."""
        numbers = np.array(_atomic_numbers(elements), dtype=np.int32)
        length = c_size_t()
        arguments = (value_of("preset", preset), address(numbers), len(numbers))
        text = create_string_buffer(4096)
        status = library.rm_model_describe(*arguments, text, len(text), byref(length))
        if length.value >= len(text):
            text = create_string_buffer(length.value + 1)
            status = library.rm_model_describe(*arguments, text, len(text), byref(length))
        check(status)
        return cast("dict[str, Any]", json.loads(text.value))

    def with_parameters(
        self, parameters: ArrayLike | Mapping[str, ArrayLike] | None = None, **description: Any
    ) -> Model:
        """A model like this one with other parameters and further keys of the description.

        parameters: all, as `Model.parameters`, or some by tensor name, as `Model.tensors`, or None to keep them.
        description: keys to add to the description, e.g. `note="trained on ..."`; those that define the architecture
        are refused.
        """
        values: Reals | None = None
        if isinstance(parameters, Mapping):
            values = self.parameters
            tensors = self._tensors_of(values)
            for name, tensor in parameters.items():
                if name not in tensors:
                    raise ArgumentError(f"the model has no tensor {name!r}; it has {', '.join(tensors)}")
                given = np.asarray(tensor, dtype=np.float64)
                if given.shape != tensors[name].shape:
                    raise ArgumentError(f"tensor {name} has the shape {tensors[name].shape}, not {given.shape}")
                tensors[name][...] = given
        elif parameters is not None:
            values = np.ascontiguousarray(parameters, dtype=np.float64)
            if values.shape != (self.parameter_count,):
                raise ArgumentError(f"parameters have the shape {values.shape}; ({self.parameter_count},) is needed")
        handle = rm_model()
        keys = encode(json.dumps(description)) if description else None
        check(library.rm_model_copy(self._handle, None if values is None else address(values), keys, byref(handle)))
        return Model(handle)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes a model file; it appears whole or not at all."""
        check(library.rm_model_save(self._handle, encode(path)))

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (self._description_text(), self.parameters)

    def __copy__(self) -> Model:
        return self

    def __deepcopy__(self, memo: object) -> Model:
        return self

    # What it is

    def _description_text(self) -> str:
        text: bytes = library.rm_model_description(self._handle)
        return text.decode()

    @property
    def description(self) -> dict[str, Any]:
        """Architecture, elements, and what else the file says, such as what the model was trained on."""
        return cast("dict[str, Any]", json.loads(self._description_text()))

    @property
    def cutoff(self) -> float:
        """Cutoff radius, angstrom."""
        return cast(float, library.rm_model_cutoff(self._handle))

    @property
    def elements(self) -> list[int]:
        """Atomic numbers of the elements that the model knows."""
        count = library.rm_model_element_count(self._handle)
        return [library.rm_model_element(self._handle, index) for index in range(count)]

    @property
    def descriptor_count(self) -> int:
        """Invariant features per atom."""
        return self._descriptor_count

    @property
    def parameter_count(self) -> int:
        """How many parameters there are."""
        return cast(int, library.rm_model_parameter_count(self._handle))

    @property
    def parameters(self) -> Reals:
        """A copy of all parameters, tensor after tensor."""
        values = np.empty(self.parameter_count)
        check(library.rm_model_parameters(self._handle, address(values)))
        return values

    def tensors(self) -> dict[str, Reals]:
        """The parameters by tensor name, as views of one new array."""
        return self._tensors_of(self.parameters)

    def _tensors_of(self, values: Reals) -> dict[str, Reals]:
        """Views of an array of parameters (or of a gradient by them), by tensor name."""
        result = {}
        name, shape, rank, offset = c_char_p(), np.empty(3, np.int64), np.empty(1, np.int32), c_int64()
        for index in range(library.rm_model_tensor_count(self._handle)):
            check(
                library.rm_model_tensor(self._handle, index, byref(name), address(shape), address(rank), byref(offset))
            )
            lengths = shape[: rank[0]].tolist()
            start = offset.value
            tensor = values[start : start + int(np.prod(lengths))].reshape(lengths)
            result[(name.value or b"").decode()] = tensor
        return result

    def __repr__(self) -> str:
        facts = f"{len(self.elements)} elements, cutoff {self.cutoff:g} A, {self.parameter_count} parameters"
        return f"<librm.Model of {facts}>"

    # What it says

    def evaluate(
        self,
        numbers: ArrayLike | StructureLike,
        positions: ArrayLike | None = None,
        cell: ArrayLike | None = None,
        pbc: Periodicity = False,
        *,
        virials: bool = False,
        descriptors: bool = False,
    ) -> Results:
        """E and its derivatives for one structure.

        numbers: [n] atomic numbers; or a whole structure (ASE's Atoms, a dictionary, a librm.Structure) alone.
        positions: [n, 3] angstrom. cell: [3, 3], rows are lattice vectors. pbc: one flag, or one for each of them.
        virials, descriptors: whether these are wanted as well.
        Raises StructureError, ElementError or ArgumentError.
        """
        workspace = self._borrowed()
        try:
            return workspace.evaluate(numbers, positions, cell, pbc, virials=virials, descriptors=descriptors)
        finally:
            self._idle.append(workspace)

    def _borrowed(self) -> Workspace:
        """An idle workspace, or a new one; it goes back to `_idle`."""
        try:
            return self._idle.pop()
        except IndexError:
            pass
        return Workspace(self)

    def evaluate_batch(
        self,
        structures: Iterable[StructureLike],
        *,
        threads: int = 1,
        virials: bool = False,
        descriptors: bool = False,
    ) -> list[Results]:
        """The same for many structures, over threads. The first that fails raises, and the message says which."""
        batch = [Structure.of(thing) for thing in structures]
        width = self._descriptor_count if descriptors else 0
        lengths = [_length(len(structure), virials, width) for structure in batch]
        block = np.empty(sum(lengths))
        start, base = 0, address(block)
        wanted = (rm_results * len(batch))()
        results = []
        for structure, length in zip(batch, lengths, strict=True):
            count, volume_known = len(structure), structure.cell is not None and all(structure.pbc)
            wanted[len(results)] = _places(base + 8 * start, count, volume_known, virials, width)
            results.append(Results(block[start : start + length], count, volume_known, virials, width))
            start += length
        check(library.rm_evaluate_batch(self._handle, len(batch), views(batch), wanted, threads, None))
        return results

    def relax(
        self,
        numbers: ArrayLike | StructureLike,
        positions: ArrayLike | None = None,
        cell: ArrayLike | None = None,
        pbc: Periodicity = False,
        *,
        fixed: ArrayLike | None = None,
        observer: Observer | None = None,
        extra: Extra | None = None,
        **options: Unpack[RelaxOptions],
    ) -> RelaxResult:
        """Moves atoms, and the cell if `cell_mode` says so, to where the forces vanish.

        fixed: [n] flags, or indices, of atoms that stay where they are (in a moving cell: at their fractional
        coordinates). observer: called with a RelaxStep after each evaluation; stops the relaxation if it returns
        something true. extra: a potential to add: takes a Structure, returns (energy, forces [n, 3], strain gradient
        [3, 3] or None). options: see RelaxOptions.
        Not to converge is no error: see RelaxResult.reason.
        """
        if positions is None:
            structure = Structure.of(cast("StructureLike", numbers))
        else:
            structure = Structure(*arrays(cast(ArrayLike, numbers), positions, cell, pbc))
        workspace = self._borrowed()
        try:
            return relaxation.relax(workspace._handle, structure, fixed, observer, extra, options)
        finally:
            self._idle.append(workspace)

    def relax_batch(
        self,
        structures: Iterable[StructureLike],
        *,
        threads: int = 1,
        fixed: Sequence[ArrayLike | None] | None = None,
        **options: Unpack[RelaxOptions],
    ) -> list[RelaxResult]:
        """The same for many structures, over threads, without observers and extra potentials."""
        batch = [Structure.of(thing) for thing in structures]
        return relaxation.relax_batch(self._handle, batch, fixed, threads, options)

    def search(
        self,
        contents: str | ArrayLike,
        preset: Preset = "crystals",
        *,
        units: int = 1,
        on_candidate: OnCandidate | None = None,
        **options: Unpack[SearchOptions],
    ) -> SearchResult:
        """Draws and relaxes random structures of some contents.

        contents: a formula such as "C5H9NO" or "Li2(SO4)3", taken `units` times, or atomic numbers.
        on_candidate: called with every Candidate, dropped ones too, as it finishes (in an order that depends on the
        threads); the search stops early if it returns something true.
        options: see SearchOptions; `count` and `seed` are what you want to say.
        Returns those that were kept, in the order of their indices, with a summary.
        """
        return searching.search(self._handle, contents, units, preset, on_candidate, options)


def _rebuilt(description: str, parameters: Reals) -> Model:
    """A pickled model."""
    return Model.create(json.loads(description)).with_parameters(parameters)


def _atomic_numbers(elements: Iterable[int | str]) -> list[int]:
    """Atomic numbers of symbols or numbers."""
    if isinstance(elements, str):
        raise ArgumentError(f"elements are a list such as ['C', 'H'] or [6, 1], not the text {elements!r}")
    return [int(searching.formula(element)[0]) if isinstance(element, str) else int(element) for element in elements]
