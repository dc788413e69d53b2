"""The C interface of librm, include/rm.h, in ctypes: structures, enumerations, prototypes, and loading the library.

Nothing here is clever: every name is the header's, and Tests/Python/test_header.py holds each of them against it.
What a number, an array or a handle means is said in the header alone.
"""

from __future__ import annotations

import ctypes
import os
from ctypes import (
    CFUNCTYPE,
    POINTER,
    Structure,
    c_char_p,
    c_double,
    c_int,
    c_int32,
    c_int64,
    c_size_t,
    c_uint64,
    c_void_p,
)
from enum import IntEnum
from pathlib import Path
from typing import Any


class Doubles(c_void_p):
    """double *: the address of an array of doubles. A plain integer can be assigned, which costs the least."""


class Int32s(c_void_p):
    """int32_t *"""


class Int64s(c_void_p):
    """int64_t *"""


class Int32Lists(c_void_p):
    """int32_t **"""


class rm_model(c_void_p):
    pass


class rm_workspace(c_void_p):
    pass


class rm_dataset(c_void_p):
    pass


class rm_trainer(c_void_p):
    pass


# Enumerations; in structures and prototypes they are plain c_int.


class rm_status(IntEnum):
    RM_OK = 0
    RM_ERROR_ARGUMENT = 1
    RM_ERROR_STRUCTURE = 2
    RM_ERROR_ELEMENT = 3
    RM_ERROR_FILE = 4
    RM_ERROR_FORMAT = 5
    RM_ERROR_CANCELLED = 6
    RM_ERROR_CALLBACK = 7
    RM_ERROR_NUMBERS = 8
    RM_ERROR_MEMORY = 9


class rm_preset(IntEnum):
    RM_PRESET_MOLECULES = 0
    RM_PRESET_CRYSTALS = 1
    RM_PRESET_DIAMOND = 2
    RM_PRESET_MOLECULES_PUBLISHED = 3
    RM_PRESET_CRYSTALS_PUBLISHED = 4
    RM_PRESET_DIAMOND_PUBLISHED = 5


class rm_precision(IntEnum):
    RM_PRECISION_DOUBLE = 0
    RM_PRECISION_SINGLE = 1


class rm_optimizer(IntEnum):
    RM_OPTIMIZER_FIRE = 0
    RM_OPTIMIZER_LBFGS = 1


class rm_cell_mode(IntEnum):
    RM_CELL_FIXED = 0
    RM_CELL_CONSTANT_VOLUME = 1
    RM_CELL_FREE = 2


class rm_stop_reason(IntEnum):
    RM_STOP_CONVERGED = 0
    RM_STOP_STEPS = 1
    RM_STOP_OBSERVER = 2
    RM_STOP_FAILED = 3


class rm_container(IntEnum):
    RM_CONTAINER_BOX = 0
    RM_CONTAINER_CELL = 1
    RM_CONTAINER_SKEWED_CELL = 2


class rm_candidate_state(IntEnum):
    RM_CANDIDATE_CONVERGED = 0
    RM_CANDIDATE_UNCONVERGED = 1
    RM_CANDIDATE_NOT_PLACED = 2
    RM_CANDIDATE_DROPPED = 3
    RM_CANDIDATE_FAILED = 4


class rm_schedule(IntEnum):
    RM_SCHEDULE_PLATEAU = 0
    RM_SCHEDULE_COSINE = 1
    RM_SCHEDULE_CONSTANT = 2


# Structures and callbacks, in the header's order.


class rm_structure(Structure):
    _fields_ = [
        ("atom_count", c_int32),
        ("numbers", Int32s),
        ("positions", Doubles),
        ("cell", Doubles),
        ("periodic", c_int32 * 3),
    ]


class rm_results(Structure):
    _fields_ = [
        ("energy", Doubles),
        ("energies", Doubles),
        ("forces", Doubles),
        ("strain_gradient", Doubles),
        ("stress", Doubles),
        ("virial", Doubles),
        ("virials", Doubles),
        ("descriptors", Doubles),
    ]


class rm_workspace_options(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("threads", c_int32),
        ("skin", c_double),
        ("precision", c_int),
    ]


class rm_neighbors(Structure):
    _fields_ = [
        ("atom_count", c_int32),
        ("positions", Doubles),
        ("types", Int32s),
        ("type_count", c_int32),
        ("type_numbers", Int32s),
        ("center_count", c_int32),
        ("centers", Int32s),
        ("neighbor_counts", Int32s),
        ("neighbors", Int32Lists),
        ("index_mask", c_int32),
    ]


