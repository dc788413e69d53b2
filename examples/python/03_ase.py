"""librm as an ASE calculator: molecular dynamics of a diamond.

python 03_ase.py MODEL      (a model that knows carbon)

ASE takes E for electronvolts, which it is not: "temperature" and "time" below have no physical unit.
"""

import sys

import numpy as np
from ase.build import bulk
from ase.md.velocitydistribution import MaxwellBoltzmannDistribution
from ase.md.verlet import VelocityVerlet
from ase.units import fs

from librm.ase import Calculator

atoms = bulk("C", "diamond", a=3.567, cubic=True) * (2, 2, 2)
atoms.calc = Calculator(sys.argv[1], skin=0.5)  # a skin keeps neighbour lists over several steps

MaxwellBoltzmannDistribution(atoms, temperature_K=300, rng=np.random.default_rng(1))
dynamics = VelocityVerlet(atoms, timestep=0.5 * fs)
totals = []
dynamics.attach(lambda: totals.append(atoms.get_total_energy()))
dynamics.run(200)

print(f"{len(totals)} steps; the total energy stays within {np.ptp(totals):.2e}")
print(f"kinetic energy now {atoms.get_kinetic_energy():.4f}")
