"""What docs/kim.md says can be done."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ITEMS, MODELS, ROOT
from test_lammps import LMP

TEXT = (ROOT / "docs" / "kim.md").read_text()


def snippets(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def run(command: list, folder: Path, **more) -> str:
    variables = {**os.environ, "HOME": str(folder), "PATH": f"{ROOT / 'bindings/kim'}:{os.environ['PATH']}"}
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, timeout=300, **more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Someone's home, with the portable model that the page's command makes."""
    home = tmp_path_factory.mktemp("home")
    shutil.copy(MODELS / "random-carbon-l3-nu3.safetensors", home / "carbon.safetensors")
    (line,) = [line for block in snippets("bash") for line in block.splitlines() if line.startswith("librm-kim")]
    assert "RM_carbon is in" in run(shlex.split(line), home)
    return home


@pytest.mark.skipif(not LMP, reason="there is no lmp with the KIM package (Debian: lammps)")
def test_lammps(folder: Path) -> None:
    (block,) = snippets("lammps")
    assert "Total wall time" in run([LMP, "-in", "/dev/stdin"], folder, input=block)


def test_ase(folder: Path) -> None:
    pytest.importorskip("kimpy", reason="kimpy is not there: could tools/setup not build it?", exc_type=ImportError)
    (block,) = snippets("py")
    assert run([sys.executable, "-c", block], folder).strip()


def test_cmake(folder: Path) -> None:
    """As the page has it, with the repository's folders in place of an installation's."""
    home = folder / "other"
    home.mkdir()
    shutil.copy(folder / "carbon.safetensors", home)
    (block,) = [block for block in snippets("bash") if "cmake" in block]
    block = block.replace("PREFIX/share/librm/kim", str(ROOT / "bindings/kim"))
    block = block.replace("CMAKE_PREFIX_PATH=PREFIX", f"CMAKE_PREFIX_PATH={shlex.quote(str(ITEMS.parents[1]))}")
    run(["bash", "-e", "-c", block], home)
    assert {path.parent.name for path in home.glob(".kim-api/*/*/*/lib*.so")} == {"RM_carbon", "ResponseMatching"}
