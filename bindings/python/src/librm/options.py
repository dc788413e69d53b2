"""The options of relaxations, searches, responses and trainers: what they are called, what they mean, and how they get
into the structures of include/rm.h.

Every function that takes options takes them as keywords; one that is left out, or None, has the library's default
(include/rm.h names it) or that of the preset. The texts below are the help of the command line too.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping, Sequence
from ctypes import POINTER, Array, Structure, byref, c_char_p, sizeof
from enum import IntEnum
from typing import Annotated, Any, Literal, TypedDict, get_type_hints

import numpy as np
from numpy.typing import ArrayLike

from . import _lib
from ._lib import library
from .errors import ArgumentError

Preset = Literal["molecules", "crystals", "diamond", "molecules-published", "crystals-published", "diamond-published"]
Optimizer = Literal["fire", "lbfgs"]
CellMode = Literal["fixed", "constant-volume", "free"]
Container = Literal["box", "cell", "skewed-cell"]
Schedule = Literal["plateau", "cosine", "constant"]
Precision = Literal["double", "single"]


class RelaxOptions(TypedDict, total=False):
    """How to relax."""

    optimizer: Annotated[Optimizer, "FIRE (Bitzek et al. 2006) or L-BFGS (Liu and Nocedal 1989), both as in ASE"]
    cell_mode: Annotated[CellMode, "what the cell may do"]
    pressure: Annotated[float, "external pressure in units of stress, with a free cell"]
    fmax: Annotated[float, "converged when the largest force (norm per atom) is below, angstrom"]
    max_steps: Annotated[int, "steps at most"]
    max_step: Annotated[float, "longest step of one atom, angstrom"]
    cell_per_atom: Annotated[bool, "divide the cell's gradient by the number of atoms, for fmax and for the step"]
    time_step: Annotated[float, "FIRE: first time step"]
    max_time_step: Annotated[float, "FIRE: longest time step"]
    acceleration_start: Annotated[float, "FIRE: alpha at the start"]
    acceleration_factor: Annotated[float, "FIRE: factor on alpha"]
    step_increase: Annotated[float, "FIRE: factor by which the time step grows"]
    step_decrease: Annotated[float, "FIRE: factor by which the time step shrinks"]
    downhill_steps: Annotated[int, "FIRE: steps downhill before the time step grows"]
    memory: Annotated[int, "L-BFGS: pairs kept"]
    curvature: Annotated[float, "L-BFGS: first guess of the curvature"]
    precision: Annotated[Precision, "arithmetic of evaluations; single is faster and keeps five to six digits"]


class StageOptions(RelaxOptions, total=False):
    """One stage of a search: an optional kick, then a relaxation."""

    kick: Annotated[float, "before it, every component of every position is moved uniformly by up to this, angstrom"]
    drop_unconverged: Annotated[bool, "drop a candidate that does not converge in this stage"]


class SearchOptions(TypedDict, total=False):
    """How to draw random structures and what to do with them."""

    container: Annotated[Container, "where atoms are drawn: a box (not periodic), a cell, or a skewed cell"]
    box: Annotated[tuple[float, float, float], "edges of the box, angstrom"]
    volume_per_atom: Annotated[tuple[float, float], "cells: drawn uniformly between the two, cubic angstrom"]
    element_volumes: Annotated[
        Mapping[int, float] | ArrayLike, "cells: cubic angstrom per atom by atomic number, in place of the model's own"
    ]
    volume_scale: Annotated[tuple[float, float], "cells: factor on a volume from element volumes, between the two"]
    cell_variation: Annotated[float, "by how much of its edge a cell differs from a cube"]
    min_separation: Annotated[float, "no pair is drawn closer, angstrom; 0: no limit"]
    covalent_separation: Annotated[
        float,
        "the same as a share of the sum of the covalent radii; the larger counts; "
        "with symmetry, crowded cells go down to 0.8 of it",
    ]
    max_draws: Annotated[int, "tries to place the atoms of one candidate before it is dropped"]
    stages: Annotated[Sequence[StageOptions], "relaxations, one after another, in place of the preset's own"]
    hops: Annotated[int, "rounds after the stages: change, relax as in the last stage, keep if E falls"]
    hop_kick: Annotated[float, "hops: every component moves by up to this, angstrom"]
    hop_hydrogen: Annotated[float, "share of hops that move one hydrogen to another atom"]
    hop_swap: Annotated[float, "share of hops that swap two elements"]
    symmetry: Annotated[float, "cells: share of candidates drawn with the symmetry of a space group"]
    collapsed_separation: Annotated[
        float, "share of the sum of covalent radii: what relaxes to atoms closer than this fails; 0: not looked for"
    ]
    duplicate_tolerance: Annotated[
        float, "relative difference below which two candidates are duplicates; 0: not looked for"
    ]
    seed: Annotated[int, "candidate k depends on the seed and k alone"]
    first: Annotated[int, "index of the first candidate"]
    count: Annotated[int, "how many candidates to try"]
    threads: Annotated[int, "candidates relaxed at the same time; results do not depend on it"]
    precision: Annotated[Precision, "arithmetic of evaluations; single is faster and keeps five to six digits"]


class ResponseOptions(TypedDict, total=False):
    """How noise is drawn and what the response to it is."""

    displacement: Annotated[float, "D, angstrom: noise level s moves each component uniformly in +- s D / 2"]
    levels: Annotated[Sequence[float], "noise levels s"]
    strain_count: Annotated[int, "crystals: points of the even grid of dilations; 1: drawn uniformly instead"]
    dilation: Annotated[float, "crystals: dilation within +- this"]
    shear: Annotated[float, "crystals: entries of the change of cell within +- this times V^(1/3)"]
    young_modulus: Annotated[float, "Young's modulus of the target stress"]
    poisson_ratio: Annotated[float, "Poisson's ratio of the target stress"]
    force_noise: Annotated[float, "target forces get noise uniform in +- this * sqrt(s), angstrom"]
    repulsion_radius: Annotated[float, "radius of the repulsion among the targets, angstrom; 0: none"]
    remove_drift: Annotated[bool, "take the net displacement out of the targets"]
    remove_rotation: Annotated[bool, "take the net rotation out of the targets (molecules)"]
    amplitude: Annotated[
        tuple[float, float], "in place of levels: half-widths of the noise, evenly in their logarithm between the two"
    ]
    clean_share: Annotated[float, "with an amplitude: share of frames without any noise"]
    weight_floor: Annotated[float, "sigma0, angstrom; 0: every frame has weight 1"]
    weight_power: Annotated[float, "a frame's weight is (a/sqrt(3) + sigma0)^-power, a the half-width of its noise"]
    frames_per_structure: Annotated[int, "with an amplitude: frames drawn of each structure"]


class TrainerOptions(TypedDict, total=False):
    """How to train."""

    force_weight: Annotated[float, "weight of the mean squared error of forces"]
    stress_weight: Annotated[float, "weight of the mean squared error of stresses; 0: stress is not a target"]
    batch_size: Annotated[int, "frames per step of the optimiser"]
    epochs: Annotated[int, "epochs in all"]
    schedule: Annotated[Schedule, "how the learning rate falls: when the loss does not, as a cosine, or never"]
    learning_rate: Annotated[float, "learning rate"]
    warmup_epochs: Annotated[int, "epochs over which the rate grows linearly"]
    plateau_factor: Annotated[float, "plateau: factor on the rate"]
    plateau_patience: Annotated[int, "plateau: epochs without improvement before the rate falls"]
    beta1: Annotated[float, "Adam (Kingma and Ba 2015): decay of the mean gradient"]
    beta2: Annotated[float, "Adam: decay of the mean squared gradient"]
    epsilon: Annotated[float, "Adam: epsilon"]
    amsgrad: Annotated[bool, "AMSGrad (Reddi et al. 2018)"]
    clip_norm: Annotated[float, "norm at which a batch's gradient is clipped; 0: never"]
    average_decay: Annotated[float, "decay of the exponential average of the weights, per step"]
    average_start: Annotated[int, "epoch from which the weights are averaged"]
    validation_share: Annotated[float, "share of the noisy frames that is held out"]
    fresh_noise: Annotated[bool, "new noise for every epoch, or one fixed set as published"]
    seed: Annotated[int, "seed of noise, batches and the validation set"]
    threads: Annotated[int, "threads; results do not depend on it beyond rounding"]
    rank: Annotated[int, "this process among `ranks`, which share the structures"]
    ranks: Annotated[int, "processes that train one model together"]
    pair_weight: Annotated[float, "weight of the pairs' loss, mean log(1 + exp((D + margin)/width))"]
    pair_margin: Annotated[float, "pairs: by how much one should lie lower, angstrom^2 per atom"]
    pair_width: Annotated[float, "pairs: over which difference the loss bends, angstrom^2 per atom"]
    precision: Annotated[Precision, "arithmetic of losses and gradients; single is faster and keeps five to six digits"]


# Options that the header calls otherwise, since `cell` is the cell everywhere in Python.
_C_NAMES = {"cell_mode": "cell"}

_POINTERS = ("levels", "element_volumes", "stages")

_ENUMERATIONS: dict[str, tuple[type[IntEnum], str]] = {
    "optimizer": (_lib.rm_optimizer, "RM_OPTIMIZER_"),
    "cell_mode": (_lib.rm_cell_mode, "RM_CELL_"),
    "container": (_lib.rm_container, "RM_CONTAINER_"),
    "schedule": (_lib.rm_schedule, "RM_SCHEDULE_"),
    "precision": (_lib.rm_precision, "RM_PRECISION_"),
    "preset": (_lib.rm_preset, "RM_PRESET_"),
    "state": (_lib.rm_candidate_state, "RM_CANDIDATE_"),
    "reason": (_lib.rm_stop_reason, "RM_STOP_"),
}


def names(kind: str) -> list[str]:
    """The names that Python has for an enumeration: RM_CELL_CONSTANT_VOLUME is "constant-volume"."""
    enumeration, prefix = _ENUMERATIONS[kind]
    return [member.name.removeprefix(prefix).lower().replace("_", "-") for member in enumeration]


def name_of(kind: str, value: int) -> str:
    """The name of one value of an enumeration."""
    return names(kind)[value]


def value_of(kind: str, name: object) -> int:
    """The value of a name, an underscore being as good as a hyphen."""
    known = names(kind)
    wanted = str(name).lower().replace("_", "-")
    if wanted not in known:
        raise ArgumentError(f"{kind} is {name!r}; it may be {', '.join(known)}")
    return known.index(wanted)


def relax_options(options: Mapping[str, Any]) -> _lib.rm_relax_options:
    """rm_relax_options with defaults, then the given ones."""
    result = _lib.rm_relax_options()
    library.rm_relax_options_init(byref(result), sizeof(result))
    _fill(result, RelaxOptions, options)
    return result


def search_options(preset: Preset, options: Mapping[str, Any]) -> _lib.rm_search_options:
    """rm_search_options of a preset, then the given ones."""
    result = _lib.rm_search_options()
    library.rm_search_options_init(byref(result), sizeof(result), value_of("preset", preset))
    _fill(result, SearchOptions, options)
    return result


def response_options(preset: Preset, options: Mapping[str, Any]) -> _lib.rm_response_options:
    """rm_response_options of a preset, then the given ones."""
    result = _lib.rm_response_options()
    library.rm_response_options_init(byref(result), sizeof(result), value_of("preset", preset))
    _fill(result, ResponseOptions, options)
    return result


def trainer_options(preset: Preset, options: Mapping[str, Any]) -> _lib.rm_trainer_options:
    """rm_trainer_options of a preset, then the given ones."""
    result = _lib.rm_trainer_options()
    library.rm_trainer_options_init(byref(result), sizeof(result), value_of("preset", preset))
    _fill(result, TrainerOptions, options)
    return result


def as_dict(structure: Structure, kind: type) -> dict[str, Any]:
    """The options as Python has them, read back from a filled structure: what a preset means. Arrays are left out."""
    result: dict[str, Any] = {}
    for name, hint in get_type_hints(kind).items():
        if name in _POINTERS:
            continue
        value = getattr(structure, _C_NAMES.get(name, name))
        if name in _ENUMERATIONS:
            value = name_of(name, value)
        elif hint is bool:
            value = bool(value)
        result[name] = tuple(value) if isinstance(value, Array) else value
    return result


class _UnknownOption(TypeError):
    """As Python says it of a keyword that a function does not have."""


def _check_names(options: Mapping[str, Any], kind: type) -> None:
    known = get_type_hints(kind)
    for name in options:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            raise _UnknownOption(f"there is no option {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))


def _fill(structure: Structure, kind: type, options: Mapping[str, Any]) -> None:
    """Sets the fields of a structure that has its defaults. What the fields point to lives as long as the structure."""
    _check_names(options, kind)
    for name, value in options.items():
        if value is None:
            continue
        try:
            _set(structure, name, value)
        except (ArgumentError, _UnknownOption):
            raise
        except (TypeError, ValueError, OverflowError) as problem:
            raise ArgumentError(f"option {name}: {problem}") from None


def _set(structure: Structure, name: str, value: Any) -> None:
    if name in _ENUMERATIONS:
        value = value_of(name, value)
    elif name == "levels":
        levels = np.array(value, dtype=np.float64).reshape(-1)
        _keep(structure, levels)
        value = levels.ctypes.data
        structure.level_count = len(levels)
    elif name == "element_volumes":
        volumes = _element_volumes(value)
        _keep(structure, volumes)
        value = volumes.ctypes.data
    elif name == "stages":
        stages = _stages(value)
        value = stages
        structure.stage_count = len(stages)
    field = _C_NAMES.get(name, name)
    present = getattr(structure, field)
    if isinstance(present, Array):
        if len(value) != len(present):
            raise ValueError(f"{len(present)} numbers are needed, not {len(value)}")
        value = type(present)(*value)
    elif isinstance(present, int) and name not in _POINTERS:
        number = int(value)
        setattr(structure, field, number)
        if number != value or getattr(structure, field) != number:  # ctypes wraps what does not fit
            raise ValueError(f"{value!r} is not an integer that fits")
        return
    setattr(structure, field, value)


def _keep(structure: Structure, thing: object) -> None:
    """Ties the life of what a field points to to the structure."""
    if not hasattr(structure, "kept"):
        structure.kept = []
    structure.kept.append(thing)


def _stages(stages: Sequence[Mapping[str, Any]]) -> Array[_lib.rm_search_stage]:
    result = (_lib.rm_search_stage * len(stages))()
    for stage, options in zip(result, stages, strict=True):
        _check_names(options, StageOptions)
        own = {name: value for name, value in options.items() if name in ("kick", "drop_unconverged")}
        _fill(stage, StageOptions, own)
        stage.relax = POINTER(_lib.rm_relax_options)(
            relax_options({name: value for name, value in options.items() if name not in own})
        )
    return result


def _element_volumes(volumes: Mapping[int, float] | ArrayLike) -> np.ndarray[Any, np.dtype[np.float64]]:
    """[119] by atomic number, from such an array or from a dictionary by atomic number."""
    if isinstance(volumes, Mapping):
        result = np.zeros(119)
        for number, volume in volumes.items():
            if not 1 <= int(number) <= 118:
                raise ValueError(f"there is no element {number}")
            result[int(number)] = volume
        return result
    result = np.array(volumes, dtype=np.float64)
    if result.shape != (119,):
        raise ValueError(f"119 numbers are needed, by atomic number, not an array of shape {result.shape}")
    return result


def encode(text: str | os.PathLike[str]) -> c_char_p:
    """A text or a path for the library, which takes UTF-8 up to a zero."""
    data = os.fsencode(text) if isinstance(text, os.PathLike) else text.encode(errors="surrogateescape")
    if b"\0" in data:
        raise ArgumentError(f"{os.fspath(text)!r} contains a zero character")
    return c_char_p(data)


def seed_of(seed: int) -> int:
    """A seed that is an argument of its own; ctypes would wrap what does not fit."""
    if not 0 <= seed < 2**64:
        raise ArgumentError(f"seed is {seed}; it is an integer from 0 to 2^64 - 1")
    return int(seed)
