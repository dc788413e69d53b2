"""What is timed, all of it through the functions of rm.h: evaluation, loss gradient, training, relaxation, search.

Arguments are made before, so that what is timed is the library and not Python.
"""

from __future__ import annotations

import ctypes
import math
import statistics
import time
from typing import Any

import ase.io
import librm
import numpy as np
from ase.neighborlist import neighbor_list
from clock import Products, measure
from inputs import Input
from librm import _lib
from librm._lib import address, library
from librm.errors import check
from librm.structure import views


PRECISIONS = ("double", "single")
RUNS = ((1, "double"), (2, "double"), (1, "single"))  # of relaxations and searches: threads, precision


def key(threads: int, precision: str) -> str:
    """What a run is called in the results: "1", "2, single"."""
    return f"{threads}" + ("" if precision == "double" else ", single")


class Prepared:
    """Structures as the library sees them, with room for energies, forces and strain gradients."""

    def __init__(self, structures: list[librm.Structure]):
        self.structures = structures
        self.atoms = sum(len(each) for each in structures)
        self.count = len(structures)
        self.seen = views(structures)
        self.energies = np.zeros(self.count)
        self.strain = np.zeros((self.count, 3, 3))
        self.forces = np.zeros((self.atoms, 3))
        self.results = (_lib.rm_results * self.count)()
        start = 0
        for k, structure in enumerate(structures):
            self.results[k].energy = address(self.energies) + 8 * k
            self.results[k].strain_gradient = address(self.strain) + 72 * k
            self.results[k].forces = address(self.forces) + 24 * start
            start += len(structure)


def disturbed(path: str, seed: int = 1) -> list[librm.Structure]:
    """The structures of a file with atoms moved by up to 0.05 Å: nothing is left at a symmetric place."""
    random = np.random.default_rng(seed)
    structures = []
    for atoms in ase.io.read(path, ":"):
        atoms.positions += random.uniform(-0.05, 0.05, atoms.positions.shape)
        structures.append(librm.Structure.of(atoms))
    return structures


def surroundings(path: str, cutoff: float) -> tuple[float, float]:
    """The mean number of neighbours of an atom, and of different elements among them."""
    neighbors, runs, atoms_count = 0, 0, 0
    for atoms in ase.io.read(path, ":"):
        i, j = neighbor_list("ij", atoms, cutoff)
        neighbors += len(i)
        runs += len({(a, b) for a, b in zip(i.tolist(), atoms.numbers[j].tolist(), strict=True)})
        atoms_count += len(atoms)
    return neighbors / atoms_count, runs / atoms_count


def evaluation(model: librm.Model, prepared: Prepared, repeats: int, products: Products) -> dict[str, Any]:
    """One call for each structure, in double and in single precision, and one for all of them on 1 and 2 threads."""
    workspace, single = librm.Workspace(model), librm.Workspace(model, precision="single")
    calls = [(ctypes.byref(prepared.seen[k]), ctypes.byref(prepared.results[k])) for k in range(prepared.count)]

    def one_by_one(workspace: librm.Workspace) -> None:
        for structure, results in calls:
            if library.rm_evaluate(workspace._handle, structure, results):
                raise RuntimeError(library.rm_last_error())

    def batch(threads: int) -> None:
        check(library.rm_evaluate_batch(model._handle, prepared.count, prepared.seen, prepared.results, threads, None))

    found = {
        "calls": measure(products, lambda: one_by_one(workspace), prepared.atoms, repeats),
        "calls, single": measure(products, lambda: one_by_one(single), prepared.atoms, repeats),
    }
    for threads in (1, 2):
        found[f"batch, {threads}"] = measure(products, lambda t=threads: batch(t), prepared.atoms, repeats)
    assert np.isfinite(prepared.forces).all() and abs(prepared.forces).max() > 0

    found["python, per call"] = python_per_call(prepared, workspace, 20 * repeats)
    return found


