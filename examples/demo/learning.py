"""Learning a potential for carbon from one diamond."""

from __future__ import annotations

from ase import Atoms
from rich.progress import Progress

import librm


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
