"""The loss and its exact gradient, for an optimiser of your own: here plain gradient descent with momentum.

python 07_loss_gradient.py
"""

import numpy as np
from ase.build import bulk

import librm

model = librm.Model.create("diamond", ["C"], seed=1)
diamond = bulk("C", "diamond", a=3.567, cubic=True)
frames = librm.draw_responses(diamond, "diamond", seed=1, levels=[1, 2, 4, 8], strain_count=3)
structures = [frame.structure for frame in frames]
forces = [frame.forces for frame in frames]
stresses = [frame.stress for frame in frames]

velocity = {name: np.zeros_like(tensor) for name, tensor in model.tensors().items()}
for step in range(60):
    loss, gradient = librm.loss_and_gradient(model, structures, forces, stresses, 1.0, 1.0, threads=2)
    size = np.sqrt(sum((tensor**2).sum() for tensor in gradient.values()))
    for name, tensor in gradient.items():
        velocity[name] = 0.9 * velocity[name] - 0.003 * tensor / size
    model = model.with_parameters({name: tensor + velocity[name] for name, tensor in model.tensors().items()})
    if step % 10 == 0:
        print(f"step {step:3d}   loss {loss:.5f}   gradient {size:.5f}")
print(f"at the end      loss {loss:.5f}")
