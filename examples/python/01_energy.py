"""Pseudo-energy, forces and stress of one structure.

python 01_energy.py MODEL      (a model that knows carbon; 06_train.py makes one)
"""

import sys

import numpy as np

import librm

model = librm.Model.load(sys.argv[1])
print(model, "cutoff", model.cutoff, "A")

# Diamond, with one atom pushed aside. Rows of the cell are lattice vectors; lengths are in angstrom.
cell = 1.78 * np.array([[0.0, 1, 1], [1, 0, 1], [1, 1, 0]])
positions = np.array([[0.0, 0, 0], [0.95, 0.89, 0.89]])
results = model.evaluate([6, 6], positions, cell, pbc=True)

print("pseudo-energy", results.energy, "A^2 (not an energy in eV)")
print("shares of the atoms", results.energies)
print("forces / A", results.forces, sep="\n")
print("stress", results.stress, sep="\n")
print("descriptors", model.evaluate([6, 6], positions, cell, pbc=True, descriptors=True).descriptors.shape)
