"""Tables for the terminal and the picture."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from rich.console import Console
from rich.table import Table
from targets import Target, speed_up, targets

# In the order in which they are computed.
PARTS = (
    "neighbours and the rest", "radial, angular sums", "forms", "mixing", "contractions", "readout",
    "contractions, backward", "mixing, backward", "edge gradients",
)  # fmt: skip
WORK = ("evaluation", "loss gradient", "training", "relaxation", "search")


def threads(size: dict[str, Any], work: str) -> dict[str, Any]:
    """A workload's figures for 1 and 2 threads."""
    found = size[work]
    return {"1": found["batch, 1"], "2": found["batch, 2"]} if work == "evaluation" else found


def in_single(size: dict[str, Any], work: str) -> float | None:
    """µs per atom at 45 GFLOP/s on one thread in single precision, where that is measured."""
    if work == "loss gradient":
        return size["gradient in single"]
    run = size["evaluation"]["calls, single"] if work == "calls" else size[work].get("1, single")
    return run and run["normalized"]


def table(title: str, *columns: str) -> Table:
    made = Table(title=title, title_justify="left", title_style="bold", header_style="", box=None, pad_edge=False)
    for k, name in enumerate(columns):
        made.add_column(name, justify="left" if k == 0 else "right", no_wrap=True)
    return made


def tables(results: dict[str, Any], console: Console) -> None:
    for name, size in results["sizes"].items():
        console.print()
        console.print(
            f"[bold]{name}[/bold]: {size['origin']}; {size['structures']} structures, {size['atoms']} atoms, "
            f"{size['neighbors']:.1f} neighbours, {size['parameters']} parameters"
        )
        made = table(
            "", "µs per atom", "at 45 GFLOP/s", "single", "processor", "wall", "GEMM", "2 threads: wall", "cores had",
            "2 cores give", "peak MB",
        )  # fmt: skip
        notes = []
        rows = [("energy, forces, stress: calls", size["evaluation"]["calls"], None, in_single(size, "calls"))]
        for work in WORK:
            found = threads(size, work)
            one = found["1"]
            if "evaluations" in one:
                single = size[work]["1, single"]
                notes.append(
                    f"{work.capitalize()}: {one['per_second']:.0f} a second and core at 45 GFLOP/s "
                    f"(single: {single['per_second']:.0f}), {one['evaluations']:.0f} evaluations each "
                    f"({single['evaluations']:.0f}), {100 * one['converged']:.0f} % converged "
                    f"({100 * single['converged']:.0f})."
                )
            label = {"evaluation": "the same: batch", "training": "epoch of training"}.get(work, work)
            rows.append((label, one, found["2"], in_single(size, work)))
        for label, one, two, single in rows:
            second = (
                [
                    f"{two['wall']:.2f}",
                    f"{two['cpu'] / two['wall']:.2f}",
                    gain(one, two, size["cores free"], label != "search"),
                ]
                if two
                else ["", "", ""]
            )
            made.add_row(
                label, f"{one['normalized']:.2f}", f"{single:.2f}" if single else "", f"{one['cpu']:.2f}", f"{one['wall']:.2f}", f"{one['gemm']:.1f}",
                *second, f"{one['peak_memory'] / 1e6:.0f}",
            )  # fmt: skip
        console.print(made)
        for note in notes:
            console.print(note)
        console.print(
            f"Python adds {size['evaluation']['python, per call']:.1f} µs to a call. Relaxations and searches are per "
            "atom and evaluation, training per atom of a frame and epoch."
        )
        operations(size, console)
    cores = statistics.median(size["cores free"] for size in results["sizes"].values())
    console.print(
        f"\nThe machine gave two threads of matrix products {cores:.2f} cores. ~: estimated from the processor time of "
        "the busier thread, since wall time says nothing on less than two."
    )
    large(results, console)
    lammps(results, console)
    aims(results, console)


def gain(one: dict[str, Any], two: dict[str, Any], cores_free: float, both_work: bool = True) -> str:
    """What two cores give; ~ marks an estimate, which needs a calling thread that works as the other does."""
    times, estimated = speed_up(one, two, cores_free)
    if estimated and not both_work:
        return "?"
    return f"{'~' if estimated else ''}{times:.2f}"


