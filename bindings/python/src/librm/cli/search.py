"""librm search"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO, Any, cast

import ase.io
import click
import numpy as np
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator
from rich.table import Table

import librm
from librm.options import Preset, SearchOptions
from librm.ranking import SYMMETRY_TOLERANCE

from . import campaign
from .common import (
    Failure,
    GroupedCommand,
    bar,
    check_output,
    given,
    library_options,
    marked,
    preset_names,
    preset_option,
    read,
    say,
)
from .common import output as console
from .stop import Stop


@click.command("search", cls=GroupedCommand)
@click.argument("model_and_formula", metavar="[MODEL] [FORMULA]", nargs=-1)
@click.option("--model", type=click.Path(path_type=Path), help="Model file, or the name of one of librm's.")
@click.option("--formula", help="Such as Li2S, C5H9NO, or Li:S for all that is between.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="Folder for a campaign, or extxyz file for one search.  [default: a folder with the name of the formula]",
)
@preset_option("as the model was trained, or crystals")
@click.option(
    "--units",
    type=click.IntRange(min=1),
    help="Formula units (Z).  [default: all that fit; 1 for molecules and files]",
)
@click.option(
    "--count", type=click.IntRange(min=1), default=100, show_default=True, help="Candidates to try, of each contents."
)
@click.option("--first", type=click.IntRange(min=0), default=0, show_default=True, help="Index of the first candidate.")
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="A candidate depends on seed and index alone.",
)
@click.option(
    "--threads", type=click.IntRange(min=1), default=1, show_default=True, help="Candidates relaxed at the same time."
)
@click.option("--resume", is_flag=True, help="Go on with an output: indices that it has are not tried again.")
@click.option("--overwrite", is_flag=True, help="Replace the output if it exists.")
@click.option(
    "--max-atoms",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="Campaign: most atoms in a cell.",
)
@click.option(
    "--formula-atoms",
    type=click.IntRange(min=1),
    default=8,
    show_default=True,
    help="Campaign between two formulas: atoms of a reduced formula, at most.",
)
@click.option(
    "--fraction",
    type=click.FloatRange(0, 1),
    nargs=2,
    default=(0.0, 1.0),
    show_default=True,
    help="Campaign between two formulas: limits of the second one's share of formula units.",
)
@click.option("--scheduler", metavar="ADDRESS", help="Campaign: a Dask scheduler whose workers do the work.")
@click.option(
    "--symmetry-tolerance",
    type=click.FloatRange(min=0, min_open=True),
    default=SYMMETRY_TOLERANCE,
    show_default=True,
    help="Campaign: of the space groups, angstrom.",
)
@click.option("--top", type=click.IntRange(min=0), default=10, show_default=True, help="Rows of the table at the end.")
@library_options(SearchOptions, "Search", skip=("seed", "first", "count", "threads", "stages", "element_volumes"))
def command(
    model_and_formula: tuple[str, ...],
    model: Path | None,
    formula: str | None,
    output: Path | None,
    preset: Preset | None,
    units: int | None,
    count: int,
    first: int,
    seed: int,
    threads: int,
    resume: bool,
    overwrite: bool,
    max_atoms: int,
    formula_atoms: int,
    fraction: tuple[float, float],
    scheduler: str | None,
    symmetry_tolerance: float,
    top: int,
    **options: Any,
) -> None:
    """Search for structures: relax random ones of a FORMULA, keep what converges, rank it.

    Into a folder it is a campaign, over every number of formula units that fits into --max-atoms, or over all
    compositions between two formulas: what is different is ranked, with its space group, in structures.extxyz,
    ranking.json and CIF files. Ctrl-C stops it, and the same command goes on.

    Into a file (-o NAME.extxyz) it is one search of one cell, candidates being written as they are found; after Ctrl-C
    --resume goes on.

    The table at the end has the lowest pseudo-energies per atom (E in A^2, not in eV), duplicates left out.

    \b
    Examples:
      librm search --model mp --formula Li2S
      librm search --model qm7 --formula C5H9NO
      librm search mp Li:S --formula-atoms 10 --count 200 --threads 4 -o Li-S
      librm search mp Li:S --count 2000 --scheduler tcp://head:8786 -o Li-S
      librm search molecules.safetensors C5H9NO --preset molecules --count 200 --seed 1 -o found.extxyz
      librm search crystals.safetensors Li2S --units 4 --count 100 --threads 4 -o Li2S.extxyz
      librm search crystals.safetensors Li2S --units 4 --count 500 --threads 4 -o Li2S.extxyz --resume
      librm search carbon.safetensors C8 --preset diamond --volume-per-atom 3.8 5.6 -o carbon.extxyz
    """
    given_ones = list(model_and_formula)
    model = model or (Path(given_ones.pop(0)) if given_ones else None)
    formula = formula or (given_ones.pop(0) if given_ones else None)
    if model is None or formula is None or given_ones:
        raise click.UsageError("a model and a formula are needed, such as: librm search --model mp --formula Li2S")
    output = output or Path(formula.replace(":", "-"))
    if output.suffix == "":
        loaded = librm.Model.load(model)
        preset = preset or _preset_of(loaded)
        if resume or overwrite or first:
            raise click.UsageError(
                "--resume, --overwrite and --first are for extxyz files; a campaign goes on by itself"
            )
        contents = campaign.contents_for(formula, units, preset, max_atoms, formula_atoms, fraction)
        campaign.run(
            output,
            loaded,
            contents,
            preset,
            count,
            seed,
            threads,
            scheduler,
            cast(SearchOptions, given(options, SearchOptions)),
            symmetry_tolerance,
            top,
        )
        return
    units = units or 1
    check_output(output, overwrite or resume, " and --resume goes on with it")
    loaded = librm.Model.load(model)
    preset = preset or _preset_of(loaded)
    try:
        numbers = librm.formula(formula, units)
    except librm.Error as problem:
        raise Failure(f"{formula}: {problem}") from problem
    run = {"formula": formula, "units": units, "seed": seed, "preset": preset}
    tried, found = _known(output, run) if resume and output.exists() else (set(), [])
    missing = [index for index in range(first, first + count) if index not in tried]
    if tried:
        say(f"{output} has {len(tried)} of the candidates already; {len(missing)} are left")
    settings = given(options, SearchOptions)
    with bar() as progress, output.open("a" if resume else "w") as file, Stop() as stop:
        task = progress.add_task("search", total=len(missing))
        writer = _Writer(file, run)

        def receive(candidate: librm.Candidate) -> bool:
            atoms = writer.add(candidate)
            if atoms is not None:
                found.append(atoms)
            progress.update(task, advance=1, description=f"search ({len(found)} kept)")
            return stop.wanted

        summaries = []
        for start, length in _ranges(missing):
            if stop.wanted:
                break
            result = loaded.search(
                numbers, preset, on_candidate=receive, seed=seed, first=start, count=length, threads=threads, **settings
            )
            summaries.append(result.summary)
    _print_summary(summaries)
    _print_ranking(found, top)
    say(f"{len(found)} structures in {output}")
    if stop.wanted:
        say("stopped; the same command with --resume goes on")
        sys.exit(130)


def _preset_of(model: librm.Model) -> Preset:
    """The preset that the model's file names, as those of `librm train` do, but the plain one, which finds more."""
    named = str(model.description.get("preset")).removesuffix("-published")
    return cast(Preset, named) if named in preset_names else "crystals"


