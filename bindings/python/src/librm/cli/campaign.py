"""A campaign on the command line: what `librm search` does with a folder."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.table import Table

import librm
from librm import campaign, ranking
from librm.campaign import Contents, Piece, Record
from librm.options import Preset, SearchOptions

from .common import Failure, bar, say
from .common import output as console
from .stop import Stop


def contents_for(
    formula: str, units: int | None, preset: Preset, max_atoms: int, formula_atoms: int, fraction: tuple[float, float]
) -> list[Contents]:
    """What to search: one formula, with every Z unless it is given, or all that is between two."""
    one, colon, other = formula.partition(":")
    if colon:
        low, high = fraction
        return campaign.contents_between(
            one, other, formula_atoms=formula_atoms, max_atoms=max_atoms, low=low, high=high
        )
    if units is not None or preset.startswith("molecules"):
        librm.formula(formula)  # says what is wrong with it
        return [Contents(formula, units or 1)]
    return campaign.contents_of(formula, max_atoms)


def run(
    folder: Path,
    model: librm.Model,
    contents: list[Contents],
    preset: Preset,
    count: int,
    seed: int,
    threads: int,
    scheduler: str | None,
    options: SearchOptions,
    symmetry_tolerance: float,
    top: int,
) -> None:
    """Runs or goes on with a campaign, and shows what it has found."""
    unknown = {number for each in contents for number in librm.formula(each.formula).tolist()} - set(model.elements)
    if unknown:
        from ase.data import chemical_symbols

        raise Failure(f"the model does not know {', '.join(chemical_symbols[number] for number in sorted(unknown))}")
    kept = 0
    with bar() as progress, Stop() as stop, _executor(threads, scheduler) as executor:
        task = progress.add_task("search", total=count * len(contents))

        def report(piece: Piece, found: list[Record]) -> None:
            nonlocal kept
            kept += sum(record["converged"] for record in found)
            progress.update(task, advance=piece.count, description=f"search ({kept} converged)")

        whole = campaign.run(
            folder,
            model,
            contents,
            count=count,
            executor=executor,
            preset=preset,
            seed=seed,
            options=options,
            on_piece=report,
            stop=lambda: stop.wanted,
        )
    records = campaign.candidates(folder, contents, count)
    found = ranking.rank(
        model, records, preset, options, options.get("duplicate_tolerance", ranking.TOLERANCE), symmetry_tolerance
    )
    ranking.write(folder, found, top)
    say(f"{count} candidates for each of {len(contents)} contents: {kept} converged, {len(found)} of which differ")
    _print(found, top)
    say(f"structures.extxyz, ranking.json and cif/ are in {folder}")
    if not whole:
        say("stopped; the same command goes on")
        sys.exit(130)


@contextmanager
def _executor(threads: int, scheduler: str | None) -> Iterator[Executor]:
    """Threads of this process (the library lets go of Python's lock), or the workers of a Dask scheduler."""
    if scheduler is None:
        with ThreadPoolExecutor(threads) as pool:
            yield pool
        return
    try:
        from distributed import Client
    except ImportError:
        raise Failure("--scheduler needs Dask: pip install distributed") from None
    try:
        client: Any = Client(scheduler, timeout="10s")  # type: ignore[no-untyped-call,unused-ignore]
    except OSError as problem:
        raise Failure(f"the scheduler {scheduler} cannot be reached: {problem}") from problem
    with client, client.get_executor() as executor:
        yield executor


def _print(found: list[ranking.Found], top: int) -> None:
    """The lowest structures of each formula; of a range only the lowest one of each."""
    if not found or not top:
        return
    formulas = list(dict.fromkeys(each.record["formula"] for each in found))
    rows = top if len(formulas) == 1 else 1
    hull = any(each.above_hull is not None for each in found)
    table = Table(title="lowest pseudo-energies (E ranks structures, and is not in eV)", caption="E and V are per atom")
    headings = ["formula", "Z", "E / A^2", "above hull" if hull else "above first", "V / A^3"]
    for heading in [*headings, "space group", "found"]:
        table.add_column(heading, justify="left" if heading in ("formula", "space group") else "right", no_wrap=True)
    for formula in formulas:
        own = [each for each in found if each.record["formula"] == formula]
        for each in own[:rows]:
            table.add_row(
                formula,
                str(each.record["units"]),
                f"{each.energy:.5f}",
                f"{each.above_hull if each.above_hull is not None else each.energy - own[0].energy:.5f}",
                f"{each.volume:.3f}" if each.volume else "",
                each.space_group,
                str(each.times),
            )
    console.print(table)
