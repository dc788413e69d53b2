"""How librm scales: one call with 10³ to 10⁶ atoms, and LAMMPS on one and two ranks.

    make python lammps && .venv/bin/python Benchmarks/scale.py [MODEL] [--quick]

One call: energy, forces and virial of a disturbed diamond by rm_evaluate, on one thread and each size in a process of
its own; time per atom, and memory: the most that the process had, and what of it was added by the call to what the
caller holds already (positions, numbers and results).

LAMMPS: some 10⁵ atoms of diamond. On a machine that does other work as well, the wall time says little; the processor
time in the pair style is the work that the ranks share out, and what the second rank adds to it is the cost of sharing
(work on ghost atoms). Wall time, all processor time (waiting for messages counts) and that of the pair style are shown,
and how many processors other programs kept busy meanwhile.
"""

import argparse
import ctypes
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

TOP = Path(__file__).resolve().parents[1]
FIXTURE = TOP / "Tests/fixtures/models/random-carbon-l3-nu3.safetensors"


def resident() -> int:
    """Bytes of memory that this process has now."""
    fields = Path("/proc/self/statm").read_text().split()
    return int(fields[1]) * resource.getpagesize()


def diamond(count: int, edge: float = 3.567) -> tuple[np.ndarray, np.ndarray]:
    """Positions and cell (of edge Å for 8 atoms) of about `count` atoms, moved by up to 0.05 Å from their places."""
    repeat = max(1, round((count / 8) ** (1 / 3)))
    basis = (
        edge * np.array([[0, 0, 0], [0, 2, 2], [2, 0, 2], [2, 2, 0], [1, 1, 1], [1, 3, 3], [3, 1, 3], [3, 3, 1]]) / 4
    )
    grid = np.stack(np.meshgrid(*3 * [np.arange(repeat)], indexing="ij"), axis=-1).reshape(-1, 1, 3)
    positions = (edge * grid + basis).reshape(-1, 3)
    positions += np.random.default_rng(1).uniform(-0.05, 0.05, positions.shape)
    return positions, edge * repeat * np.eye(3)


def one_size(model_path: str, count: int) -> None:
    """Times one size and prints what it took as JSON."""
    import librm
    from librm import _lib
    from librm._lib import address, library
    from librm.errors import check

    positions, cell = diamond(count)
    count = len(positions)
    numbers = np.full(count, 6, dtype=np.int32)
    energy, forces, virial = np.zeros(1), np.ones((count, 3)), np.zeros((3, 3))
    workspace = librm.Workspace(librm.Model.load(model_path))
    structure = _lib.rm_structure(count, address(numbers), address(positions), address(cell), (1, 1, 1))
    results = _lib.rm_results(energy=address(energy), forces=address(forces), virial=address(virial))
    held = resident()
    wall, cpu, started = [], [], time.monotonic()
    while len(wall) < 2 or (time.monotonic() - started < 2 and len(wall) < 1000):
        before = time.perf_counter(), time.process_time()
        check(library.rm_evaluate(workspace._handle, ctypes.byref(structure), ctypes.byref(results)))
        wall.append(time.perf_counter() - before[0])
        cpu.append(time.process_time() - before[1])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    assert np.isfinite(energy[0]) and abs(forces.sum(axis=0)).max() < 1e-8 * count
    caller = numbers.nbytes + positions.nbytes + forces.nbytes
    print(
        json.dumps(
            {
                "atoms": count,
                "wall": statistics.median(wall),
                "cpu": statistics.median(cpu),
                "held": held,
                "peak": peak,
                "caller": caller,
            }
        )
    )


def one_call(model: Path, sizes: list[int]) -> None:
    print("One call of rm_evaluate, one thread: µs per atom (median of the calls), bytes per atom, MB")
    print(f"{'atoms':>9}{'wall':>8}{'CPU':>8}{'library':>10}{'caller':>8}{'peak RSS':>10}")
    for size in sizes:
        done = subprocess.run(
            [sys.executable, __file__, str(model), "--one", str(size)],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )
        size = json.loads(done.stdout)
        atoms = size["atoms"]
        library = (size["peak"] - size["held"]) / atoms
        print(
            f"{atoms:>9}{1e6 * size['wall'] / atoms:>8.2f}{1e6 * size['cpu'] / atoms:>8.2f}"
            f"{library:>10.0f}{size['caller'] / atoms:>8.0f}{size['peak'] / 1e6:>10.0f}",
            flush=True,
        )


def ranks(model: Path, repeat: int, steps: int, repeats: int) -> None:
    from lammps_loop import carbon, loop, rm

    print(
        f"\nLAMMPS, {8 * repeat**3} atoms, {steps} steps: µs per atom and step; processor times of all ranks together"
    )
    print(f"{'':<14}{'wall':>8}{'CPU':>8}{'CPU, pair':>11}{'imbalance':>11}{'others':>8}")
    loops = {1: [], 2: []}
    for _ in range(repeats):
        for count, measured in loops.items():
            measured.append(loop(carbon(repeat, rm(model), steps), count))
            t = measured[-1]
            name = f"{count} rank{'s' if count > 1 else ''}"
            print(
                f"{name:<14}{t.wall:>8.2f}{t.cpu:>8.2f}{t.pair:>11.2f}{t.imbalance:>11.2f}{t.others:>8.2f}",
                flush=True,
            )
    # Runs next to each other are compared: a core's own speed changes from run to run.
    def ratio(name: str) -> float:
        return statistics.median(
            getattr(one, name) / getattr(two, name) for one, two in zip(loops[1], loops[2], strict=True)
        )

    print(f"2 ranks against 1, median of the pairs: {ratio('wall'):.2f} times in wall time")
    print(
        f"{2 * ratio('cpu'):.2f} times by all processor time per rank,",
        f"{2 * ratio('pair'):.2f} times by that of the pair style",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", type=Path, default=FIXTURE, help="a model that knows carbon")
    parser.add_argument("--quick", action="store_true", help="up to 10⁵ atoms, and once")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--no-lammps", action="store_true")
    options = parser.parse_args()
    if options.one:
        return one_size(str(options.model), options.one)
    one_call(options.model, [10**3, 10**4, 10**5] + ([] if options.quick else [10**6]))
    if not options.no_lammps:
        ranks(options.model, 12 if options.quick else 23, 10, 1 if options.quick else 5)


if __name__ == "__main__":
    main()
