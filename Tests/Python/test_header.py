"""The ctypes declarations against include/rm.h: every enumeration, structure, callback and function, both ways."""

import ctypes
import re
import subprocess
from ctypes import POINTER, c_char_p, c_double, c_int, c_int32, c_int64, c_size_t, c_uint64, c_void_p
from enum import IntEnum

import header
import pytest

from librm import _lib, options

HEADER = header.read()

SCALARS = {
    "int": c_int,
    "int32_t": c_int32,
    "int64_t": c_int64,
    "uint64_t": c_uint64,
    "size_t": c_size_t,
    "double": c_double,
    "void": None,
}

# What a pointer may be: the address of an array, or a reference to a single number.
POINTERS = {
    "double *": [_lib.Doubles],
    "int32_t *": [_lib.Int32s],
    "int64_t *": [_lib.Int64s],
    "int32_t **": [_lib.Int32Lists],
    "size_t *": [POINTER(c_size_t)],
    "char *": [c_char_p],
    "char **": [POINTER(c_char_p)],
    "void *": [c_void_p],
    "rm_status *": [POINTER(c_int)],
}


def expected(kind: str) -> list[object]:
    """The ctypes types that may stand for a C type."""
    array = re.fullmatch(r"(\w+) \[(\d+)\]", kind)
    if array:
        return [SCALARS[array.group(1)] * int(array.group(2))]
    if kind in SCALARS:
        return [SCALARS[kind]]
    if kind in POINTERS:
        return POINTERS[kind]
    base, _, stars = kind.partition(" ")
    if kind.startswith("callback("):
        return [_lib.response_callback]
    if base in HEADER.enumerations:
        return [c_int]
    if base in HEADER.callbacks:
        return [getattr(_lib, base)]
    if base in HEADER.handles:  # a handle is itself a pointer
        return [getattr(_lib, base) if stars == "*" else POINTER(getattr(_lib, base))]
    assert base in HEADER.structures, f"{kind} is nothing that the header declares"
    return [POINTER(getattr(_lib, base)) if stars else getattr(_lib, base)]


def test_header_is_read_whole():
    text = header.PATH.read_text()
    assert len(HEADER.functions) == len(set(re.findall(r"^(?!typedef)[\w ]+[ *](rm_\w+)\(", text, re.M)))
    assert {"rm_evaluate", "rm_search", "rm_trainer_load"} <= set(HEADER.functions)
    assert HEADER.structures["rm_structure"][-1] == ("periodic", "int32_t [3]")


def test_version():
    assert _lib.VERSION == HEADER.version


@pytest.mark.parametrize("name", HEADER.enumerations)
def test_enumeration(name):
    assert {member.name: member.value for member in getattr(_lib, name)} == HEADER.enumerations[name]


@pytest.mark.parametrize("name", HEADER.structures)
def test_structure(name):
    declared = getattr(_lib, name)._fields_
    assert [field for field, _ in declared] == [field for field, _ in HEADER.structures[name]]
    for (field, kind), (_, spelling) in zip(declared, HEADER.structures[name], strict=True):
        assert kind in expected(spelling), f"{name}.{field} is {spelling}"


@pytest.mark.parametrize("name", HEADER.functions)
def test_function(name):
    function = HEADER.functions[name]
    result, arguments = _lib.PROTOTYPES[name]
    assert result in expected(function.result)
    assert len(arguments) == len(function.arguments)
    for position, (kind, spelling) in enumerate(zip(arguments, function.arguments, strict=True)):
        assert kind in expected(spelling), f"argument {position} of {name} is {spelling}"


@pytest.mark.parametrize("name", [*HEADER.callbacks, "rm_response_draw"])
def test_callback(name):
    if name == "rm_response_draw":
        (spelling,) = (kind for kind in HEADER.functions[name].arguments if kind.startswith("callback("))
        declared, spellings = _lib.response_callback, header.split(spelling[len("callback(") : -1])
    else:
        declared, spellings = getattr(_lib, name), HEADER.callbacks[name].arguments
    assert declared._restype_ is c_int
    assert len(declared._argtypes_) == len(spellings)
    for kind, spelling in zip(declared._argtypes_, spellings, strict=True):
        assert kind in expected(spelling), spelling


def test_nothing_is_declared_that_the_header_has_not():
    own = {name: thing for name, thing in vars(_lib).items() if name.startswith("rm_")}
    known = {*HEADER.enumerations, *HEADER.structures, *HEADER.handles, *HEADER.callbacks}
    assert set(own) == known
    assert set(_lib.PROTOTYPES) == set(HEADER.functions)
    assert all(issubclass(own[name], IntEnum) for name in HEADER.enumerations)


def test_sizes_agree_with_the_compiler(tmp_path):
    """Offsets and sizes as a C compiler has them, so that no mistake in the parser hides one in the declarations."""
    lines = ['#include "rm.h"', "#include <stdio.h>", "int main(void) {"]
    for name in HEADER.structures:
        lines.append(f'printf("{name} %zu\\n", sizeof({name}));')
        for field, _ in HEADER.structures[name]:
            lines.append(f'printf("{name}.{field} %zu\\n", offsetof({name}, {field}));')
    source = tmp_path / "sizes.c"
    source.write_text("\n".join([*lines, "return 0; }"]))
    try:
        subprocess.run(["cc", "-I", header.PATH.parent, "-o", tmp_path / "sizes", source], check=True)
    except FileNotFoundError:
        pytest.skip("there is no C compiler")
    printed = subprocess.run([tmp_path / "sizes"], check=True, capture_output=True, text=True).stdout
    for line in printed.splitlines():
        name, size = line.split()
        structure, _, field = name.partition(".")
        declared = getattr(_lib, structure)
        assert int(size) == (getattr(declared, field).offset if field else ctypes.sizeof(declared)), name


@pytest.mark.parametrize(
    ("kind", "structure", "internal"),
    [
        (options.RelaxOptions, "rm_relax_options", {"size", "observer", "observer_user", "extra", "extra_user"}),
        (options.SearchOptions, "rm_search_options", {"size", "stage_count", "preset"}),
        (options.ResponseOptions, "rm_response_options", {"size", "level_count"}),
        (options.TrainerOptions, "rm_trainer_options", {"size", "sum", "sum_user", "progress", "progress_user"}),
    ],
)
def test_every_option_can_be_set(kind, structure, internal):
    fields = {name for name, _ in HEADER.structures[structure]} - internal
    named = {"cell" if name == "cell_mode" else name for name in kind.__annotations__}
    assert named == fields
