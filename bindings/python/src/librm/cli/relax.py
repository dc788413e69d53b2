"""librm relax"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.table import Table

import librm
import librm.ase
from librm.options import RelaxOptions, as_dict, relax_options

from .common import (
    GroupedCommand,
    Source,
    check_output,
    complain,
    each,
    finish,
    given,
    library_options,
    marked,
    messages,
    model_argument,
    read,
    say,
    threads_option,
    write,
)

DEFAULTS = as_dict(relax_options({}), RelaxOptions)


@click.command("relax", cls=GroupedCommand)
@model_argument
@click.argument("structures", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    help="File for the relaxed structures; its name says the format.",
)
@click.option("--trajectory", type=click.Path(path_type=Path), help="Write every step of a single structure here.")
@click.option("--converged-only", is_flag=True, help="Leave out structures that did not converge.")
@click.option("--overwrite", is_flag=True, help="Replace the output if it exists.")
@threads_option
@library_options(RelaxOptions, "Relaxation", defaults=DEFAULTS)
def command(
    model: Path,
    structures: tuple[str, ...],
    output: Path,
    trajectory: Path | None,
    converged_only: bool,
    overwrite: bool,
    threads: int,
    **options: Any,
) -> None:
    """Relax structures: move atoms, and cells if wanted, to a minimum of E.

    Atoms held by FixAtoms (where the format has it) stay where they are. A structure that runs out of steps is written
    all the same, and marked (`converged=F` in extxyz).

    \b
    Examples:
      librm relax molecules.safetensors guess.xyz -o relaxed.xyz
      librm relax crystals.safetensors *.cif --cell-mode free --fmax 0.01 -o relaxed.extxyz --threads 4
      librm relax crystals.safetensors POSCAR --cell-mode constant-volume --optimizer lbfgs -o CONTCAR
    """
    for path in (output, trajectory):
        if path is not None:
            check_output(path, overwrite)
    loaded = librm.Model.load(model)
    sources = read(structures)
    if trajectory is not None and len(sources) != 1:
        raise click.UsageError(f"--trajectory is for a single structure, but there are {len(sources)}")
    settings = given(options, RelaxOptions)
    steps: list[Any] = []

    def observe(step: librm.RelaxStep) -> None:
        atoms = sources[0].atoms.copy()
        atoms.set_positions(step.positions, apply_constraint=False)
        if step.cell is not None:
            atoms.set_cell(step.cell)
        atoms.info.update(step=step.step, fmax=step.fmax, pseudo_energy=step.energy)
        steps.append(marked(atoms))

    def work(source: Source) -> librm.RelaxResult:
        fixed = librm.ase.fixed_atoms(source.atoms)
        observer = observe if trajectory is not None else None
        return loaded.relax(source.atoms, fixed=fixed, observer=observer, **settings)

    table = Table(title="E is a pseudo-energy: it ranks structures, and is not in eV")
    table.add_column("structure")
    for heading in ("E / A^2", "fmax / A", "volume / A^3", "steps", ""):
        table.add_column(heading, justify="right")
    relaxed, failures, converged = [], 0, 0
    for source, result in each(sources, work, threads, "relax"):
        if isinstance(result, librm.Error):
            complain(f"{source}: {result}")
            failures += 1
            continue
        if result.reason == "failed":
            complain(f"{source}: the relaxation failed: {result.message}")
            failures += 1
            continue
        volume = f"{result.volume:.3f}" if result.volume else ""
        end = "converged" if result.converged else "out of steps"
        table.add_row(str(source), f"{result.energy:.6f}", f"{result.fmax:.2e}", volume, str(result.steps), end)
        converged += result.converged
        if result.converged or not converged_only:
            atoms = marked(librm.ase.relaxed_atoms(source.atoms, result))
            atoms.info.update(converged=result.converged, steps=result.steps, fmax=result.fmax)
            relaxed.append(atoms)
    messages.print(table)
    if trajectory is not None:
        write(trajectory, steps)
    if relaxed:
        write(output, relaxed)
    say(f"{converged} of {len(sources)} converged; {len(relaxed)} written" + (f" to {output}" if relaxed else ""))
    finish(failures, len(sources))
