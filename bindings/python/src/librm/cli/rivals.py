"""librm rivals"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import ase.io
import click
import numpy as np
from ase import Atoms

import librm
from librm import rivals
from librm.campaign import write_whole
from librm.options import Preset, SearchOptions
from librm.splits import chosen

from .common import (
    GroupedCommand,
    Source,
    bar,
    check_output,
    complain,
    given,
    library_options,
    model_argument,
    preset_for,
    preset_option,
    read,
    say,
    threads_option,
)


@click.command("rivals", cls=GroupedCommand)
@model_argument
@click.argument("structures", nargs=-1, required=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="extxyz file for the pairs.")
@preset_option("crystals if the structures are periodic, else molecules")
@click.option("--sample", type=click.IntRange(min=1), help="How many cell contents to take, drawn by seed.  [default: all]")
@click.option("--count", type=click.IntRange(min=1), default=10, show_default=True, help="Candidates of each search.")
@click.option(
    "--above",
    type=float,
    default=0.0,
    show_default=True,
    help="Rivals lie at most this above the true structure, angstrom^2 per atom.",
)
@click.option("--most", type=click.IntRange(min=1), default=3, show_default=True, help="Rivals of one structure, at most.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the sample and the searches.")
@click.option("--overwrite", is_flag=True, help="Replace the output if it exists.")
@threads_option
@library_options(SearchOptions, "Search", skip=("seed", "first", "count", "threads", "stages", "element_volumes"))
def command(
    model: Path,
    structures: tuple[str, ...],
    output: Path,
    preset: Preset | None,
    sample: int | None,
    count: int,
    above: float,
    most: int,
    seed: int,
    overwrite: bool,
    threads: int,
    **options: Any,
) -> None:
    """Find wrong minima that lie below true structures.

    For the contents of each of the relaxed STRUCTURES, a search with the model looks for wrong minima: of crystals those
    at or below the true structure, relaxed, that are none of the STRUCTURES; of molecules those with an atom that is
    bound as none in the STRUCTURES is, such as a radical. `librm train --pairs` teaches a model to rank them.

    The output has the structures of each pair one after the other, the true one first.

    \b
    Examples:
      librm rivals mp.safetensors mp_train.extxyz --sample 3000 --threads 2 -o rivals.extxyz
      librm train mp_train.extxyz --start mp.safetensors --pairs rivals.extxyz --learning-rate 1e-3 -o better.safetensors
    """
    check_output(output, overwrite)
    potential = librm.Model.load(model)
    sources = read(structures)
    preset = preset_for(sources, preset)
    settings = given(options, SearchOptions)
    groups: dict[str, list[Source]] = defaultdict(list)
    for source in sources:
        groups[" ".join(map(str, np.sort(source.atoms.numbers)))].append(source)
    names = chosen(groups, sample, seed)

    molecular = preset.startswith("molecules")
    known = set[rivals.Environment]().union(*(rivals.environments_of(each.atoms) for each in sources if molecular))

    def work(name: str) -> list[rivals.Pair]:
        truths = [source.atoms for source in groups[name]]
        search: dict[str, Any] = {"count": count, "above": above, "most": most, "seed": seed, "preset": preset, **settings}
        try:
            if molecular:
                return rivals.of_molecules(potential, truths, known, **search)
            return rivals.of_crystals(potential, truths, **search)
        except librm.Error as problem:
            complain(f"{groups[name][0]}: {problem}")
            return []

    pairs: list[rivals.Pair] = []
    beaten = 0
    with bar() as progress, ThreadPoolExecutor(threads) as executor:
        task = progress.add_task("contents", total=len(names))
        for found in executor.map(work, names):
            pairs += found
            beaten += bool(found)
            progress.advance(task)
    text = io.StringIO()
    ase.io.write(text, list(_frames(pairs)), format="extxyz")
    write_whole(output, text.getvalue())
    say(f"{len(pairs)} pairs for {beaten} of {len(names)} contents are in {output}")


def _frames(pairs: list[rivals.Pair]) -> Iterator[Atoms]:
    for number, pair in enumerate(pairs):
        for role, structure in zip(("truth", "rival"), pair, strict=True):
            atoms = structure.to_ase()
            atoms.info.update(pair=number, role=role)
            yield atoms