def python_per_call(prepared: Prepared, workspace: librm.Workspace, repeats: int) -> float:
    """What Python adds to a call, in µs: by the least times of 5 calls each, of the smallest structure."""
    k = min(range(prepared.count), key=lambda k: len(prepared.structures[k]))
    structure, seen, results = prepared.structures[k], prepared.seen[k], prepared.results[k]
    least = [math.inf, math.inf]
    for _ in range(repeats):
        start = time.thread_time()
        for _ in range(5):
            workspace.evaluate(structure)
        middle = time.thread_time()
        for _ in range(5):
            library.rm_evaluate(workspace._handle, ctypes.byref(seen), ctypes.byref(results))
        least = [min(least[0], middle - start), min(least[1], time.thread_time() - middle)]
    return 1e6 * (least[0] - least[1]) / 5


def loss_gradient(
    model: librm.Model, prepared: Prepared, stress: bool, repeats: int, products: Products
) -> dict[str, Any]:
    """The gradient of the loss of the model's own forces against none."""
    frames = (_lib.rm_frame * prepared.count)()
    targets, no_stress = np.zeros((prepared.atoms, 3)), np.zeros((3, 3))
    start = 0
    for k, structure in enumerate(prepared.structures):
        frames[k].structure = prepared.seen[k]
        frames[k].forces = address(targets) + 24 * start
        frames[k].stress = address(no_stress) if stress else None
        frames[k].weight = 1
        start += len(structure)
    loss, gradient = ctypes.c_double(), np.zeros(model.parameter_count)

    def call(threads: int) -> None:
        check(
            library.rm_loss_and_gradient(
                model._handle,
                prepared.count,
                frames,
                1e3,
                1e3 if stress else 0.0,
                threads,
                ctypes.byref(loss),
                address(gradient),
                None,
                None,
            )  # fmt: skip
        )

    found = {f"{threads}": measure(products, lambda t=threads: call(t), prepared.atoms, repeats) for threads in (1, 2)}
    assert loss.value > 0 and np.isfinite(gradient).all()
    return found


def training(
    model: librm.Model, preset: str, structures: list[librm.Structure], repeats: int, products: Products
) -> dict[str, Any]:
    """An epoch of the published schedule, per atom of all frames, of which a tenth is held out."""
    found: dict[str, Any] = {}
    mean = sum(len(each) for each in structures) / len(structures)
    for precision in PRECISIONS:
        for threads in (1, 2):
            trainer = librm.Trainer(
                model, librm.Dataset(structures), preset, seed=1, threads=threads, precision=precision
            )  # fmt: skip
            frames = sum(trainer.counts)
            measured = measure(products, trainer.epoch, frames * mean, repeats, warm=False)
            found[key(threads, precision)] = {**measured, "frames": frames, "atoms_per_frame": mean}
    return found


def relaxation(model: librm.Model, structures: list[librm.Structure], cell: str, products: Products) -> dict[str, Any]:
    """From places up to 0.3 Å away, with the default options: µs per atom and evaluation, and relaxations a second."""
    random = np.random.default_rng(2)
    starts = []
    for each in structures:
        moved = each.positions + random.uniform(-0.3, 0.3, each.positions.shape)
        starts.append(librm.Structure(each.numbers, moved, each.cell, each.pbc))
    found: dict[str, Any] = {}
    for threads, precision in RUNS:
        done: list[Any] = []

        def call(t: int = threads, precision: Any = precision, done: list[Any] = done) -> None:
            done[:] = model.relax_batch(starts, threads=t, cell_mode=cell, precision=precision)

        call()
        work = sum(result.evaluations * len(start) for result, start in zip(done, starts, strict=True))
        measured = measure(products, call, work, 1, warm=False)
        found[key(threads, precision)] = {
            **measured,
            "evaluations": statistics.mean(result.evaluations for result in done),
            "converged": sum(result.converged for result in done) / len(done),
            "per_second": 1e6 / (measured["normalized"] * work / len(starts)),
        }
    return found


