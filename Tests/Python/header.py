"""Reads include/rm.h, to hold the Python declarations against it: enumerations, structures, functions and callbacks."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

PATH = Path(__file__).resolve().parents[2] / "include" / "rm.h"


@dataclass
class Function:
    result: str
    arguments: list[str]


@dataclass
class Header:
    """Everything that the header declares. Types are spelled without const, parameter names and superfluous spaces:
    "double *", "rm_model **", "int32_t [3]"."""

    enumerations: dict[str, dict[str, int]] = field(default_factory=dict)
    structures: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    handles: list[str] = field(default_factory=list)
    callbacks: dict[str, Function] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)
    version: tuple[int, ...] = ()


def spelled(declaration: str) -> tuple[str, str]:
    """("double *", "positions") of "const double *positions", ("double [3]", "box") of "double box[3]"."""
    text = re.sub(r"\bconst\b", " ", declaration).strip()
    array = re.search(r"\[(\w*)\]$", text)
    if array:
        text = text[: array.start()].strip()
    stars = text.count("*")
    words = text.replace("*", " ").split()
    kind, name = (words[0], "") if len(words) == 1 else (" ".join(words[:-1]), words[-1])
    if stars:
        kind += " " + "*" * stars
    if array:
        kind += f" [{array.group(1)}]"
    return kind, name


def split(parameters: str) -> list[str]:
    """Splits at commas that are in no brackets."""
    parts, depth = [""], 0
    for letter in parameters:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts if part.strip() not in ("", "void")]


def parameter(declaration: str) -> str:
    """The type of a parameter; an array of a parameter list is a pointer; a callback is "callback(...)"."""
    callback = re.fullmatch(r"int \(\*\w+\)\((.*)\)", declaration)
    if callback:
        return "callback(" + ", ".join(parameter(part) for part in split(callback.group(1))) + ")"
    return re.sub(r" \[\w*\]$", " *", spelled(declaration)[0])


def read(path: Path = PATH) -> Header:
    """Reads the header; fails on any declaration that it does not understand."""
    text = path.read_text()
    header = Header(
        version=tuple(int(re.search(rf"RM_VERSION_{part} (\d+)", text).group(1)) for part in ("MAJOR", "MINOR"))
    )
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
    text = re.sub(r"#ifdef __cplusplus.*?#endif", " ", text, flags=re.S)
    text = re.sub(r"^#.*$", " ", text, flags=re.M)
    text = re.sub(r"\s+", " ", text)
    patterns = [
        (r"typedef enum (\w+) \{([^}]*)\} \1 ?;", "enumeration"),
        (r"typedef struct (\w+) \{([^}]*)\} \1 ?;", "structure"),
        (r"typedef struct (\w+) \1 ?;", "handle"),
        (r"typedef int \(\*(\w+)\)\(([^;]*)\) ?;", "callback"),
        (r"((?:const )?\w+ \**)(rm_\w+)\(([^;]*)\) ?;", "function"),
    ]
    text = text.strip()
    while text:
        matches = ((re.match(pattern, text), kind) for pattern, kind in patterns)
        match, kind = next(((match, kind) for match, kind in matches if match), (None, ""))
        if match is None:
            raise ValueError(f"not understood: {text[:200]}")
        text = text[match.end() :].strip()
        if kind == "enumeration":
            members = (member.split("=") for member in match.group(2).split(",") if member.strip())
            header.enumerations[match.group(1)] = {name.strip(): int(value) for name, value in members}
        elif kind == "structure":
            fields = [spelled(member.strip()) for member in match.group(2).split(";") if member.strip()]
            header.structures[match.group(1)] = [(name, spelling) for spelling, name in fields]
        elif kind == "handle":
            header.handles.append(match.group(1))
        elif kind == "callback":
            header.callbacks[match.group(1)] = Function("int", [parameter(part) for part in split(match.group(2))])
        else:
            result = re.sub(r"\bconst\b ?", "", match.group(1)).strip()
            header.functions[match.group(2)] = Function(result, [parameter(part) for part in split(match.group(3))])
    return header
