"""librm-kim, the command that makes a portable model of a model file."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import MODELS, ROOT, environment

CARBON = MODELS / "random-carbon-l3-nu3.safetensors"
COMMAND = ROOT / "bindings" / "kim" / "librm-kim"


def run(
    *arguments: object, command: Path = COMMAND, folder: Path = ROOT, **variables: object
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [command, *map(str, arguments)], env={**os.environ, **{k: str(v) for k, v in variables.items()}},
        capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=300, cwd=folder,
    )


def runpath(library: Path) -> str:
    return subprocess.run(["readelf", "-d", library], capture_output=True, text=True, check=True).stdout


def test_user_collection_and_a_name_with_blanks(tmp_path: Path) -> None:
    model = tmp_path / "my model, the 2nd.safetensors"
    shutil.copy(CARBON, model)
    here = tmp_path / "here"
    here.mkdir()
    first = run(model, folder=here, HOME=tmp_path)
    assert first.returncode == 0, first.stderr
    assert "RM_my_model__the_2nd is in" in first.stdout
    assert not list(here.iterdir())  # nor a kim.log
    libraries = {path.parent.name: path for path in tmp_path.glob(".kim-api/*/*/*/lib*.so")}
    assert set(libraries) == {"RM_my_model__the_2nd", "ResponseMatching"}
    info = subprocess.run(["pkg-config", "--variable=libexecdir", "libkim-api"], capture_output=True, text=True)
    found = subprocess.run(
        [Path(info.stdout.strip()) / "kim-api/kim-api-collections-info", "portable_models", "find",
         "RM_my_model__the_2nd"],
        env={**os.environ, "HOME": str(tmp_path)}, cwd=tmp_path, capture_output=True, text=True,
    )
    assert "RM_my_model__the_2nd" in found.stdout, found.stdout + found.stderr
    # Once more: new files, so that a program that runs with the old ones goes on.
    inode = libraries["ResponseMatching"].stat().st_ino
    with open(libraries["ResponseMatching"], "rb"):
        assert run(model, HOME=tmp_path).returncode == 0
        assert libraries["ResponseMatching"].stat().st_ino != inode


def test_installed_command_uses_the_installed_library(tmp_path: Path) -> None:
    prefix = tmp_path / "prefix"
    subprocess.run([ROOT / "tools" / "install", prefix], check=True)
    kim = {"KIM_API_MODEL_DRIVERS_DIR": tmp_path / "md", "KIM_API_PORTABLE_MODELS_DIR": tmp_path / "pm"}
    done = run("--collection", "environment", CARBON, "RM_C", command=prefix / "bin" / "librm-kim", **kim)
    assert done.returncode == 0, done.stderr
    driver = tmp_path / "md" / "ResponseMatching" / "libkim-api-model-driver.so"
    assert f"$ORIGIN:{prefix / 'lib'}" in runpath(driver) and str(ROOT) not in runpath(driver)
    # A copy of librm beside the driver does as well, should the prefix go away.
    shutil.copy(prefix / "lib" / "librm.so.0", driver.parent)
    shutil.rmtree(prefix)
    linked = subprocess.run(["ldd", driver], capture_output=True, text=True).stdout
    assert str(driver.parent / "librm.so.0") in linked


def test_kim_own_management_installs_the_driver(tmp_path: Path) -> None:
    if not shutil.which("kim-api-collections-management"):
        pytest.skip("there is no kim-api-collections-management")
    done = subprocess.run(
        ["kim-api-collections-management", "install", "user", ROOT / "bindings" / "kim" / "ResponseMatching"],
        env={**os.environ, "HOME": str(tmp_path), "CMAKE_PREFIX_PATH": str(ROOT / "build")}, cwd=tmp_path,
        capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=300,
    )
    drivers = list(tmp_path.glob(".kim-api/*/*/ResponseMatching/libkim-api-model-driver.so"))
    assert done.returncode == 0 and len(drivers) == 1, done.stdout + done.stderr
    assert str(ROOT / "build" / "lib") in runpath(drivers[0])


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        ([], 2, "Usage"),
        (["a", "b", "c"], 2, "Usage"),
        (["no-such.safetensors"], 1, "no model file no-such.safetensors"),
        ([CARBON, "not-a-name"], 1, "not-a-name"),
        ([CARBON, "2nd"], 1, "2nd"),
        (["--collection", "mine", CARBON], 1, "no collection mine"),
        (["--collection"], 1, "--collection"),
        (["--color", CARBON], 1, "--color"),
        (["--collection", "environment", CARBON], 1, "KIM_API_MODEL_DRIVERS_DIR"),
    ],
)
def test_what_is_wrong_is_said(arguments: list, code: int, word: str, tmp_path: Path) -> None:
    done = run(*arguments, HOME=tmp_path, KIM_API_MODEL_DRIVERS_DIR="", KIM_API_PORTABLE_MODELS_DIR="")
    assert done.returncode == code
    assert word in done.stderr
    assert not list(tmp_path.glob(".kim-api/*/*/*"))


def test_help() -> None:
    done = run("--help")
    assert done.returncode == 0 and "Usage: librm-kim" in done.stdout


def test_both_builds_carry_the_model_file_as_it_is(build: str) -> None:
    folder = Path(environment(build)["KIM_API_PORTABLE_MODELS_DIR"])
    library = folder / "RM_random_carbon_l3_nu3" / "libkim-api-portable-model.so"
    assert CARBON.read_bytes() in library.read_bytes()
