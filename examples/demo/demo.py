"""One diamond, many carbons: learn a potential from a single structure, and search for crystals with it.

    make demo                          sets all up and runs this
    python examples/demo/demo.py --help

What B. Cheng's paper (arXiv 2405.09057) does for carbon, in a small way: a model that has seen nothing but a diamond,
displaced and strained at random, relaxes random structures of 2 to 12 atoms, and finds the other crystals, too.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import ase.io
import click
from carbon_kinds import Kind
from languages import energies
from learning import learn
from picture import draw
from rich.box import SIMPLE
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from searching import SIZES, VOLUMES, Found, distinct, search

import librm
from librm.data import diamond as one_diamond

TOP = Path(__file__).resolve().parents[2]
console = Console(highlight=False, soft_wrap=True)


@click.command(context_settings={"show_default": True})
@click.option("--starts", type=click.IntRange(min=1), default=60, help="Random structures of every size.")
@click.option("--epochs", type=click.IntRange(min=1), default=40, help="Epochs of training.")
@click.option("--seed", type=click.IntRange(min=0), default=1, help="Seed of everything that is random.")
@click.option("--threads", type=click.IntRange(min=1), default=2, help="Threads.")
@click.option("--output", type=click.Path(path_type=Path), default=TOP / "build/demo", help="Folder for the results.")
def main(starts: int, epochs: int, seed: int, threads: int, output: Path) -> None:
    """Learn carbon from one diamond, search with what was learnt, and show it."""
    began = time.monotonic()
    output.mkdir(parents=True, exist_ok=True)
    output = output.resolve()
    console.print(f"librm {librm.__version__}: one diamond, many carbons\n", style="bold")

    (diamond,) = one_diamond()["diamond"]
    ase.io.write(output / "diamond.extxyz", diamond)
    with _progress() as progress:
        model = learn(diamond, epochs, seed, threads, progress)
    model.save(output / "carbon.safetensors")
    best = model.description["training"]["best"]
    console.print(
        f"Learnt from one diamond of {len(diamond)} atoms and its responses to noise, {best['steps']} steps: "
        f"forces to {best['validation_force_error']:.3f} Å and stresses to {best['validation_stress_error']:.3f} "
        f"on noise that was held out ({_seconds(began)}).\n"
    )

    searched = time.monotonic()
    with _progress() as progress:
        outcome = search(model, starts, seed, threads, progress)
        structures = distinct(model, outcome.found, threads, progress)
    if not structures:
        raise click.ClickException("nothing converged: more --epochs or --starts are needed")
    ase.io.write(output / "candidates.extxyz", [each.marked() for each in outcome.found])
    ase.io.write(output / "distinct.extxyz", [each.marked() for each in structures])
    draw(outcome.found, output / "energy-volume.png")
    console.print(
        f"Searched from {outcome.tried} random structures of {SIZES[0]} to {SIZES[-1]} atoms at {VOLUMES[0]} to "
        f"{VOLUMES[1]} Å³ per atom: {outcome.converged} converged, {len(outcome.found)} of which repeat no other; with "
        f"their volumes let go, {len(structures)} are different ({_seconds(searched)}).\n"
    )
    console.print(_kinds(outcome.found, structures))
    console.print(_lowest(structures))

    shown = next((each for each in structures if each.kind is not Kind.CUBIC), structures[0])
    console.print(f"The same structure ({shown.kind.value}, {len(shown.atoms)} atoms) from each language:")
    spoken = energies(output / "carbon.safetensors", shown.atoms, output)
    for language, energy in spoken.items():
        console.print(f"  {language:<8} E = {energy:.16e} Å²")
    if len(set(spoken.values())) > 1:
        raise click.ClickException("these ought to be the same number")
    console.print()

    console.print(f"All in {_seconds(began)}. Where to look, in {_shown(output)}:", style="bold")
    for name, what in (
        ("energy-volume.png", "pseudo-energy against volume, by kind"),
        ("distinct.extxyz", f"the {len(structures)} different structures, lowest first (ase gui shows them)"),
        ("candidates.extxyz", "all that was found, at the volumes at which it was found"),
        ("carbon.safetensors", "the model: librm info, librm relax, librm search take it"),
        ("diamond.extxyz", "the one structure that it has learnt from"),
    ):
        console.print(f"  {name:<20} {what}")


def _kinds(found: Sequence[Found], structures: Sequence[Found]) -> Table:
    """How many there are of every kind, and the lowest of each."""
    table = _table(
        "What they are, told from their bonds", "kind", "found", "different", "lowest E", "above cubic", "its V"
    )
    counts = Counter(each.kind for each in found)
    different = Counter(each.kind for each in structures)
    lowest = {each.kind: each for each in reversed(structures)}
    for kind in Kind:
        row = [kind.value, str(counts[kind]), str(different[kind])]
        if kind in lowest:
            best = lowest[kind]
            above = f"{best.energy - lowest[Kind.CUBIC].energy:.5f}" if Kind.CUBIC in lowest else ""
            row += [f"{best.energy:.5f}", above, f"{best.volume:.3f}"]
        table.add_row(*row)
    return table


def _lowest(structures: Sequence[Found], rows: int = 8) -> Table:
    """The lowest structures."""
    table = _table("The lowest, with their volumes let go", "rank", "kind", "space group", "E", "V", "times found")
    table.caption = "E: pseudo-energy per atom, Å², which ranks structures and is not in eV; V: volume per atom, Å³"
    for rank, each in enumerate(structures[:rows], 1):
        energy, volume = f"{each.energy:.5f}", f"{each.volume:.3f}"
        table.add_row(str(rank), each.kind.value, each.space_group, energy, volume, str(each.times))
    return table


def _table(title: str, *headings: str) -> Table:
    table = Table(title=title, box=SIMPLE)
    for heading in headings:
        table.add_column(heading, justify="left" if heading in ("kind", "space group") else "right", no_wrap=True)
    return table


def _progress() -> Progress:
    """Bars, where there is a terminal to show them; they go when their work is done."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def _seconds(since: float) -> str:
    return f"{time.monotonic() - since:.0f} s"


def _shown(path: Path) -> str:
    """A path as one would type it from here."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


if __name__ == "__main__":
    main()
