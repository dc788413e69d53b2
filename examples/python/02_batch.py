"""Many structures at once, over two threads.

python 02_batch.py MODEL      (a model that knows carbon)
"""

import sys

import numpy as np
from ase.build import bulk

import librm

model = librm.Model.load(sys.argv[1])

# Diamond from compressed to stretched: where is E lowest? ASE's Atoms, dictionaries or arrays will do for structures.
edges = np.linspace(3.3, 4.0, 29)
structures = [bulk("C", "diamond", a=edge) for edge in edges]
results = model.evaluate_batch(structures, threads=2)

energies = np.array([result.energy / 2 for result in results])
pressures = np.array([-np.trace(result.stress) / 3 for result in results])
print("edge / A   E per atom / A^2   pressure")
for edge, energy, pressure in zip(edges, energies, pressures, strict=True):
    print(f"{edge:8.3f} {energy:18.5f} {pressure:10.5f}")
print(f"E is lowest near {edges[energies.argmin()]:.3f} A")
