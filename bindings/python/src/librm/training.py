"""Learning a model: datasets, responses to noise, trainers, and the loss with its gradient for own optimisers."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from ctypes import byref, c_double, c_int64, memmove
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from . import _lib
from ._lib import address, library, rm_dataset, rm_epoch, rm_frame, rm_model, rm_trainer
from .errors import ArgumentError, Guard, check
from .model import Model
from .options import Preset, ResponseOptions, TrainerOptions, encode, response_options, seed_of, trainer_options
from .structure import Reals, Structure, StructureLike, as_reals, copied, view

if TYPE_CHECKING:
    from typing_extensions import Unpack


@dataclass(frozen=True, eq=False)
class Frame:
    """A structure with what a potential should answer.

    forces: [n, 3] target forces, angstrom. stress: [3, 3] target stress, a pure number; None if it is not a target.
    weight: factor on the squared errors. amplitude: half-width of the noise, angstrom, where librm drew it.
    """

    structure: Structure
    forces: Reals
    stress: Reals | None = None
    weight: float = 1.0
    amplitude: float = 0.0


@dataclass(frozen=True)
class Epoch:
    """What an epoch of training came to.

    epoch: from 1. steps: of the optimiser so far. ..._loss: pure numbers. ..._force_error: root mean square, angstrom.
    ..._stress_error: root mean square. validation_...: of the averaged weights once there are some; the training's
    where no frame is held out. best: whether the validation loss is the lowest so far.
    """

    epoch: int
    steps: int
    learning_rate: float
    training_loss: float
    training_force_error: float
    training_stress_error: float
    validation_loss: float
    validation_force_error: float
    validation_stress_error: float
    best: bool


Progress: TypeAlias = Callable[[int, int], object]
Sum: TypeAlias = Callable[[Reals], ArrayLike]


def _frame(structure: Structure, forces: ArrayLike, stress: ArrayLike | None, weight: float) -> tuple[rm_frame, Any]:
    """A frame as the library sees it, and the arrays that have to outlive it."""
    forces = as_reals(forces, (len(structure), 3), "target forces")
    stress = None if stress is None else as_reals(stress, (3, 3), "target stress")
    seen = rm_frame(view(structure))
    seen.forces = address(forces)
    seen.stress = None if stress is None else address(stress)
    seen.weight = weight
    return seen, (structure, forces, stress)


def loss_and_gradient(
    model: Model,
    frames: Sequence[StructureLike],
    forces: Sequence[ArrayLike] | ArrayLike,
    stresses: Sequence[ArrayLike | None] | ArrayLike | None,
    force_weight: float,
    stress_weight: float,
    *,
    weights: Sequence[float] | None = None,
    threads: int = 1,
) -> tuple[float, dict[str, Reals]]:
    """The loss of a batch, and its exact gradient by the parameters: for an optimiser of your own.

    loss = force_weight * mean(w (F - F*)^2) + stress_weight * mean(w (s - s*)^2), means over all components of the
    batch that have a target.

    frames: structures. forces: target forces, angstrom, as one [n, 3] for each frame or as one [total n, 3].
    stresses: target stresses, [frames, 3, 3], or None for those (or all) that have none.
    weights: w, one for each frame.
    Returns the loss and a dictionary like Model.tensors of its derivatives, which are views of one array.
    """
    structures = [Structure.of(frame) for frame in frames]
    per_frame = _per_frame(forces, [len(structure) for structure in structures])
    targets: list[Any] = [None] * len(structures) if stresses is None else list(stresses)  # type: ignore[arg-type]
    factors = [1.0] * len(structures) if weights is None else [float(weight) for weight in weights]
    for name, given in (("stresses", targets), ("weights", factors)):
        if len(given) != len(structures):
            raise ArgumentError(f"there are {len(given)} {name} for {len(structures)} frames")
    seen = [_frame(*each) for each in zip(structures, per_frame, targets, factors, strict=True)]
    loss = c_double()
    gradient = np.empty(model.parameter_count)
    check(
        library.rm_loss_and_gradient(
            model._handle,
            len(seen),
            (rm_frame * len(seen))(*(frame for frame, _ in seen)),
            force_weight,
            stress_weight,
            threads,
            byref(loss),
            address(gradient),
            None,
            None,
        )
    )
    return loss.value, model._tensors_of(gradient)


def _per_frame(forces: Any, counts: list[int]) -> list[Any]:
    """Target forces frame by frame, from such a list or from one array of all atoms."""
    given = list(forces)
    if given and np.ndim(given[0]) == 1:
        together = as_reals(forces, (sum(counts), 3), "target forces")
        return np.split(together, np.cumsum(counts)[:-1])
    if len(given) != len(counts):
        raise ArgumentError(f"there are target forces for {len(given)} frames, but {len(counts)} frames")
    return given


def draw_responses(
    structure: StructureLike, preset: Preset = "crystals", seed: int = 0, **options: Unpack[ResponseOptions]
) -> list[Frame]:
    """The noisy frames of one relaxed structure with the responses to the noise, as a trainer draws them."""
    start = Structure.of(structure)
    settings = response_options(preset, options)
    frames: list[Frame] = []

    def receive(user: object, index: int, pointer: Any, amplitude: float) -> None:
        frame = pointer.contents
        seen = frame.structure
        count = seen.atom_count
        frames.append(
            Frame(
                Structure(
                    copied(seen.numbers, (count,), np.int32),
                    copied(seen.positions, (count, 3)),
                    copied(seen.cell, (3, 3)) if seen.cell else None,
                    start.pbc,
                ),
                copied(frame.forces, (count, 3)),
                copied(frame.stress, (3, 3)) if frame.stress else None,
                frame.weight,
                amplitude,
            )
        )

    with Guard() as guard:
        callback = guard.wrap(_lib.response_callback, receive)
        status = library.rm_response_draw(byref(view(start)), byref(settings), seed_of(seed), callback, None)
    check(status)
    return frames


class Dataset:
    """Structures to learn from: relaxed ones, whose responses librm draws, frames with targets of your own, and pairs of
    structures of which the first is to have the lower pseudo-energy."""

    def __init__(
        self,
        structures: Iterable[StructureLike] = (),
        frames: Iterable[Frame] = (),
        pairs: Iterable[tuple[StructureLike, StructureLike]] = (),
    ):
        self._handle = rm_dataset()
        self._lock = threading.Lock()
        check(library.rm_dataset_create(byref(self._handle)))
        for structure in structures:
            self.add(structure)
        for frame in frames:
            self.add_frame(frame.structure, frame.forces, frame.stress, frame.weight)
        for lower, higher in pairs:
            self.add_pair(lower, higher)

    def __del__(self) -> None:
        if getattr(self, "_handle", None):
            library.rm_dataset_free(byref(self._handle))

    def add(self, structure: StructureLike) -> None:
        """Adds a relaxed structure; its responses are drawn when a trainer is made, or every epoch."""
        own = Structure.of(structure)
        with self._lock:
            check(library.rm_dataset_add_structure(self._handle, byref(view(own))))

    def add_frame(
        self, structure: StructureLike, forces: ArrayLike, stress: ArrayLike | None = None, weight: float = 1.0
    ) -> None:
        """Adds a structure with target forces [n, 3] and, if it is a target, stress [3, 3]; see Frame."""
        seen, kept = _frame(Structure.of(structure), forces, stress, weight)
        with self._lock:
            check(library.rm_dataset_add_frame(self._handle, byref(seen)))
        del kept

    def add_pair(self, lower: StructureLike, higher: StructureLike) -> None:
        """Adds two structures of the same contents of which `lower` is to have the lower pseudo-energy: a true
        structure and, say, a minimum that a search found in its place."""
        first, second = Structure.of(lower), Structure.of(higher)
        with self._lock:
            check(library.rm_dataset_add_pair(self._handle, byref(view(first)), byref(view(second))))

    @property
    def structure_count(self) -> int:
        """Relaxed structures in it."""
        return int(library.rm_dataset_structure_count(self._handle))

    @property
    def frame_count(self) -> int:
        """Frames with targets in it."""
        return int(library.rm_dataset_frame_count(self._handle))

    @property
    def pair_count(self) -> int:
        """Pairs in it."""
        return int(library.rm_dataset_pair_count(self._handle))

    def __len__(self) -> int:
        return self.structure_count + self.frame_count


class Trainer:
    """A training in progress.

        for epoch in Trainer(model, dataset, "molecules", epochs=50, seed=1):
            print(epoch.epoch, epoch.validation_loss)

    model: its weights are the start. preset: whence the options, and the responses to noise, have their defaults.
    response: options of the responses, see ResponseOptions.
    progress: called with (done, total) batches within an epoch; something true cancels the epoch (CancelledError), and
    the trainer is then as before it.
    sum: where `ranks` processes train one model, takes an array and returns its sum over all of them.
    options: see TrainerOptions.
    """

    def __init__(
        self,
        model: Model,
        dataset: Dataset,
        preset: Preset = "crystals",
        *,
        response: ResponseOptions | None = None,
        progress: Progress | None = None,
        sum: Sum | None = None,
        **options: Unpack[TrainerOptions],
    ):
        self._prepare(preset, response, progress, sum, options)
        with self._guard:
            status = library.rm_trainer_create(
                model._handle, dataset._handle, byref(self._response), byref(self._options), byref(self._handle)
            )
        check(status)

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str],
        dataset: Dataset,
        preset: Preset = "crystals",
        *,
        response: ResponseOptions | None = None,
        progress: Progress | None = None,
        sum: Sum | None = None,
        **options: Unpack[TrainerOptions],
    ) -> Trainer:
        """Goes on from a checkpoint, to the same weights as if never stopped.

        Everything but the path has to be as it was for the trainer that wrote it; threads, epochs and
        callbacks may differ.
        """
        trainer = cls.__new__(cls)
        trainer._prepare(preset, response, progress, sum, options)
        with trainer._guard:
            status = library.rm_trainer_load(
                encode(path),
                dataset._handle,
                byref(trainer._response),
                byref(trainer._options),
                byref(trainer._handle),
            )
        check(status)
        trainer._epochs_done = trainer.model(best=False).description["training"]["epochs"]
        return trainer

    def _prepare(
        self,
        preset: Preset,
        response: Mapping[str, Any] | None,
        progress: Progress | None,
        sum: Sum | None,
        options: Mapping[str, Any],
    ) -> None:
        self._handle = rm_trainer()
        self._epochs_done = 0
        self._lock = threading.Lock()
        self._guard = Guard()
        self._response = response_options(preset, response or {})
        self._options = trainer_options(preset, options)

        def report(user: object, done: int, total: int) -> object:
            return progress is not None and progress(done, total)

        self._options.progress = self._guard.wrap(_lib.rm_progress_callback, report)  # lets Ctrl-C stop an epoch
        if sum is not None:

            def add(user: object, values: Any, count: int) -> None:
                total = as_reals(sum(copied(values, (count,))), (count,), "sums over ranks")
                memmove(values.value, address(total), total.nbytes)

            self._options.sum = self._guard.wrap(_lib.rm_sum_callback, add)

    def __del__(self) -> None:
        if getattr(self, "_handle", None):
            library.rm_trainer_free(byref(self._handle))

    def epoch(self) -> Epoch:
        """Trains for one epoch.

        Raises NumbersError if the training diverged. If a callback raises or Ctrl-C comes, that is raised once the
        library has returned, and the trainer is as before the epoch.
        """
        result = rm_epoch()
        with self._own():
            with self._guard:
                status = library.rm_trainer_epoch(self._handle, byref(result))
            check(status)
            self._epochs_done = result.epoch
        values = {name: getattr(result, name) for name, *_ in rm_epoch._fields_}
        return Epoch(**{**values, "best": bool(result.best)})

    def __iter__(self) -> Iterator[Epoch]:
        """Trains until `epochs` have been done in all, those before a checkpoint included."""
        while self.epochs_done < self.epochs:
            yield self.epoch()

    @property
    def epochs_done(self) -> int:
        """Epochs done so far, those before a checkpoint included."""
        return self._epochs_done

    @property
    def epochs(self) -> int:
        """The option: epochs to be done in all."""
        return int(self._options.epochs)

    @property
    def pairs(self) -> tuple[float, float]:
        """Of the pairs in the epoch done last: their mean loss without its weight, and the share in the right order.

        Of those held out, or of the training's where none is; 0 if there are none.
        """
        loss, order = c_double(), c_double()
        with self._own():
            check(library.rm_trainer_pairs(self._handle, byref(loss), byref(order)))
        return loss.value, order.value

    def model(self, best: bool = True) -> Model:
        """The model with the least validation loss so far, or that with the present weights."""
        handle = rm_model()
        with self._own():
            check(library.rm_trainer_model(self._handle, int(best), byref(handle)))
        return Model(handle)

    @property
    def counts(self) -> tuple[int, int]:
        """(training, validation) frames of the fixed set."""
        training, validation = c_int64(), c_int64()
        with self._own():
            check(library.rm_trainer_counts(self._handle, byref(training), byref(validation)))
        return training.value, validation.value

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes a checkpoint; the file appears whole or not at all."""
        with self._own():
            check(library.rm_trainer_save(self._handle, encode(path)))

    def _own(self) -> _Owned:
        return _Owned(self._lock)


class _Owned:
    """Holds a lock, and refuses rather than waits: to wait for oneself, from a callback, would take for ever."""

    def __init__(self, lock: threading.Lock):
        self._lock = lock

    def __enter__(self) -> None:
        if not self._lock.acquire(blocking=False):
            raise ArgumentError("this trainer is in use by another thread, or by the call that made this callback")

    def __exit__(self, *problem: object) -> None:
        self._lock.release()
