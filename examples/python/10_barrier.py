"""A nudged elastic band with ASE: an atom of diamond hops into the vacancy beside it.

python 10_barrier.py MODEL      (a model that knows carbon)

The barrier is one of the pseudo-energy: it is in A^2, not in eV, and compares with others of the same model only.
"""

import sys

from ase.build import bulk
from ase.mep import NEB
from ase.optimize import FIRE

import librm
from librm.ase import Calculator

model = librm.Model.load(sys.argv[1])
crystal = bulk("C", "diamond", a=3.567, cubic=True) * 2
neighbor = int(crystal.get_distances(0, range(1, len(crystal)), mic=True).argmin())  # once atom 0 is gone

ends = [crystal[1:], crystal[1:]]
ends[1].positions[neighbor] = crystal.positions[0]
for atoms in ends:
    atoms.calc = Calculator(model)
    FIRE(atoms, logfile=None).run(fmax=1e-3, steps=300)

images = [ends[0], *(ends[0].copy() for _ in range(5)), ends[1]]
for atoms in images[1:-1]:
    atoms.calc = Calculator(model)  # one each, for they keep results
band = NEB(images, climb=True, method="improvedtangent")
band.interpolate(mic=True)
optimizer = FIRE(band, logfile=None)
converged = optimizer.run(fmax=0.01, steps=300)

energies = [atoms.get_potential_energy() - ends[0].get_potential_energy() for atoms in images]
print("along the path:", " ".join(f"{energy:.4f}" for energy in energies), "A^2")
print(f"barrier {max(energies):.4f} A^2, {'converged' if converged else 'not converged'} in {optimizer.nsteps} steps")
