"""librm info"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from ase.data import chemical_symbols
from rich.table import Table

import librm
from librm import _lib
from librm.options import (
    Preset,
    ResponseOptions,
    SearchOptions,
    TrainerOptions,
    as_dict,
    response_options,
    search_options,
    trainer_options,
)

from .common import GroupedCommand, output, preset_names

# Keys of a description that define the architecture; all others tell a story.
ARCHITECTURE = {
    "elements",
    "cutoff",
    "cutoff_function",
    "radial_basis",
    "radial_channels",
    "l_max",
    "contractions",
    "embedding",
    "readout",
}


@click.command("info", cls=GroupedCommand)
@click.argument("model", required=False, type=click.Path(path_type=Path))
@click.option("--preset", type=click.Choice(preset_names), help="Show what a preset means.")
@click.option("--tensors", is_flag=True, help="List the model's tensors, too.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print JSON: the description of the model, or the preset's options."
)
def command(model: Path | None, preset: Preset | None, tensors: bool, as_json: bool) -> None:
    """Describe a model file, a preset, or the library.

    \b
    Examples:
      librm info molecules.safetensors
      librm info molecules.safetensors --json | jq .training
      librm info --preset crystals
      librm info
    """
    if model is not None and preset is not None:
        raise click.UsageError("give a model or a preset, not both")
    if model is not None:
        _model(model, tensors, as_json)
    elif preset is not None:
        _preset(preset, as_json)
    else:
        _library(as_json)


def _rows(title: str, rows: dict[str, Any]) -> None:
    table = Table(title=title, show_header=False, title_justify="left")
    table.add_column(style="bold")
    table.add_column()
    for name, value in _flat(rows):
        table.add_row(name.replace("_", " "), value)
    output.print(table)


def _flat(rows: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The rows as text, those of a dictionary within one by one."""
    for name, value in rows.items():
        if isinstance(value, dict):
            yield from ((f"{name}: {key}", text) for key, text in _flat(value))
        elif isinstance(value, float):
            yield name, f"{value:.6g}"
        else:
            yield name, value if isinstance(value, str) else json.dumps(value)


def _model(path: Path, tensors: bool, as_json: bool) -> None:
    model = librm.Model.load(path)
    description = model.description
    if as_json:
        click.echo(json.dumps(description, indent=1))
        return
    contractions = description["contractions"]
    order = max((max((max(edge[:2]) for edge in graph), default=0) + 1 for graph in contractions), default=0)
    embedding, readout, radial = (description.get(key, {}) for key in ("embedding", "readout", "radial_basis"))
    _rows(
        str(path),
        {
            "elements": " ".join(chemical_symbols[number] for number in model.elements),
            "cutoff": f"{model.cutoff:g} A",
            "radial basis": f"{radial.get('count')} {radial.get('type')} functions",
            "radial channels": str(description["radial_channels"]),
            "angular": f"degrees up to {description['l_max']}",
            "contractions": f"{len(contractions)} of order up to {order}",
            "embedding": f"dimension {embedding.get('dim')}, receivers {embedding.get('receiver')}",
            "descriptors": f"{model.descriptor_count} per atom",
            "readout": f"hidden layers {readout.get('hidden')}, {readout.get('activation')}",
            "parameters": str(model.parameter_count),
        },
    )
    story = {key: value for key, value in description.items() if key not in ARCHITECTURE}
    volumes = story.pop("element_volumes", None)
    if volumes is not None:
        story["element_volumes"] = f"known for {len(volumes)} elements"
    if story:
        _rows("what else the file says", story)
    if tensors:
        _rows("tensors", {name: "x".join(map(str, tensor.shape)) for name, tensor in model.tensors().items()})


def _preset(preset: Preset, as_json: bool) -> None:
    groups = {
        "architecture (for carbon)": librm.Model.describe(preset, ["C"]),
        "search": as_dict(search_options(preset, {}), SearchOptions),
        "response": as_dict(response_options(preset, {}), ResponseOptions),
        "training": as_dict(trainer_options(preset, {}), TrainerOptions),
    }
    if as_json:
        click.echo(json.dumps(groups, indent=1))
        return
    for title, rows in groups.items():
        _rows(f"{preset}: {title}", rows)


def _library(as_json: bool) -> None:
    facts = {"version": librm.__version__, "library": _lib.library._name, "presets": preset_names}
    if as_json:
        click.echo(json.dumps(facts, indent=1))
        return
    _rows("librm", {**facts, "presets": ", ".join(preset_names)})