def search(
    model: librm.Model, preset: str, structures: list[librm.Structure], count: int, products: Products
) -> dict[str, Any]:
    """Candidates of the structures' contents, at their volumes: per atom and evaluation, and candidates a second."""
    found: dict[str, Any] = {}
    for threads, precision in RUNS:
        totals = {"work": 0.0, "tried": 0, "converged": 0, "evaluations": 0}

        def call(t: int = threads, precision: Any = precision, totals: dict[str, Any] = totals) -> None:
            totals.update(work=0.0, tried=0, converged=0, evaluations=0)
            for each in structures:
                options: dict[str, Any] = {"precision": precision}
                if preset == "crystals" and each.cell is not None:
                    volume = abs(np.linalg.det(each.cell)) / len(each)
                    options["volume_per_atom"] = (volume, volume)
                numbers = each.numbers if preset != "diamond" else each.numbers[:8]
                result = model.search(numbers, preset, count=count, seed=1, threads=t, hops=0, **options).summary
                totals["work"] += result.evaluations * len(numbers)
                for name in ("tried", "converged", "evaluations"):
                    totals[name] += getattr(result, name)

        call()
        measured = measure(products, call, totals["work"], 1, warm=False)
        found[key(threads, precision)] = {
            **measured,
            "evaluations": totals["evaluations"] / totals["tried"],
            "converged": totals["converged"] / totals["tried"],
            "per_second": 1e6 / (measured["normalized"] * totals["work"] / totals["tried"]),
        }
    return found


def one_size(given: Input, quick: bool) -> dict[str, Any]:
    """All of it for one model."""
    products = Products()
    model = librm.Model.load(given.model)
    structures = disturbed(str(given.structures))
    prepared = Prepared(structures)
    neighbors, runs = surroundings(str(given.structures), model.cutoff)
    stress = given.preset != "molecules"
    repeats = 5 if quick else 15
    few = structures[:: max(1, len(structures) // (10 if quick else 40))]
    relaxed = [librm.Structure.of(atoms) for atoms in ase.io.read(given.structures, ":")]
    searched = (few[:1], 40 if quick else 120) if given.preset == "diamond" else (few[:10] if quick else few, 6)
    found = {
        "origin": given.origin,
        "model": given.model.name,
        "parameters": model.parameter_count,
        "structures": prepared.count,
        "atoms": prepared.atoms,
        "neighbors": neighbors,
        "runs": runs,
        "description": {key: value for key, value in model.description.items() if key != "elements"},
        "evaluation": evaluation(model, prepared, repeats, products),
        "loss gradient": loss_gradient(model, prepared, stress, max(3, repeats // 2), products),
        "training": training(
            librm.Model.create(f"{given.preset}-published", model.elements, seed=1),  # type: ignore[arg-type]
            f"{given.preset}-published",
            relaxed[:1] if given.preset == "diamond" else relaxed[:: max(1, len(relaxed) // (10 if quick else 40))],
            1 if quick else 2,
            products,
        ),
        "relaxation": relaxation(model, few, "free" if stress else "fixed", products),
        "search": search(model, given.preset, *searched, products),
    }
    found["cores free"] = statistics.median(products.cores() for _ in range(5))
    found["gemm"] = statistics.median(products.rates)
    return found


def large(model_path: str, count: int, quick: bool) -> dict[str, Any]:
    """Diamond of many atoms, at the density of the one-shot experiment, in one call on 1 and 2 threads."""
    from scale import diamond

    products = Products()
    model = librm.Model.load(model_path)
    positions, cell = diamond(count, (8 * 4.41) ** (1 / 3))
    count = len(positions)
    prepared = Prepared([librm.Structure(np.full(count, 6, dtype=np.int32), positions, cell, (True, True, True))])
    found: dict[str, Any] = {"atoms": count, "cores free": products.cores()}
    for threads in (1, 2):
        workspace = librm.Workspace(model, threads=threads)

        def call(workspace: librm.Workspace = workspace) -> None:
            check(
                library.rm_evaluate(
                    workspace._handle, ctypes.byref(prepared.seen[0]), ctypes.byref(prepared.results[0])
                )
            )

        repeats = max(1, min(50, (100_000 if quick else 200_000) // count))
        if threads == 1:  # with the first call, so that memory is what the call asks for
            first = measure(products, call, count, 1, warm=False)
        found[f"{threads}"] = measure(products, call, count, repeats, warm=count < 50_000)
    found["1"]["added_memory"], found["1"]["peak_memory"] = first["added_memory"], first["peak_memory"]
    found["gemm"] = statistics.median(products.rates)
    return found
