"""The KIM API's own check of forces against numerical derivatives (Ridders), where all or some atoms contribute."""

from __future__ import annotations

import re
import subprocess

import pytest
from conftest import ITEMS, environment, kim_name

UTILITY = ITEMS / "forces_utility"


@pytest.mark.skipif(not UTILITY.exists(), reason="there are no sources of utility_forces_numer_deriv (libkim-api-doc)")
@pytest.mark.parametrize("model", ["random-carbon-l3-nu3", "random-inorganic-l2-nu2-receiver", "random-organic-l3-nu3"])
def test_forces_are_derivatives(model: str, tmp_path) -> None:
    run = subprocess.run(
        [UTILITY], input=kim_name(model) + "\n", env=environment("plain"), cwd=tmp_path, capture_output=True, text=True,
        timeout=900,
    )
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr
    alphas = [float(x) for x in re.findall(r"alpha = .* = +([0-9.E+-]+)", run.stdout)]
    forces = [abs(float(x)) for x in re.findall(r"\d  +(-?\d\.\d{15}E[+-]\d+)  +-?\d\.\d{15}E", run.stdout)]
    assert len(alphas) == 2 and len(forces) >= 2 * 3 * 63  # the errors of the whole, and the forces
    assert max(alphas) < 1e-9 * max(forces)