class _Writer:
    """Writes candidates to an extxyz file as they come.

    Those that are dropped leave their index with the next one that is kept, so that resuming need not try them again.
    """

    def __init__(self, file: IO[str], run: dict[str, Any]):
        self._file = file
        self._run = run
        self._dropped: list[int] = []

    def add(self, candidate: librm.Candidate) -> Atoms | None:
        if not candidate.kept:
            self._dropped.append(candidate.index)
            return None
        atoms = marked(candidate.structure.to_ase())
        atoms.calc = SinglePointCalculator(atoms, energy=candidate.energy)
        atoms.info.update(
            index=candidate.index,
            converged=candidate.state == "converged",
            fmax=candidate.fmax,
            steps=candidate.steps,
            duplicate_of=-1 if candidate.duplicate_of is None else candidate.duplicate_of,
            **self._run,
        )
        if self._dropped:
            atoms.info["dropped_before"] = np.array(self._dropped)
            self._dropped = []
        ase.io.write(self._file, atoms, format="extxyz")
        self._file.flush()
        return atoms


def _known(path: Path, run: dict[str, Any]) -> tuple[set[int], list[Atoms]]:
    """Indices that an output has, kept or dropped, and its structures; they have to come from the same search."""
    tried: set[int] = set()
    found = []
    if path.stat().st_size:
        for source in read([str(path)]):
            info = source.atoms.info
            for name, value in run.items():
                if str(info.get(name)) != str(value):
                    raise Failure(f"{source} is from another search: its {name} is {info.get(name)}, not {value}")
            tried.add(int(info["index"]))
            tried.update(int(index) for index in np.atleast_1d(info.get("dropped_before", [])))
            found.append(source.atoms)
    return tried, found


def _ranges(indices: list[int]) -> list[tuple[int, int]]:
    """Rising indices as (first, count)."""
    ranges: list[tuple[int, int]] = []
    for index in indices:
        if ranges and sum(ranges[-1]) == index:
            ranges[-1] = (ranges[-1][0], ranges[-1][1] + 1)
        else:
            ranges.append((index, 1))
    return ranges


def _print_summary(summaries: list[librm.SearchSummary]) -> None:
    def total(name: str) -> int:
        return sum(getattr(summary, name) for summary in summaries)

    say(
        f"tried {total('tried')}: {total('converged')} converged ({total('duplicates')} duplicates), "
        f"{total('unconverged')} out of steps, {total('dropped')} dropped, {total('not_placed')} had no room, "
        f"{total('failed')} failed; {total('evaluations')} evaluations"
    )


def _print_ranking(found: list[Atoms], top: int) -> None:
    ranked = [atoms for atoms in found if atoms.info["converged"] and atoms.info["duplicate_of"] < 0]
    ranked.sort(key=lambda atoms: atoms.get_potential_energy() / len(atoms))
    if not ranked or not top:
        return
    table = Table(title="lowest pseudo-energies (E ranks structures, and is not in eV)")
    for heading in (
        "rank",
        "index",
        "E per atom / A^2",
        "above the first",
        "volume per atom / A^3",
        "fmax / A",
        "steps",
    ):
        table.add_column(heading, justify="right")
    lowest = ranked[0].get_potential_energy() / len(ranked[0])
    for rank, atoms in enumerate(ranked[:top], 1):
        energy = atoms.get_potential_energy() / len(atoms)
        table.add_row(
            str(rank),
            str(atoms.info["index"]),
            f"{energy:.6f}",
            f"{energy - lowest:.6f}",
            f"{atoms.get_volume() / len(atoms):.3f}" if atoms.pbc.all() else "",
            f"{atoms.info['fmax']:.1e}",
            str(atoms.info["steps"]),
        )
    console.print(table)
