"""librm evaluate"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from ase.calculators.singlepoint import SinglePointCalculator
from rich.table import Table

import librm
from librm.ase import properties_of

from .common import (
    UNITS,
    GroupedCommand,
    Source,
    check_output,
    complain,
    each,
    finish,
    marked,
    model_argument,
    read,
    say,
    threads_option,
    write,
)
from .common import output as console


@click.command("evaluate", cls=GroupedCommand)
@model_argument
@click.argument("structures", nargs=-1, required=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the structures, with all results, here.")
@click.option("--json", "as_json", is_flag=True, help="Print all results as JSON instead of a table.")
@click.option("--descriptors", is_flag=True, help="With --json: the descriptors of every atom, too.")
@click.option("--overwrite", is_flag=True, help="Replace the output if it exists.")
@threads_option
def command(
    model: Path,
    structures: tuple[str, ...],
    output: Path | None,
    as_json: bool,
    descriptors: bool,
    overwrite: bool,
    threads: int,
) -> None:
    """Pseudo-energy, forces and stress of structures.

    Prints a table, or JSON; with --output writes the structures with `energy`, `energies`, `forces` and `stress` (as
    extxyz has them) to a file. The energy is the pseudo-energy E in A^2, not in eV; forces are in A, and the stress is
    a pure number.

    \b
    Examples:
      librm evaluate crystals.safetensors quartz.cif
      librm evaluate crystals.safetensors trajectory.extxyz@::10 -o evaluated.extxyz --threads 4
      librm evaluate molecules.safetensors water.xyz --json | jq '.[0].forces'
    """
    if output is not None:
        check_output(output, overwrite)
    if descriptors and not as_json:
        raise click.UsageError("--descriptors needs --json")
    loaded = librm.Model.load(model)
    sources = read(structures)

    def work(source: Source) -> librm.Results:
        return loaded.evaluate(source.atoms, descriptors=descriptors)

    done: list[tuple[Source, librm.Results]] = []
    for source, results in each(sources, work, threads, "evaluate"):
        if isinstance(results, librm.Error):
            complain(f"{source}: {results}")
        else:
            done.append((source, results))
    if output is not None:
        for source, results in done:
            source.atoms.calc = SinglePointCalculator(source.atoms, **properties_of(results))
        write(output, [marked(source.atoms) for source, _ in done])
        say(f"{len(done)} structures written to {output}")
    if as_json:
        click.echo(json.dumps([_record(source, results) for source, results in done], indent=1))
    elif output is None:
        _print_table(done)
    finish(len(sources) - len(done), len(sources))


def _record(source: Source, results: librm.Results) -> dict[str, Any]:
    record: dict[str, Any] = {
        "file": source.path,
        "index": source.index,
        "formula": source.atoms.get_chemical_formula(),
        "energy": results.energy,
        "energies": results.energies.tolist(),
        "forces": results.forces.tolist(),
        "strain_gradient": results.strain_gradient.tolist(),
        "stress": None if results.stress is None else results.stress.tolist(),
        "units": UNITS,
    }
    if results.descriptors is not None:
        record["descriptors"] = results.descriptors.tolist()
    return record


def _print_table(done: list[tuple[Source, librm.Results]]) -> None:
    table = Table(title="E is a pseudo-energy: it ranks structures, and is not in eV")
    table.add_column("structure")
    for heading in ("atoms", "E / A^2", "E per atom / A^2", "largest force / A", "pressure"):
        table.add_column(heading, justify="right")
    for source, results in done:
        count = len(source.atoms)
        largest = float((results.forces**2).sum(axis=1).max() ** 0.5) if count else 0.0
        table.add_row(
            str(source),
            str(count),
            f"{results.energy:.6f}",
            f"{results.energy / max(count, 1):.6f}",
            f"{largest:.6f}",
            "" if results.stress is None else f"{-results.stress.trace() / 3:.6f}",
        )
    console.print(table)
