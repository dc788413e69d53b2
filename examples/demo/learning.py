"""Learning a potential for carbon from one diamond."""

from __future__ import annotations

import numpy as np
from ase import Atoms
from ase.build import bulk
from rich.progress import Progress

import librm

VOLUME_PER_ATOM = 4.41  # cubic angstrom, that of the paper's cell; at ambient pressure diamond has 5.67


def one_diamond() -> Atoms:
    """A perfect diamond of 72 atoms: 3 x 3 x 4 primitive cells, so that noise can differ from cell to cell."""
    edge = np.cbrt(8 * VOLUME_PER_ATOM)
    return bulk("C", "diamond", a=edge) * (3, 3, 4)


def learn(diamond: Atoms, epochs: int, seed: int, threads: int, progress: Progress) -> librm.Model:
    """Trains on this structure alone, with the options of the preset `diamond` but fewer epochs and ever new noise."""
    start = librm.Model.create("diamond", ["C"], seed)
    dataset = librm.Dataset([diamond])
    task = progress.add_task("learn", total=epochs)
    trainer = librm.Trainer(
        start,
        dataset,
        "diamond",
        epochs=epochs,
        fresh_noise=True,
        seed=seed,
        threads=threads,
    )
    for epoch in trainer:
        progress.update(task, completed=epoch.epoch)
        if epoch.epoch % 10 == 0:
            progress.console.print(f"  epoch {epoch.epoch:3d}: validation loss {epoch.validation_loss:.0f}")
    return trainer.model().with_parameters(note="one diamond of 72 atoms, by examples/demo")