class rm_host_results(Structure):
    _fields_ = [
        ("energy", Doubles),
        ("energies", Doubles),
        ("forces", Doubles),
        ("virial", Doubles),
        ("virials", Doubles),
    ]


class rm_relax_step(Structure):
    _fields_ = [
        ("step", c_int32),
        ("atom_count", c_int32),
        ("energy", c_double),
        ("fmax", c_double),
        ("positions", Doubles),
        ("cell", Doubles),
        ("forces", Doubles),
    ]


rm_relax_observer = CFUNCTYPE(c_int, c_void_p, POINTER(rm_relax_step))
rm_extra_potential = CFUNCTYPE(c_int, c_void_p, POINTER(rm_structure), Doubles, Doubles, Doubles)


class rm_relax_options(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("optimizer", c_int),
        ("cell", c_int),
        ("pressure", c_double),
        ("fmax", c_double),
        ("max_steps", c_int32),
        ("max_step", c_double),
        ("cell_per_atom", c_int32),
        ("time_step", c_double),
        ("max_time_step", c_double),
        ("acceleration_start", c_double),
        ("acceleration_factor", c_double),
        ("step_increase", c_double),
        ("step_decrease", c_double),
        ("downhill_steps", c_int32),
        ("memory", c_int32),
        ("curvature", c_double),
        ("observer", rm_relax_observer),
        ("observer_user", c_void_p),
        ("extra", rm_extra_potential),
        ("extra_user", c_void_p),
        ("precision", c_int),
    ]


class rm_relax_result(Structure):
    _fields_ = [
        ("positions", Doubles),
        ("cell", Doubles),
        ("forces", Doubles),
        ("energy", c_double),
        ("fmax", c_double),
        ("volume", c_double),
        ("steps", c_int32),
        ("evaluations", c_int32),
        ("reason", c_int),
    ]


class rm_search_stage(Structure):
    _fields_ = [
        ("relax", POINTER(rm_relax_options)),
        ("kick", c_double),
        ("drop_unconverged", c_int32),
    ]


class rm_search_options(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("container", c_int),
        ("box", c_double * 3),
        ("volume_per_atom", c_double * 2),
        ("element_volumes", Doubles),
        ("volume_scale", c_double * 2),
        ("cell_variation", c_double),
        ("min_separation", c_double),
        ("covalent_separation", c_double),
        ("max_draws", c_int32),
        ("stages", POINTER(rm_search_stage)),
        ("stage_count", c_int32),
        ("hops", c_int32),
        ("hop_kick", c_double),
        ("hop_hydrogen", c_double),
        ("hop_swap", c_double),
        ("duplicate_tolerance", c_double),
        ("seed", c_uint64),
        ("first", c_int64),
        ("count", c_int64),
        ("threads", c_int32),
        ("preset", c_int),
        ("precision", c_int),
        ("symmetry", c_double),
        ("collapsed_separation", c_double),
    ]


class rm_candidate(Structure):
    _fields_ = [
        ("index", c_int64),
        ("state", c_int),
        ("atom_count", c_int32),
        ("numbers", Int32s),
        ("positions", Doubles),
        ("cell", Doubles),
        ("energy", c_double),
        ("volume", c_double),
        ("fmax", c_double),
        ("steps", c_int32),
        ("stage", c_int32),
        ("duplicate_of", c_int64),
    ]


rm_candidate_callback = CFUNCTYPE(c_int, c_void_p, POINTER(rm_candidate))


class rm_search_summary(Structure):
    _fields_ = [
        ("tried", c_int64),
        ("converged", c_int64),
        ("unconverged", c_int64),
        ("not_placed", c_int64),
        ("dropped", c_int64),
        ("failed", c_int64),
        ("duplicates", c_int64),
        ("evaluations", c_int64),
    ]


class rm_frame(Structure):
    _fields_ = [
        ("structure", rm_structure),
        ("forces", Doubles),
        ("stress", Doubles),
        ("weight", c_double),
    ]


class rm_response_options(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("displacement", c_double),
        ("levels", Doubles),
        ("level_count", c_int32),
        ("strain_count", c_int32),
        ("dilation", c_double),
        ("shear", c_double),
        ("young_modulus", c_double),
        ("poisson_ratio", c_double),
        ("force_noise", c_double),
        ("repulsion_radius", c_double),
        ("remove_drift", c_int32),
        ("remove_rotation", c_int32),
        ("amplitude", c_double * 2),
        ("clean_share", c_double),
        ("weight_floor", c_double),
        ("weight_power", c_double),
        ("frames_per_structure", c_int32),
    ]


