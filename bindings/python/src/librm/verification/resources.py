"""What a potential does to its host: memory that grows, threads that disturb each other."""

from __future__ import annotations

import gc
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from ..model import Results
from ..structure import Structure
from .grades import Finding, Potential, passes
from .structures import samples

TRIES = 3
ROUNDS = 8
CALLS = 250  # evaluations in a round
GROWTH = 64.0  # bytes per evaluation that are no leak: less than any array that an evaluation needs
THREADS = 4


def memory(potential: Potential, seed: int) -> Finding:
    """Evaluates over and over; resident memory must not grow. A leak grows in every try, what else goes on does not."""
    structures = samples(potential, seed)[:12]
    growth = min(growth_of(potential, structures) for _ in range(TRIES))
    detail = f"{growth:.0f} bytes more per evaluation over {TRIES * ROUNDS * CALLS} evaluations"
    return Finding(passes(growth, GROWTH), growth, detail)


def growth_of(potential: Potential, structures: list[Structure]) -> float:
    """Bytes by which the process grows per evaluation, between the first half of some rounds and the second."""
    sizes = []
    for _ in range(ROUNDS):
        for call in range(CALLS):
            potential.evaluate(structures[call % len(structures)])
        potential.evaluate_batch(structures)
        gc.collect()
        sizes.append(resident())
    half = ROUNDS // 2
    return max(0.0, (min(sizes[half:]) - min(sizes[1:half])) / (CALLS * (half - 1)))


def resident() -> int:
    """Bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def thread_safety(potential: Potential, seed: int) -> Finding:
    """One model in several threads at once, and a batch over threads: every bit as on one thread."""
    structures = samples(potential, seed) * 8
    wanted = [bits(potential.evaluate(structure)) for structure in structures]

    def work(part: int) -> int:
        order = np.random.default_rng(seed + part).permutation(len(structures))
        return sum(bits(potential.evaluate(structures[index])) != wanted[index] for index in order)

    with ThreadPoolExecutor(THREADS) as pool:
        wrong = sum(pool.map(work, range(THREADS)))
    batch = potential.evaluate_batch(structures, threads=THREADS)
    wrong += sum(bits(results) != want for results, want in zip(batch, wanted, strict=True))
    count = (THREADS + 1) * len(structures)
    return Finding("F" if wrong else "P", wrong / count, f"{wrong} of {count} results differ from those of one thread")


def bits(results: Results) -> bytes:
    """All numbers of a result, bit by bit."""
    numbers = [results.energy], results.energies, results.forces.ravel(), results.strain_gradient.ravel()
    return bytes(np.concatenate(numbers).tobytes())
