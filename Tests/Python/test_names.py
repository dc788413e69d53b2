"""Models found by name, by the library itself: from Python and the command line; Tests/C/model.c does it from C."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import librm
from librm import _lib

HERE = Path(__file__).resolve().parents[2]


@pytest.fixture
def mine(tmp_path, diamond, monkeypatch):
    """A folder of models of one's own, with a model in it."""
    folder = tmp_path / "mine"
    (folder / "carbonado").mkdir(parents=True)
    diamond.save(folder / "carbonado/model.safetensors")
    monkeypatch.setenv("LIBRM_MODELS", f"{tmp_path / 'none'}:{folder}")
    monkeypatch.chdir(tmp_path)
    return folder


def test_a_folder_of_ones_own(mine, diamond):
    assert (librm.Model.load("carbonado").parameters == diamond.parameters).all()


def test_a_file_comes_before_a_name(mine, organic):
    organic.save("plain")
    shutil.move("plain", "carbonado")
    assert librm.Model.load("carbonado").elements == organic.elements


def test_a_folder_of_the_same_name_does_not(mine, diamond):
    Path("carbonado").mkdir()
    assert librm.Model.load("carbonado").elements == diamond.elements


@pytest.mark.parametrize("name", ["lonsdaleite", "diamond2"])
def test_unknown_names_say_where_they_were_looked_for(mine, name):
    with pytest.raises(librm.FileError) as problem:
        librm.Model.load(name)
    message = str(problem.value)
    assert name in message and str(mine) in message and "share/librm/models" in message
    assert str(Path(_lib.library._name).resolve().parent / "models") in message


@pytest.mark.parametrize("path", ["carbonado.safetensors", "./carbonado", "mine/none", ""])
def test_paths_are_no_names(mine, path):
    with pytest.raises(librm.Error) as problem:
        librm.Model.load(path)
    assert "no model of that name" not in str(problem.value)


def test_models_come_with_the_package():
    """Outside of the repository, without any variable, in a process of its own."""
    if not (Path(_lib.library._name).parent / "models/diamond").is_dir():
        pytest.skip("the package is not installed with its models")
    line = [sys.executable, "-m", "librm", "info", "diamond"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LIBRM_")}
    done = subprocess.run(line, cwd="/", env=environment, capture_output=True, text=True)
    assert done.returncode == 0 and "2137" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize(
    "path", sorted((HERE / "models").glob("*/model.safetensors")), ids=lambda path: path.parent.name
)
def test_models_of_the_repository(path):
    """They say what they learnt from and how well, and whoever trained them left the recipe."""
    description = librm.Model.load(path).description
    assert description["note"] and description["seconds"] > 0 and "seed" in str(description["training"])
    assert description["training"]["last"]["validation_force_error"] > 0
    assert os.access(path.parent / "train", os.X_OK)
