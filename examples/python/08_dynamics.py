"""Molecular dynamics with ASE: at constant energy, then at constant temperature and pressure.

python 08_dynamics.py MODEL      (a model that knows carbon)

ASE takes the pseudo-energy for electronvolts, which it is not: "K", "fs" and pressures below have no physical unit.
"""

import sys

import numpy as np
from ase.build import bulk
from ase.md.nptberendsen import NPTBerendsen
from ase.md.velocitydistribution import MaxwellBoltzmannDistribution, Stationary
from ase.md.verlet import VelocityVerlet
from ase.units import fs

from librm.ase import Calculator

atoms = bulk("C", "diamond", a=3.567, cubic=True) * 2
atoms.calc = Calculator(sys.argv[1], skin=0.4)  # a skin keeps neighbour lists while the cell is the same

MaxwellBoltzmannDistribution(atoms, temperature_K=300, rng=np.random.default_rng(1))
Stationary(atoms)
dynamics = VelocityVerlet(atoms, timestep=0.5 * fs)
totals = []
dynamics.attach(lambda: totals.append(atoms.get_total_energy() / len(atoms)))
dynamics.run(500)
drift = np.polyfit(0.5e-3 * np.arange(len(totals)), totals, 1)[0]
print(f"NVE: total energy drifts by {drift:.1e} per atom and ps")

atoms.calc = Calculator(sys.argv[1])
dynamics = NPTBerendsen(
    atoms, timestep=0.5 * fs, temperature_K=300, pressure_au=0, taut=50 * fs, taup=50 * fs, compressibility_au=1.2
)  # what librm learns has Young's modulus 1 and Poisson's ratio 0.3, so its compressibility is 1.2
volumes, temperatures, pressures = [], [], []
dynamics.attach(lambda: volumes.append(atoms.get_volume() / len(atoms)))
dynamics.attach(lambda: temperatures.append(atoms.get_temperature()))
dynamics.attach(lambda: pressures.append(-atoms.get_stress(voigt=False, include_ideal_gas=True).trace() / 3))
dynamics.run(600)
temperature, volume, pressure = (np.mean(values[300:]) for values in (temperatures, volumes, pressures))
print(f"NPT: {temperature:.0f} K, {volume:.3f} A^3 per atom, pressure {pressure:.1e}")
