"""Every numbered example runs, and says what it should."""

import os
import subprocess
import sys

import pytest
from conftest import ROOT

EXAMPLES = sorted((ROOT / "examples" / "python").glob("[0-9]*.py"))
SAYS = {
    "01_energy": "not an energy in eV",
    "02_batch": "E is lowest near",
    "03_ase": "201 steps",
    "04_relax": "cell free: converged",
    "05_search": "tried=10",
    "06_train": "one diamond",
    "07_loss_gradient": "at the end",
}


@pytest.fixture(scope="session")
def carbon(diamond, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "carbon.safetensors"
    diamond.save(path)
    return path


def run(example, *arguments, folder):
    process = subprocess.run(
        [sys.executable, example, *map(str, arguments)], cwd=folder, capture_output=True, text=True, env=os.environ
    )
    assert process.returncode == 0, process.stderr
    return process.stdout


def test_all_are_known():
    assert {path.stem for path in EXAMPLES} == set(SAYS)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_example(example, carbon, tmp_path):
    arguments = [carbon] if example.stem < "06" else []
    assert SAYS[example.stem] in run(example, *arguments, folder=tmp_path)


def test_what_06_trains_is_what_01_needs(tmp_path):
    train, energy = (ROOT / "examples" / "python" / name for name in ("06_train.py", "01_energy.py"))
    run(train, folder=tmp_path)
    assert (tmp_path / "carbon.checkpoint").exists()
    assert "pseudo-energy" in run(energy, "carbon.safetensors", folder=tmp_path)


def test_own_gradient_descent_descends(tmp_path):
    lines = run(ROOT / "examples" / "python" / "07_loss_gradient.py", folder=tmp_path).splitlines()
    losses = [float(line.split("loss")[1].split()[0]) for line in lines]
    assert losses[-1] < 0.7 * losses[0]
