"""The wheel carries the library along, says so in its name, and works where neither repository nor variable help."""

import os
import shutil
import subprocess
import sys
import zipfile

import pytest
from conftest import ROOT

from librm import _lib

PACKAGE = ROOT / "bindings" / "python"


def environment(**changes):
    kept = {name: value for name, value in os.environ.items() if name not in ("LIBRM_LIBRARY", "PYTHONPATH")}
    return {**kept, **{name: str(value) for name, value in changes.items()}}


def build(folder, library, source=PACKAGE):
    pytest.importorskip("hatchling", reason="building the wheel needs hatchling")
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-w", folder, source]
    return subprocess.run(command, capture_output=True, text=True, env=environment(LIBRM_LIBRARY=library))


def test_wheel(tmp_path):
    process = build(tmp_path, _lib.library._name)
    assert process.returncode == 0, process.stderr
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.name.startswith("librm-") and "-py3-none-linux_" in wheel.name
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    found = {path.name for path in (tmp_path / "site" / "librm").iterdir()}
    assert {"__init__.py", "_lib.py", "py.typed", "librm.so", "cli"} <= found
    code = "import librm._lib as lib; print(lib.library._name, lib.library.rm_version().decode())"
    process = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(PYTHONPATH=tmp_path / "site"),
    )
    assert process.returncode == 0, process.stderr
    assert process.stdout.split()[0] == str(tmp_path / "site" / "librm" / "librm.so")


def test_without_a_library_there_is_no_wheel(tmp_path):
    copy = tmp_path / "bindings" / "python"  # a repository where nothing has been built
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    for library, message in (("", "Build the library first"), (tmp_path / "nothing.so", "nothing.so")):
        process = build(tmp_path, library, copy)
        assert process.returncode != 0
        assert message in process.stdout + process.stderr


@pytest.mark.parametrize(
    ("library", "message"),
    [("nothing.so", "nothing.so"), ("text.so", "OpenBLAS"), ("libc.so.6", "rm_")],
)
def test_a_library_that_cannot_be_used(tmp_path, library, message):
    if library == "text.so":
        library = tmp_path / "text.so"
        library.write_text("this is no library")
    process = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(PACKAGE / 'src')!r}); import librm"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(LIBRM_LIBRARY=library),
    )
    assert process.returncode == 1
    assert "ImportError" in process.stderr and message in process.stderr
