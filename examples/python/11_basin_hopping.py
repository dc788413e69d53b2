"""Basin hopping with ASE, from atoms anywhere: random moves, relaxation, and a Metropolis criterion.

python 11_basin_hopping.py MODEL      (a model that knows carbon)

librm's own search (05_search.py) is much faster; this shows that ASE's global optimisers work as they are.
"""

import sys

import numpy as np
from ase.build import bulk
from ase.optimize import LBFGS
from ase.optimize.basin import BasinHopping

from librm.ase import Calculator


class Relaxation(LBFGS):
    """Basin hopping relaxes without a limit, which on a structure that came out badly may take for ever."""

    def run(self, fmax=0.05, steps=200):
        return super().run(fmax, steps)


np.random.seed(1)  # ASE's basin hopping draws from NumPy's global generator
atoms = bulk("C", "diamond", a=3.567, cubic=True)
atoms.calc = Calculator(sys.argv[1])
diamond = atoms.get_potential_energy() / len(atoms)
atoms.set_scaled_positions(np.random.default_rng(1).uniform(size=(8, 3)))
print(f"random atoms: {atoms.get_potential_energy() / len(atoms):8.4f} A^2 per atom")

search = BasinHopping(
    atoms,
    temperature=0.5,
    dr=0.4,
    optimizer=Relaxation,
    fmax=0.01,
    optimizer_logfile=None,
    logfile=None,
    trajectory=None,
    local_minima_trajectory=None,
)
search.run(10)
lowest, found = search.get_minimum()
print(f"lowest found: {lowest / len(found):8.4f} A^2 per atom; diamond has {diamond:.4f}")