def operations(size: dict[str, Any], console: Console) -> None:
    """The count, and the share of the peak of matrix products that it comes to."""
    made = table("Multiply-adds per atom of energy and forces", "", "count", "% of time", "% of GEMM peak")
    shares, counted = size.get("shares") or {}, size["operations"]
    grouped = size["operations by part of the time"]
    time = size["evaluation"]["calls"]["normalized"]
    for name in (part for part in PARTS if part in grouped or part in shares):
        count, share = grouped.get(name), shares.get(name)
        if not count and (share or 0) < 0.005:
            continue
        made.add_row(
            name, f"{count:,.0f}" if count else "", f"{100 * share:.0f}" if share else "",
            f"{100 * of_peak(count, share * time):.0f}" if count and share else "",
        )  # fmt: skip
        for part in size["together"].get(name, []):
            made.add_row(f"  {part}", f"{counted[part]:,.0f}", "", "")
    total = sum(counted.values())
    made.add_row("all", f"{total:,.0f}", "", f"{100 * of_peak(total, time):.0f}")
    console.print(made)
    if size["plain operations"]:
        console.print(
            f"The model's contractions are of order 2 at most and computed as forms, without mixing: mixing and "
            f"contracting would take {size['plain operations']:,.0f}."
        )
    if not size["complete"]:
        console.print("This list of contractions goes through a program: its contractions are not counted.")
    if size.get("no shares"):
        console.print(f"No times by part: {size['no shares']}.")


def of_peak(multiply_adds: float, microseconds: float) -> float:
    """The share of 45 GFLOP/s."""
    return 2e-3 * multiply_adds / microseconds / 45


def large(results: dict[str, Any], console: Console) -> None:
    if not results["large"]:
        return
    console.print()
    made = table(
        "carbon, one call: µs per atom", "atoms", "at 45 GFLOP/s", "processor", "wall", "2 threads: wall", "cores had",
        "2 cores give", "bytes per atom added", "peak MB",
    )  # fmt: skip
    for row in results["large"]:
        one, two = row["1"], row["2"]
        made.add_row(
            f"{row['atoms']:,}", f"{one['normalized']:.2f}", f"{one['cpu']:.2f}", f"{one['wall']:.2f}",
            f"{two['wall']:.2f}", f"{two['cpu'] / two['wall']:.2f}", gain(one, two, row["cores free"]),
            f"{one['added_memory'] / row['atoms']:,.0f}", f"{one['peak_memory'] / 1e6:.0f}",
        )  # fmt: skip
    console.print(made)


def lammps(results: dict[str, Any], console: Console) -> None:
    found = results.get("lammps")
    console.print()
    if not found:
        console.print(f"No comparison in LAMMPS: {results['no lammps']}.")
        return
    made = table(
        f"LAMMPS, {found['atoms']} atoms of diamond: µs per atom and step", "pair style", "cutoff/Å", "processor",
        "wall",
        "of rm's",
    )  # fmt: skip
    ours = next(iter(found["potentials"].values()))["cpu"]
    for name, row in found["potentials"].items():
        made.add_row(
            name, f"{row['cutoff']:.1f}", f"{row['cpu']:.2f}", f"{row['wall']:.2f}", f"{row['cpu'] / ours:.2f}"
        )
    console.print(made)


def verdict(target: Target, value: float | None) -> str:
    if value is None:
        return ""
    return ("met" if target.met(value) else "[red]not met[/red]") + (" (estimate)" if target.estimated else "")


def aims(results: dict[str, Any], console: Console) -> None:
    console.print()
    title = "Targets" if results["published"] else "Targets, which are for the published models and their data"
    made = table(title, "", "aim", "measured", "", "in single", "", "unit")
    for target in targets(results):
        sign = "≥" if target.at_least else "≤"
        made.add_row(
            target.what,
            f"{sign} {target.aim:g}",
            f"{target.value:.3g}",
            verdict(target, target.value) if results["published"] else "",
            f"{target.single:.3g}" if target.single else "",
            verdict(target, target.single) if results["published"] else "",
            target.unit,
        )
    console.print(made)


