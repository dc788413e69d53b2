"""librm data"""

from __future__ import annotations

import os
from pathlib import Path

import click

from librm import data

from .common import Failure, GroupedCommand, say


@click.command("data", cls=GroupedCommand)
@click.argument("name", type=click.Choice(["qm7", "mp", "diamond"]))
@click.argument("output", required=False, default=".", type=click.Path(path_type=Path, file_okay=False))
@click.option("--seed", type=click.IntRange(min=0), default=data.SEED, show_default=True, help="Of the split.")
@click.option(
    "--validation-share",
    type=click.FloatRange(0, 1),
    default=data.VALIDATION_SHARE,
    show_default=True,
    help="Share of the structures that is for validation.",
)
@click.option("--source", default=data.SOURCE, show_default=True, help="Whence repositories come: GitHub or a mirror.")
@click.option("--overwrite", is_flag=True, help="Replace files that exist.")
def command(name: str, output: Path, seed: int, validation_share: float, source: str, overwrite: bool) -> None:
    """Make the sets of structures that librm's models are trained on, in the folder OUTPUT.

    \b
    qm7      7,101 molecules of up to 7 heavy atoms (Blum and Reymond 2009, Rupp et al. 2012), relaxed at
             PBE0/def2-TZVP, from github.com/qmlcode/tutorial. Free, with citation.
    mp       the Materials Project's crystals of at most 20 atoms with an experimental origin, from
             github.com/fxcoudert/topology_databases. CC BY 4.0.
    diamond  one diamond of 72 atoms.

    They are split into NAME_train.extxyz and NAME_val.extxyz by a hash of the seed and each structure's identifier, so
    that further structures move none. Where the environment variable LIBRM_DATA names a folder with qm7.extxyz, or
    mp_train.extxyz and mp_val.extxyz, these are taken in place of a download.

    \b
    Examples:
      librm data qm7 structures
      LIBRM_DATA=/media/structures librm data mp structures
    """
    copy = os.environ.get("LIBRM_DATA")
    names = [f"{name}_train", f"{name}_val"] if name != "diamond" else [name]
    for each in names:
        if (output / f"{each}.extxyz").exists() and not overwrite:
            raise Failure(f"{output / each}.extxyz exists already; --overwrite replaces it")
    if name == "diamond":
        sets = data.diamond()
    elif copy:
        say(f"from {copy}")
        sets = data.local(name, Path(copy), seed, validation_share)
    else:
        make = {"qm7": data.qm7, "mp": data.mp}[name]
        sets = make(source.rstrip("/"), seed, validation_share, say)
    for path, structures in zip(data.write(output, sets), sets.values(), strict=True):
        say(f"{path}: {len(structures)} structures")
