"""Every numbered example runs, and says what it should."""

import os
import re
import subprocess
import sys

import numpy as np
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
MEASURED = {
    "08_dynamics",
    "09_phonons",
    "10_barrier",
    "11_basin_hopping",
    "12_scipy",
}  # each has a test of its own below
WITHOUT_MODEL = {"06_train", "07_loss_gradient"}


@pytest.fixture(scope="session")
def carbon(diamond, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "carbon.safetensors"
    diamond.save(path)
    return path


def run(example, *arguments, folder):
    process = subprocess.run(
        [sys.executable, example, *map(str, arguments)],
        cwd=folder,
        capture_output=True,
        text=True,
        env=os.environ,
        timeout=300,
    )
    assert process.returncode == 0, process.stderr
    return process.stdout


def test_all_are_known():
    assert {path.stem for path in EXAMPLES} == set(SAYS) | MEASURED


@pytest.mark.parametrize("example", [path for path in EXAMPLES if path.stem in SAYS], ids=lambda path: path.stem)
def test_example(example, carbon, tmp_path):
    arguments = [] if example.stem in WITHOUT_MODEL else [carbon]
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


# What the examples with ASE and SciPy print


@pytest.fixture
def printed(carbon, tmp_path):
    """Numbers in the output of an example, line by line."""
    number = re.compile(r"(?<![\w^.-])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w.^])")

    def numbers(stem):
        text = run(ROOT / "examples" / "python" / f"{stem}.py", carbon, folder=tmp_path)
        assert not list(tmp_path.iterdir())  # nothing is left behind
        return [[float(found) for found in number.findall(line)] for line in text.splitlines()]

    return numbers


def test_dynamics(printed):
    (drift,), (temperature, volume, pressure) = printed("08_dynamics")
    assert abs(drift) < 1e-6
    assert 150 < temperature < 450 and 5 < volume < 6.5
    assert abs(pressure) < 0.01


def test_phonons(printed):
    *_, gamma, x, ell, (imaginary,) = printed("09_phonons")
    np.testing.assert_allclose(gamma[:3], 0, atol=2e-3)
    np.testing.assert_allclose(gamma[3:], gamma[3], atol=2e-3)
    assert gamma[3] > 0.5
    assert x[0] == x[1] and x[2] == x[3] and x[4] == x[5]  # twofold, as the group of X in diamond has it
    assert ell[0] == ell[1] and imaginary == 0
    assert min(x + ell) > 0.3


def test_barrier(printed):
    path, (barrier, steps) = printed("10_barrier")
    assert len(path) == 7 and max(path) == path[3] == barrier > 0.001 and steps < 300
    np.testing.assert_allclose(path, path[::-1], atol=2e-4)  # the hop there and back


def test_basin_hopping(printed):
    (start,), (lowest, diamond) = printed("11_basin_hopping")
    assert lowest <= diamond + 1e-3 < start


def test_scipy(printed):
    free, bounded, trust, ours = printed("12_scipy")
    assert free[0] == pytest.approx(ours[0], abs=1e-7) and trust[0] == pytest.approx(ours[0], abs=1e-7)
    assert bounded[0] >= free[0]
    assert max(free[1], trust[1], ours[1]) < 2e-6