def picture(results: dict[str, Any], path: Path) -> None:
    """Times of all work, sizes of one call, parts of the time, and potentials in LAMMPS."""
    figure, axes = plt.subplots(2, 2, figsize=(13, 9), layout="constrained")
    colors = dict(zip(results["sizes"], ("#4477aa", "#ee6677", "#228833"), strict=False))

    axis = axes[0, 0]
    for k, (name, size) in enumerate(results["sizes"].items()):
        values = [threads(size, work)["1"]["normalized"] for work in WORK]
        places = [j + 0.27 * (k - 1) for j in range(len(WORK))]
        bars = axis.bar(places, values, 0.25, label=name, color=colors[name])
        axis.bar_label(bars, [f"{value:.1f}" for value in values], fontsize=8, padding=1)
    axis.set_xticks(range(len(WORK)), ["energy\nand forces", "loss\ngradient", "training", "relaxation", "search"])
    axis.set_yscale("log")
    axis.set_yticks([2, 5, 10, 20, 50, 100], ["2", "5", "10", "20", "50", "100"])
    axis.minorticks_off()
    axis.set_ylabel("µs per atom (and evaluation) at 45 GFLOP/s")
    axis.set_title("One thread")
    axis.legend(frameon=False)

    axis = axes[0, 1]
    if results["large"]:
        atoms = [row["atoms"] for row in results["large"]]
        axis.plot(atoms, [row["1"]["normalized"] for row in results["large"]], "o-", color="#228833", label="1 thread")
        axis.plot(
            atoms, [row["2"]["normalized"] for row in results["large"]], "s--", color="#66aa77",
            label="2 threads, both together",
        )  # fmt: skip
        axis.set_xscale("log")
        axis.set_ylim(0, 1.3 * max(row["1"]["normalized"] for row in results["large"]))
        axis.legend(frameon=False, loc="lower right")
    axis.set_xlabel("atoms of carbon in one call")
    axis.set_ylabel("processor time, µs per atom at 45 GFLOP/s")
    axis.set_title("Energy and forces of large structures")

    axis = axes[1, 0]
    parts = [part for part in PARTS if any(part in (size.get("shares") or {}) for size in results["sizes"].values())]
    left = dict.fromkeys(results["sizes"], 0.0)
    palette = plt.get_cmap("tab20").colors
    for part, color in zip(parts, palette, strict=False):
        axis.barh(next(iter(left)), 0, color=color, label=part)
        for name, size in results["sizes"].items():
            value = (size.get("shares") or {}).get(part, 0) * size["evaluation"]["calls"]["normalized"]
            axis.barh(name, value, left=left[name], color=color)
            left[name] += value
    for name, size in results["sizes"].items():
        if not parts:
            axis.barh(name, size["evaluation"]["calls"]["normalized"], color="#bbbbbb")
        least = 2e-3 * sum(size["operations"].values()) / 45
        axis.plot([least, least], [list(left).index(name) - 0.4, list(left).index(name) + 0.4], color="black")
    if parts:
        axis.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(0, -0.12), ncol=3)
    axis.set_xlabel("µs per atom at 45 GFLOP/s; line: all multiply-adds at the rate of GEMM")
    axis.set_title("Where energy and forces spend their time")
    axis.invert_yaxis()

    axis = axes[1, 1]
    if results.get("lammps"):
        rows = results["lammps"]["potentials"]
        values = [row["cpu"] for row in rows.values()]
        bars = axis.barh(
            [name.replace(", ", ",\n", 1) for name in rows], values, color=["#228833" if name.startswith("rm") else "#bbbbbb" for name in rows]
        )
        axis.bar_label(bars, [f"{value:.1f}" for value in values], fontsize=8, padding=2)
        axis.set_xscale("log")
        axis.set_xlim(right=2.5 * max(values))
        axis.invert_yaxis()
        axis.set_xlabel("processor time, µs per atom and step, as measured")
        axis.set_title(f"LAMMPS, {results['lammps']['atoms']} atoms of diamond, one rank")
    else:
        axis.axis("off")
        axis.text(0.5, 0.5, f"No LAMMPS: {results['no lammps']}", ha="center")
    for axis in axes.flat:
        axis.spines[["top", "right"]].set_visible(False)
    figure.suptitle(f"librm: {results['kernels']}, GEMM {results['gemm']:.0f} GFLOP/s, load {results['load']:.1f}")
    figure.savefig(path, dpi=110)
