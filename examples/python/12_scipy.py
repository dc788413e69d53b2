"""SciPy's minimisers take librm as force provider: L-BFGS-B, and a trust region with products with the Hessian.

python 12_scipy.py MODEL      (a model that knows carbon)
"""

import sys

import numpy as np
from ase.build import bulk
from scipy.optimize import minimize

import librm

model = librm.Model.load(sys.argv[1])
start = bulk("C", "diamond", a=3.567, cubic=True)
start.positions += np.random.default_rng(1).normal(scale=0.08, size=start.positions.shape)


def energy_and_gradient(x):
    results = model.evaluate(start.numbers, x.reshape(-1, 3), start.cell.array, pbc=True)
    return results.energy, -results.forces.ravel()


def hessian_product(x, direction, step=1e-4):
    """The Hessian times a direction, by a central difference of the gradient."""
    step /= max(np.abs(direction).max(), 1e-300)
    ahead, behind = (energy_and_gradient(x + sign * step * direction)[1] for sign in (1, -1))
    return (ahead - behind) / (2 * step)


def report(name, result):
    force = np.linalg.norm(result.jac.reshape(-1, 3), axis=1).max()
    print(f"{name:16s} E {result.fun:.8f} A^2, fmax {force:.1e} A, {result.nit} steps")


x = start.positions.ravel()
report("L-BFGS-B", minimize(energy_and_gradient, x, jac=True, method="L-BFGS-B", options={"ftol": 0, "gtol": 1e-6}))

# In bounds: no coordinate moves by more than 0.05 A.
bounds = np.stack([x - 0.05, x + 0.05], axis=1)
report("L-BFGS-B, bounds", minimize(energy_and_gradient, x, jac=True, method="L-BFGS-B", bounds=bounds))

report(
    "trust region",
    minimize(energy_and_gradient, x, jac=True, hessp=hessian_product, method="trust-krylov", options={"gtol": 1e-6}),
)

ours = model.relax(start, optimizer="lbfgs", fmax=1e-6)
print(f"{'librm':16s} E {ours.energy:.8f} A^2, fmax {ours.fmax:.1e} A, {ours.steps} steps")
