"""The whole suite of benchmarks in one go: a table, a picture and JSON in build/benchmarks.

    make benchmarks
    make benchmarks OPTIONS="--quick --models FOLDER --data FOLDER"

Sizes: molecules, crystals and carbon, each with a model of the published size. --models has molecules', crystals' and
carbon's in qm7b, mp20 and diamond.safetensors, --data (or LIBRM_DATA) structures in qm7, mp_val and diamond_72.extxyz;
what is not there is made here, and said to be. Figures are for double precision where they do not say single.

Each size runs in a process of its own, so that peak memory is its own. Times are processor times beside the rate of
matrix products just before and after, and scaled to 45 GFLOP/s. With two threads, `cores had` says what the machine
gave them in fact; where that is well below two, their wall time says nothing, and what two cores give is estimated.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before NumPy and librm load theirs

import click
import inputs
import operations
import parts
from rich.console import Console

# Parts of the count that perf, which sees functions, cannot tell apart.
TIMED_TOGETHER = {
    "radial, angular sums": ("radial", "angular sums"),
    "forms": ("forms", "forms, backward"),
    "readout": ("readout", "readout, backward"),
}


def child(console: Console, what: str, **arguments: Any) -> dict[str, Any]:
    """Runs a measurement in a process of its own."""
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, Path(__file__).parent, "--child", json.dumps({"what": what, **arguments})],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode != 0:
        sys.exit(f"{what} {arguments} failed:\n{done.stderr[-3000:]}")
    console.print(f"[dim]{what} {arguments.get('name') or arguments.get('count')}: {time.monotonic() - started:.0f} s")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def be_child(arguments: dict[str, Any]) -> None:
    import workloads

    if arguments["what"] == "size":
        given = inputs.Input(
            arguments["name"], arguments["preset"], Path(arguments["model"]), Path(arguments["structures"]),
            arguments["origin"],
        )  # fmt: skip
        print(json.dumps(workloads.one_size(given, arguments["quick"])))
    else:
        print(json.dumps(workloads.large(arguments["model"], arguments["count"], arguments["quick"])))


def counted(size: dict[str, Any]) -> None:
    """Adds the count of operations."""
    description = size["description"]
    size["operations"] = operations.count(description, size["neighbors"], size["runs"])
    size["plain operations"] = operations.plain_count(description, size["neighbors"], size["runs"])
    size["complete"] = operations.uses_forms(description) or "contractions" in size["operations"]
    size["together"] = {
        name: [one for one in names if one in size["operations"]] for name, names in TIMED_TOGETHER.items()
    }
    grouped = {name: sum(size["operations"][one] for one in names) for name, names in size["together"].items() if names}
    apart = {one: value for one, value in size["operations"].items() if one not in sum(size["together"].values(), [])}
    size["operations by part of the time"] = grouped | apart


def in_lammps(model: Path, quick: bool) -> tuple[dict[str, Any] | None, str | None]:
    """Times in LAMMPS, or why there are none."""
    try:
        import lammps_loop
        import potentials_in_lammps
    except ImportError as problem:
        return None, f"{problem.name} is not installed"
    if not lammps_loop.PLUGIN.exists():
        return None, "the plugin is not built (make lammps)"
    atoms = 512
    return {
        "atoms": atoms,
        "potentials": potentials_in_lammps.compare(model, atoms, 10 if quick else 30, 1 if quick else 3),
    }, None


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def kernels(given: inputs.Input) -> str:
    """The set of kernels that librm takes here, as rm-kernels has it."""
    program = parts.PROGRAMS / "rm-kernels"
    if not program.exists():
        return "unknown kernels"
    done = subprocess.run(
        [program, given.model, given.structures, "1", "--no-gradient"],
        capture_output=True, text=True, stdin=subprocess.DEVNULL, env={**os.environ, "REPEATS": "1"},
    )  # fmt: skip
    line = next((line for line in done.stdout.splitlines() if line.startswith("kernels ")), "kernels unknown,")
    return line.split(",")[0]


@click.command(help=__doc__)
@click.option("--quick", is_flag=True, help="under a minute: fewer structures, repeats and sizes")
@click.option("--models", type=click.Path(exists=True, file_okay=False, path_type=Path), help="a folder of models")
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path), help="a folder of structures")
@click.option("--no-lammps", is_flag=True, help="leave LAMMPS out")
@click.option("--child", "arguments", hidden=True)
def main(quick: bool, models: Path | None, data: Path | None, no_lammps: bool, arguments: str | None) -> None:
    if arguments:
        return be_child(json.loads(arguments))
    from show import picture, tables

    console = Console(width=max(150, Console().width))
    data = data or inputs.data_folder()
    results: dict[str, Any] = {"processor": processor(), "load": os.getloadavg()[0], "sizes": {}, "large": []}
    results["published"] = models is not None and data is not None
    no_shares = parts.missing()
    for name in inputs.SIZES:
        given = inputs.prepare(name, models, data, 60 if quick else 200)
        size = child(
            console, "size", name=name, preset=given.preset, model=str(given.model), structures=str(given.structures),
            origin=given.origin, quick=quick,
        )  # fmt: skip
        counted(size)
        size["no shares"] = no_shares
        if not no_shares:
            size["shares"] = parts.shares(given, int((0.5 if quick else 2) / 8e-6 / size["atoms"]))
        size["gradient in single"] = parts.gradient_in_single(given, 5 if quick else 15)
        size["potential share"] = parts.potential_share(given, 6 if quick else 12, 6 if quick else 20)
        results["sizes"][name] = size
    results["kernels"] = kernels(given)
    carbon = given.model
    for count in (64, 1000, 10_000) if quick else (64, 1000, 10_000, 100_000):
        results["large"].append(child(console, "large", model=str(carbon), count=count, quick=quick))
    results["gemm"] = statistics.median(size["gemm"] for size in results["sizes"].values())
    results["lammps"], results["no lammps"] = (None, "left out") if no_lammps else in_lammps(carbon, quick)
    console.print(
        f"\n{results['processor']}, {results['kernels']}; GEMM {results['gemm']:.1f} GFLOP/s on one thread (OpenBLAS); "
        f"load {results['load']:.1f}"
    )
    tables(results, console)
    (inputs.BUILD / "suite.json").write_text(json.dumps(results, indent=1))
    picture(results, inputs.BUILD / "suite.png")
    console.print(f"\n{inputs.BUILD}/suite.json, suite.png")


if __name__ == "__main__":
    main()
