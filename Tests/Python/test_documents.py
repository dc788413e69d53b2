"""What the READMEs and docs/ say can be done: their snippets run, and the files that they name are there."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import ase.io
import pytest
from conftest import ROOT

import librm

DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "bindings/python/README.md",
    ROOT / "Benchmarks/quality/README.md",
    *sorted((ROOT / "docs").glob("*.md")),
]
BUILD = ROOT / "build"
LINKING = [f"-L{BUILD / 'lib'}", f"-Wl,-rpath,{BUILD / 'lib'}", "-lrm"]
STRICT = ["-std=c11", "-Wall", "-Wextra", "-Werror"]
COMPILERS = {
    "c": ("cc", [*STRICT, f"-I{BUILD / 'include'}"], LINKING, BUILD / "lib/librm.so"),
    "fortran": (
        "gfortran",
        ["-ffree-form", f"-I{BUILD / 'include/librm-fortran'}"],
        [f"-L{BUILD / 'lib'}", "-lrm_fortran", *LINKING],
        BUILD / "lib/librm_fortran.a",
    ),
}


def snippets(document: Path, language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", document.read_text(), re.MULTILINE | re.DOTALL)


def name_of(document: Path) -> str:
    return str(document.relative_to(ROOT))


def documents_with(language: str) -> list[object]:
    return [pytest.param(path, id=name_of(path)) for path in DOCUMENTS if snippets(path, language)]


def run(*command: object, folder: Path) -> str:
    environment = {**os.environ, "PYTHONWARNINGS": "error::SyntaxWarning"}
    done = subprocess.run(
        list(map(str, command)), cwd=folder, env=environment, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture
def folder(diamond, diamond_cell, tmp_path):
    """Where the files are that snippets read."""
    diamond.save(tmp_path / "carbon.safetensors")
    ase.io.write(tmp_path / "diamond.extxyz", diamond_cell)
    return tmp_path


@pytest.mark.parametrize("document", documents_with("python"))
def test_python(document, folder):
    """The blocks of a document are one program, as a reader would type them."""
    assert run(sys.executable, "-c", "\n".join(snippets(document, "python")), folder=folder)


def commands_of(document: Path) -> list[list[str]]:
    """The arguments of librm."""
    lines = [line for block in snippets(document, "sh") for line in block.splitlines()]
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("librm ")]


@pytest.mark.parametrize("document", [*filter(commands_of, DOCUMENTS)], ids=name_of)
def test_command_line(document, folder):
    for arguments in commands_of(document):
        run(sys.executable, "-m", "librm", *arguments, folder=folder)


@pytest.mark.parametrize("language", COMPILERS)
@pytest.mark.parametrize("document", [ROOT / "README.md", ROOT / "docs/calling.md"], ids=name_of)
def test_compiled(document, language, folder):
    compiler, before, after, needed = COMPILERS[language]
    if shutil.which(compiler) is None or not needed.exists():
        pytest.skip(f"{compiler} or {needed.relative_to(ROOT)} is not there")
    assert snippets(document, language)
    for text in snippets(document, language):
        source = folder / {"c": "program.c", "fortran": "program.f90"}[language]
        source.write_text(text)
        run(compiler, *before, source, "-o", folder / "program", *after, folder=folder)
        assert "angstrom^2" in run(folder / "program", folder=folder)


@pytest.mark.parametrize("document", documents_with("json"))
def test_descriptions(document):
    for text in snippets(document, "json"):
        description = json.loads(text)
        assert librm.Model.create(description).description == description


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_named_files_exist(document):
    text = document.read_text()
    links = [link.split("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]
    assert all((document.parent / link).exists() for link in links), links
    sources = {path.name for path in (ROOT / "Sources").rglob("*.swift")}
    named = set(re.findall(r"(?:\w+/)*(\w[\w+]*\.swift)(?![.\w])", text)) - {"Package.swift"}
    assert named <= sources, named - sources
    for name in re.findall(r"`((?:Sources|Tests|examples|bindings|include|tools|docs|Benchmarks)/[\w./-]+)`", text):
        assert (ROOT / name).exists(), name


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_named_functions_are_declared(document):
    header = (ROOT / "include/rm.h").read_text()
    for name in set(re.findall(r"`(rm_\w+)", document.read_text())) - {"rm_"}:
        if name.endswith("_") or name == "rm_c":  # rm_..._init; a Fortran module
            continue
        assert re.search(rf"\b{name}\b", header), f"rm.h has no {name}"
