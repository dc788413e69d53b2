"""librm train"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import click
import numpy as np
from ase import Atoms

import librm
from librm.options import Preset, ResponseOptions, TrainerOptions

from .common import (
    Failure,
    GroupedCommand,
    bar,
    check_output,
    given,
    library_options,
    preset_for,
    preset_option,
    read,
    say,
    tell,
)

COLUMNS = (
    ("epoch", 5),
    ("rate", 9),
    ("training loss", 13),
    ("F / A", 8),
    ("stress", 8),
    ("validation loss", 15),
    ("F / A", 8),
    ("stress", 8),
)


@click.command("train", cls=GroupedCommand)
@click.argument("structures", nargs=-1, required=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="File for the best model.")
@preset_option("crystals if the structures are periodic, else molecules")
@click.option(
    "--start", type=click.Path(path_type=Path), help="Model whose weights are the start, instead of random ones."
)
@click.option(
    "--description", type=click.Path(path_type=Path), help="JSON file with the architecture, instead of the preset's."
)
@click.option("--elements", help="Elements to know besides those of the structures, such as Cl,Br.")
@click.option(
    "--frames", is_flag=True, help="The structures are not relaxed, but come with target forces (and stresses)."
)
@click.option(
    "--pairs",
    multiple=True,
    type=click.Path(path_type=Path),
    help="File with pairs to be ranked, the lower one first, as `librm rivals` writes it. May come several times.",
)
@click.option("--note", help="Text to keep in the model file.")
@click.option(
    "--checkpoint", type=click.Path(path_type=Path), help="Keep the training here, and go on from there if it exists."
)
@click.option(
    "--checkpoint-every", type=click.IntRange(min=1), default=5, show_default=True, help="Epochs between checkpoints."
)
@click.option(
    "--until", type=click.IntRange(min=1), help="Stop after this epoch, short of --epochs, which the schedule goes by."
)
@click.option("--restart", is_flag=True, help="Start anew even if the checkpoint exists.")
@click.option("--overwrite", is_flag=True, help="Replace the output if it exists.")
@library_options(TrainerOptions, "Training", skip=("rank", "ranks"))
@library_options(ResponseOptions, "Response to noise")
def command(
    structures: tuple[str, ...],
    output: Path,
    preset: Preset | None,
    start: Path | None,
    description: Path | None,
    elements: str | None,
    frames: bool,
    pairs: tuple[Path, ...],
    note: str | None,
    checkpoint: Path | None,
    checkpoint_every: int,
    until: int | None,
    restart: bool,
    overwrite: bool,
    **options: Any,
) -> None:
    """Train a model on relaxed structures.

    The structures are displaced and strained at random, and the model learns to answer with the forces and stresses
    that point back: no energies, and no structures out of equilibrium, are needed. One structure can be enough.

    The model with the lowest validation loss is written whenever there is a better one. With --checkpoint, Ctrl-C
    keeps the training, and the same command goes on with it.

    \b
    Examples:
      librm train diamond.extxyz --preset diamond -o carbon.safetensors
      librm train molecules.extxyz --preset molecules --epochs 20 --threads 4 -o molecules.safetensors
      librm train crystals.extxyz --checkpoint crystals.checkpoint -o crystals.safetensors --seed 1
      librm train mine.extxyz --start crystals.safetensors --learning-rate 1e-3 -o tuned.safetensors
    """
    resuming = checkpoint is not None and checkpoint.exists() and not restart
    check_output(output, overwrite or resuming)
    if checkpoint is not None:
        check_output(checkpoint, True)
    if start is not None and (description is not None or elements is not None):
        raise click.UsageError("--start brings its own architecture and elements")
    sources = read(structures)
    preset = preset_for(sources, preset)
    dataset = _dataset(sources, frames)
    for path in pairs:
        _add_pairs(dataset, path)
    training = given(options, TrainerOptions)
    response = given(options, ResponseOptions)
    story: dict[str, Any] = {"preset": preset, "data": sorted({Path(source.path).name for source in sources})}
    if note is not None:
        story["note"] = note

    # A model that was trained before this training has the time of all.
    began = time.monotonic() - _seconds_so_far(output if resuming else start)

    with bar() as progress:
        task = progress.add_task("")

        def report(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        keywords: dict[str, Any] = {"response": response, "progress": report, **training}
        if resuming:
            assert checkpoint is not None
            trainer = librm.Trainer.load(checkpoint, dataset, preset, **keywords)
            say(f"going on from {checkpoint}, after epoch {trainer.epochs_done}")
        else:
            model = _model(sources, preset, start, description, elements, training.get("seed", 0))
            trainer = librm.Trainer(model, dataset, preset, **keywords)
            say(f"{len(dataset)} structures, {model.parameter_count} parameters")
        say("{} frames for training, {} for validation".format(*trainer.counts))
        _row([name for name, _ in COLUMNS], "")
        last = trainer.epochs if until is None else min(until, trainer.epochs)
        try:
            while trainer.epochs_done < last:
                progress.update(task, description=f"epoch {trainer.epochs_done + 1}", completed=0)
                epoch = trainer.epoch()
                _print_epoch(epoch)
                if dataset.pair_count:
                    loss, order = trainer.pairs
                    tell(f"{'':5}  {dataset.pair_count} pairs: loss {loss:.5f}, {order:.1%} in order")
                if epoch.best:
                    story["seconds"] = round(time.monotonic() - began)
                    trainer.model().with_parameters(**story).save(output)
                if checkpoint is not None and (epoch.epoch % checkpoint_every == 0 or epoch.epoch == last):
                    trainer.save(checkpoint)
        except KeyboardInterrupt:
            if checkpoint is not None:
                trainer.save(checkpoint)
                say(f"stopped; {checkpoint} has the training, and the same command goes on with it")
            else:
                say("stopped; with --checkpoint the training could have been gone on with")
            sys.exit(130)
    story["seconds"] = round(time.monotonic() - began)
    trainer.model().with_parameters(**story).save(output)  # with all of the training's time, and its last epoch
    say(f"the best model is in {output}")


def _seconds_so_far(model: Path | None) -> float:
    """The time that the training has taken which is gone on with, up to its best model."""
    if model is None:
        return 0.0
    try:
        return float(librm.Model.load(model).description.get("seconds", 0))
    except librm.FileError:  # a training that was stopped before it had a model
        return 0.0


def _dataset(sources: list[Any], frames: bool) -> librm.Dataset:
    dataset = librm.Dataset()
    for source in sources:
        try:
            if frames:
                dataset.add_frame(source.atoms, *_targets(source.atoms))
            else:
                dataset.add(source.atoms)
        except (librm.Error, LookupError) as problem:
            raise Failure(f"{source}: {problem}") from problem
    return dataset


def _add_pairs(dataset: librm.Dataset, path: Path) -> None:
    """Structures of a file two by two."""
    sources = read([str(path)])
    if len(sources) % 2:
        raise Failure(f"{path} has {len(sources)} structures: pairs are an even number of them")
    for lower, higher in zip(sources[::2], sources[1::2], strict=True):
        try:
            dataset.add_pair(lower.atoms, higher.atoms)
        except librm.Error as problem:
            raise Failure(f"{lower}: {problem}") from problem


def _targets(atoms: Atoms) -> tuple[Any, Any]:
    """Target forces and, if there is one, stress, as ASE's reader has found them."""
    results = atoms.calc.results if atoms.calc is not None else {}
    forces = results.get("forces", atoms.arrays.get("forces"))
    if forces is None:
        raise LookupError("it has no forces, which --frames needs as targets")
    stress = results.get("stress", atoms.info.get("stress"))
    if stress is not None and np.shape(stress) == (6,):
        xx, yy, zz, yz, xz, xy = stress
        stress = [[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]]
    return forces, stress


