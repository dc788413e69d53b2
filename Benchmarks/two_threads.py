"""What a second thread gives to training, beside what the machine gives to two trainings at once.

    make python && .venv/bin/python Benchmarks/two_threads.py MODEL STRUCTURES [--preset NAME] [--rounds N]

STRUCTURES: what ASE reads. In turn, an epoch on one thread, one on two threads, and one of each of two trainings of
one thread at once, which wait for nothing of each other: as much as two cores can give. Then the same of the loss's
gradient of all structures as one batch, whose parts wait for each other but once, while epochs do for each of their
batches. On a machine that others use too the three vary together, so what counts are the ratios within a round.
"""

import argparse
import os
import statistics
import threading
import time
from collections.abc import Callable

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import ase.io
import librm
import numpy as np


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("structures")
    parser.add_argument("--preset", default="molecules-published")
    parser.add_argument("--precision", default="double", choices=["double", "single"])
    parser.add_argument("--count", type=int, default=200, help="structures")
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()

    model = librm.Model.load(options.model)
    structures = ase.io.read(options.structures, f":{options.count}")
    dataset = librm.Dataset(structures)

    def trainer(threads: int) -> librm.Trainer:
        return librm.Trainer(model, dataset, options.preset, seed=1, threads=threads, precision=options.precision)

    one, other, both = trainer(1), trainer(1), trainer(2)
    frames = "{} frames for training, {} for validation".format(*one.counts)
    print(f"epochs of {options.preset} in {options.precision} precision, {frames}; {options.rounds} rounds")
    compare(one.epoch, other.epoch, both.epoch, options.rounds)

    while len(structures) < 40:  # one crystal, say
        structures = structures + structures
    random = np.random.default_rng(1)
    forces = [0.1 * random.normal(size=(len(each), 3)) for each in structures]
    moved = []
    for each, shift in zip(map(librm.Structure.of, structures), forces, strict=True):
        moved.append(librm.Structure(each.numbers, each.positions - shift, each.cell, each.pbc))

    def gradient(threads: int) -> None:
        librm.loss_and_gradient(model, moved, forces, None, 1.0, 0.0, threads=threads)

    print(f"loss's gradient of a batch of {len(moved)} structures in double precision; {options.rounds} rounds")
    compare(lambda: gradient(1), lambda: gradient(1), lambda: gradient(2), options.rounds)


def compare(one: Callable[[], object], other: Callable[[], object], both: Callable[[], object], count: int) -> None:
    """Work of one thread, the same for another one, and the same on two threads."""

    def at_once() -> None:
        thread = threading.Thread(target=other)
        thread.start()
        one()
        thread.join()

    for each in (one, other, both):
        each()
    rounds = [(seconds(one), seconds(both), seconds(at_once) / 2) for _ in range(count)]

    def times(of: int, over: int) -> str:
        values = sorted(each[of] / each[over] for each in rounds)
        return f"{statistics.median(values):.2f} times as fast ({values[0]:.2f} to {values[-1]:.2f})"

    print(f"one thread             {1e3 * statistics.median(each[0] for each in rounds):8.1f} ms")
    print(f"two threads            {1e3 * statistics.median(each[1] for each in rounds):8.1f} ms, {times(0, 1)}")
    print(f"two at once, for each  {1e3 * statistics.median(each[2] for each in rounds):8.1f} ms, {times(0, 2)}")
    print(f"two threads beside two at once: {times(2, 1)}")


if __name__ == "__main__":
    main()