# The callback that rm_response_draw spells out in its prototype.
response_callback = CFUNCTYPE(c_int, c_void_p, c_int64, POINTER(rm_frame), c_double)

rm_sum_callback = CFUNCTYPE(c_int, c_void_p, Doubles, c_int64)
rm_progress_callback = CFUNCTYPE(c_int, c_void_p, c_int64, c_int64)


class rm_trainer_options(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("force_weight", c_double),
        ("stress_weight", c_double),
        ("batch_size", c_int32),
        ("epochs", c_int32),
        ("schedule", c_int),
        ("learning_rate", c_double),
        ("warmup_epochs", c_int32),
        ("plateau_factor", c_double),
        ("plateau_patience", c_int32),
        ("beta1", c_double),
        ("beta2", c_double),
        ("epsilon", c_double),
        ("amsgrad", c_int32),
        ("clip_norm", c_double),
        ("average_decay", c_double),
        ("average_start", c_int32),
        ("validation_share", c_double),
        ("fresh_noise", c_int32),
        ("seed", c_uint64),
        ("threads", c_int32),
        ("rank", c_int32),
        ("ranks", c_int32),
        ("sum", rm_sum_callback),
        ("sum_user", c_void_p),
        ("progress", rm_progress_callback),
        ("progress_user", c_void_p),
        ("pair_weight", c_double),
        ("pair_margin", c_double),
        ("pair_width", c_double),
        ("precision", c_int),
    ]


class rm_epoch(Structure):
    _fields_ = [
        ("epoch", c_int32),
        ("steps", c_int64),
        ("learning_rate", c_double),
        ("training_loss", c_double),
        ("training_force_error", c_double),
        ("training_stress_error", c_double),
        ("validation_loss", c_double),
        ("validation_force_error", c_double),
        ("validation_stress_error", c_double),
        ("best", c_int32),
    ]


# name: (result, arguments). rm_status is c_int.
PROTOTYPES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "rm_last_error": (c_char_p, ()),
    "rm_version": (c_char_p, ()),
    "rm_model_load": (c_int, (c_char_p, POINTER(rm_model))),
    "rm_model_load_memory": (c_int, (c_void_p, c_size_t, POINTER(rm_model))),
    "rm_model_create": (c_int, (c_char_p, c_uint64, POINTER(rm_model))),
    "rm_model_copy": (c_int, (rm_model, Doubles, c_char_p, POINTER(rm_model))),
    "rm_model_save": (c_int, (rm_model, c_char_p)),
    "rm_model_free": (None, (POINTER(rm_model),)),
    "rm_model_describe": (c_int, (c_int, Int32s, c_int32, c_char_p, c_size_t, POINTER(c_size_t))),
    "rm_model_description": (c_char_p, (rm_model,)),
    "rm_model_cutoff": (c_double, (rm_model,)),
    "rm_model_element_count": (c_int32, (rm_model,)),
    "rm_model_element": (c_int32, (rm_model, c_int32)),
    "rm_model_descriptor_count": (c_int32, (rm_model,)),
    "rm_model_parameter_count": (c_int64, (rm_model,)),
    "rm_model_parameters": (c_int, (rm_model, Doubles)),
    "rm_model_tensor_count": (c_int32, (rm_model,)),
    "rm_model_tensor": (c_int, (rm_model, c_int32, POINTER(c_char_p), Int64s, Int32s, Int64s)),
    "rm_workspace_options_init": (None, (POINTER(rm_workspace_options), c_size_t)),
    "rm_workspace_create": (c_int, (rm_model, POINTER(rm_workspace_options), POINTER(rm_workspace))),
    "rm_workspace_free": (None, (POINTER(rm_workspace),)),
    "rm_evaluate": (c_int, (rm_workspace, POINTER(rm_structure), POINTER(rm_results))),
    "rm_evaluate_batch": (
        c_int,
        (rm_model, c_int64, POINTER(rm_structure), POINTER(rm_results), c_int32, POINTER(c_int)),
    ),
    "rm_evaluate_neighbors": (c_int, (rm_workspace, POINTER(rm_neighbors), POINTER(rm_host_results))),
    "rm_relax_options_init": (None, (POINTER(rm_relax_options), c_size_t)),
    "rm_relax": (
        c_int,
        (rm_workspace, POINTER(rm_structure), Int32s, POINTER(rm_relax_options), POINTER(rm_relax_result)),
    ),
    "rm_relax_batch": (
        c_int,
        (
            rm_model,
            c_int64,
            POINTER(rm_structure),
            Int32Lists,
            POINTER(rm_relax_options),
            c_int32,
            POINTER(rm_relax_result),
            POINTER(c_int),
        ),
    ),
    "rm_search_options_init": (None, (POINTER(rm_search_options), c_size_t, c_int)),
    "rm_search": (
        c_int,
        (
            rm_model,
            Int32s,
            c_int32,
            POINTER(rm_search_options),
            rm_candidate_callback,
            c_void_p,
            POINTER(rm_search_summary),
        ),
    ),
    "rm_formula": (c_int, (c_char_p, c_int32, Int32s, c_int32, Int32s)),
    "rm_loss_and_gradient": (
        c_int,
        (rm_model, c_int64, POINTER(rm_frame), c_double, c_double, c_int32, Doubles, Doubles, Doubles, Doubles),
    ),
    "rm_response_options_init": (None, (POINTER(rm_response_options), c_size_t, c_int)),
    "rm_dataset_create": (c_int, (POINTER(rm_dataset),)),
    "rm_dataset_free": (None, (POINTER(rm_dataset),)),
    "rm_dataset_add_structure": (c_int, (rm_dataset, POINTER(rm_structure))),
    "rm_dataset_add_frame": (c_int, (rm_dataset, POINTER(rm_frame))),
    "rm_dataset_add_pair": (c_int, (rm_dataset, POINTER(rm_structure), POINTER(rm_structure))),
    "rm_dataset_structure_count": (c_int64, (rm_dataset,)),
    "rm_dataset_frame_count": (c_int64, (rm_dataset,)),
    "rm_dataset_pair_count": (c_int64, (rm_dataset,)),
    "rm_response_draw": (
        c_int,
        (POINTER(rm_structure), POINTER(rm_response_options), c_uint64, response_callback, c_void_p),
    ),
    "rm_trainer_options_init": (None, (POINTER(rm_trainer_options), c_size_t, c_int)),
    "rm_trainer_create": (
        c_int,
        (rm_model, rm_dataset, POINTER(rm_response_options), POINTER(rm_trainer_options), POINTER(rm_trainer)),
    ),
    "rm_trainer_free": (None, (POINTER(rm_trainer),)),
    "rm_trainer_epoch": (c_int, (rm_trainer, POINTER(rm_epoch))),
    "rm_trainer_pairs": (c_int, (rm_trainer, Doubles, Doubles)),
    "rm_trainer_model": (c_int, (rm_trainer, c_int32, POINTER(rm_model))),
    "rm_trainer_counts": (c_int, (rm_trainer, Int64s, Int64s)),
    "rm_trainer_save": (c_int, (rm_trainer, c_char_p)),
    "rm_trainer_load": (
        c_int,
        (c_char_p, rm_dataset, POINTER(rm_response_options), POINTER(rm_trainer_options), POINTER(rm_trainer)),
    ),
}

