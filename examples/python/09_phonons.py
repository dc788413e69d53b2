"""Phonons of diamond with ASE: frequencies at points of the Brillouin zone.

python 09_phonons.py MODEL      (a model that knows carbon)

Frequencies follow from a pseudo-energy, which is not in eV, so only their ratios mean something: three of them vanish
at Gamma, degenerate ones are equal, and none is imaginary where the model takes the structure for stable.
"""

import sys
import tempfile

import numpy as np
from ase.build import bulk
from ase.filters import FrechetCellFilter
from ase.optimize import BFGS
from ase.phonons import Phonons

from librm.ase import Calculator

atoms = bulk("C", "diamond", a=3.567)
atoms.calc = Calculator(sys.argv[1])
BFGS(FrechetCellFilter(atoms), logfile=None).run(fmax=1e-6, steps=200)  # phonons are those of a minimum

with tempfile.TemporaryDirectory() as folder:
    phonons = Phonons(atoms, Calculator(sys.argv[1]), supercell=(4, 4, 4), delta=0.01, name=f"{folder}/phonons")
    phonons.run()
    phonons.read(acoustic=True)

points = {"Gamma": [0, 0, 0], "X": [0.5, 0, 0.5], "L": [0.5, 0.5, 0.5]}
bands = phonons.band_structure(list(points.values()))  # imaginary ones come out negative
top = bands.max()
for name, frequencies in zip(points, bands, strict=True):
    print(f"{name:6s}", " ".join(f"{frequency / top:7.3f}" for frequency in frequencies))
print("imaginary frequencies:", int(np.sum(bands < -1e-3 * top)))