def _model(
    sources: list[Any], preset: Preset, start: Path | None, description: Path | None, elements: str | None, seed: int
) -> librm.Model:
    if start is not None:
        return librm.Model.load(start)
    known = {int(number) for source in sources for number in source.atoms.numbers}
    for symbol in (elements or "").replace(",", " ").split():
        known.update(librm.formula(symbol).tolist())
    if description is None:
        return librm.Model.create(preset, sorted(known), seed)
    try:
        return librm.Model.create(json.loads(description.read_text()), sorted(known), seed)
    except json.JSONDecodeError as problem:
        raise Failure(f"{description} is not JSON: {problem}") from problem


def _row(values: list[str], mark: str) -> None:
    cells = (f"{value:>{width}}" for value, (_, width) in zip(values, COLUMNS, strict=True))
    tell(f"{'  '.join(cells)} {mark}".rstrip())


def _print_epoch(epoch: librm.Epoch) -> None:
    _row(
        [
            str(epoch.epoch),
            f"{epoch.learning_rate:.2e}",
            f"{epoch.training_loss:.6g}",
            f"{epoch.training_force_error:.5f}",
            f"{epoch.training_stress_error:.5f}",
            f"{epoch.validation_loss:.6g}",
            f"{epoch.validation_force_error:.5f}",
            f"{epoch.validation_stress_error:.5f}",
        ],
        "*" if epoch.best else "",
    )