# The version of the header that the declarations above follow.
VERSION = (0, 1)


def _candidates() -> list[str]:
    """Where the library may be: $LIBRM_LIBRARY if it is set, else beside this file, else where the system looks."""
    given = os.environ.get("LIBRM_LIBRARY")
    if given:
        return [given]
    packaged = Path(__file__).with_name("librm.so")
    if packaged.is_file():
        return [str(packaged)]
    return ["librm.so.0"]


def _load() -> ctypes.CDLL:
    problems = []
    for name in _candidates():
        try:
            library = ctypes.CDLL(name)
        except OSError as problem:
            problems.append(f"  {name}: {problem}")
            continue
        for function, (result, arguments) in PROTOTYPES.items():
            try:
                symbol = getattr(library, function)
            except AttributeError:
                raise ImportError(f"{name} has no {function}; it is not librm {VERSION[0]}.{VERSION[1]}") from None
            symbol.restype = result
            symbol.argtypes = arguments
        version = library.rm_version().decode()
        if tuple(int(part) for part in version.split(".")[:2]) != VERSION:
            raise ImportError(f"{name} is librm {version}, but this Python package needs {VERSION[0]}.{VERSION[1]}")
        return library
    raise ImportError(
        "the library librm.so cannot be loaded:\n" + "\n".join(problems) + "\nInstall the Python package from a "
        "repository in which the library has been built, or set LIBRM_LIBRARY to a librm.so. It needs OpenBLAS "
        "(libopenblas.so.0; on Debian and Ubuntu: apt install libopenblas0)."
    )


library = _load()


def address(array: Any) -> int:
    """The address of a C-contiguous NumPy array's first number. The array must outlive the use of the address."""
    try:
        return ctypes.addressof(ctypes.c_char.from_buffer(array))  # three times as fast as array.ctypes.data
    except (TypeError, ValueError):  # read-only or empty
        return int(array.ctypes.data)
