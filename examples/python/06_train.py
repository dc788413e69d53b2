"""Learn carbon from a single diamond, and keep the model.

python 06_train.py [MODEL]      (the file to write, carbon.safetensors if not said)

Nothing but the relaxed structure goes in: it is displaced and strained at random, and the model learns the forces and
stresses that point back.
"""

import sys

from ase.build import bulk

import librm

diamond = bulk("C", "diamond", a=3.567, cubic=True)
dataset = librm.Dataset([diamond])
start = librm.Model.create("diamond", ["C"], seed=1)

trainer = librm.Trainer(start, dataset, "diamond", epochs=30, seed=1, threads=2)
print("epoch   training   validation   force error / A")
for epoch in trainer:
    losses = f"{epoch.training_loss:10.3f} {epoch.validation_loss:12.3f}"
    print(f"{epoch.epoch:5d} {losses} {epoch.validation_force_error:12.4f}")
    if epoch.epoch % 10 == 0:
        trainer.save("carbon.checkpoint")  # librm.Trainer.load goes on from here

model = trainer.model().with_parameters(note="one diamond")
model.save(sys.argv[1] if len(sys.argv) > 1 else "carbon.safetensors")
print("what the file says of its training:", model.description["note"])
