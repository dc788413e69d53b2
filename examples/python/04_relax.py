"""Relax a structure: atoms alone, then the cell as well, watched by an observer.

python 04_relax.py MODEL      (a model that knows carbon)
"""

import sys

import numpy as np
from ase.build import bulk

import librm

model = librm.Model.load(sys.argv[1])
atoms = bulk("C", "diamond", a=3.7, cubic=True)
atoms.positions += np.random.default_rng(1).normal(scale=0.1, size=(8, 3))

fixed = model.relax(atoms, fmax=1e-3)
print(f"cell fixed: {fixed.reason} after {fixed.steps} steps, E = {fixed.energy:.5f} A^2, fmax = {fixed.fmax:.1e} A")


def watch(step: librm.RelaxStep) -> bool:
    """Called after each evaluation; something true would stop the relaxation."""
    if step.step % 20 == 0:
        print(f"  step {step.step:4d}   E {step.energy:10.5f}   fmax {step.fmax:.1e}")
    return False


free = model.relax(atoms, cell_mode="free", optimizer="lbfgs", fmax=1e-3, observer=watch)
print(f"cell free: {free.reason} after {free.steps} steps, {free.volume / 8:.3f} A^3 per atom")

batch = model.relax_batch([fixed.structure, free.structure], threads=2, cell_mode="free", fmax=1e-4)
print("both, further:", [f"{result.energy:.5f}" for result in batch])
