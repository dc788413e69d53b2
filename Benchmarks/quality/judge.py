"""Judges a model by what it makes of true structures and of random ones; README.md has the protocols.

python Benchmarks/quality/judge.py crystals MODEL --quick
python Benchmarks/quality/judge.py molecules MODEL --quick
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy: processes share the cores

import click
import librm
from judging import data, show
from judging import starts as beginnings
from judging.records import Records
from librm.options import names
from librm.splits import chosen


def common(function: Callable[..., None]) -> Callable[..., None]:
    """The options that both commands have."""
    for option in (
        click.option("--data", "folder", type=click.Path(path_type=Path), help="Folder of the data; $LIBRM_DATA."),
        click.option(
            "-o",
            "--output",
            type=click.Path(path_type=Path),
            help="JSON file for the figures; what each "
            "came from goes next to it.  [default: build/quality/SYSTEM-MODEL.json]",
        ),
        click.option("--quick", is_flag=True, help="The cheap and telling measures, in about two minutes."),
        click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True),
        click.option("--processes", type=click.IntRange(min=1), default=2, show_default=True),
        click.option("--preset", type=click.Choice(names("preset")), help="Of the search."),
        click.option(
            "--option",
            "options",
            multiple=True,
            metavar="NAME=VALUE",
            help="Of the search, as librm.Model.search has them, such as hops=100; may come several times.",
        ),
    ):
        function = option(function)
    return function


def search_options(given: tuple[str, ...]) -> dict[str, Any]:
    """Options of the search from NAME=VALUE, where VALUE is JSON or a word."""
    found = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise click.UsageError(f"{text!r} is not NAME=VALUE")
        try:
            found[name] = json.loads(value)
        except json.JSONDecodeError:
            found[name] = value
    return found


def output_of(output: Path | None, system: str, model: str, quick: bool) -> Path:
    """Where the figures go, with its folder made."""
    name = f"{system}-{Path(model).stem}{'-quick' if quick else ''}.json"
    path = output or Path(__file__).resolve().parents[2] / "build/quality" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


@click.group()
def main() -> None:
    """Judge models."""


@main.command()
@click.argument("model")
@common
@click.option("--truths", type=click.IntRange(min=1), help="Crystals to relax.  [default: all; 300 with --quick]")
@click.option("--searches", type=click.IntRange(min=0), help="Crystals to search for.  [default: all; 60]")
@click.option("--candidates", default="1,20,100", help="How many candidates each.  [default: 1,20,100; 1,20]")
@click.option(
    "--draws",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Structures drawn for each candidate; candidates are then those of lowest E.",
)
@click.option(
    "--against",
    default="mp_val.extxyz",
    show_default=True,
    help="The file of true structures; mp_paper15_reference.extxyz for the compositions of the paper.",
)
def crystals(
    model: str,
    folder: Path | None,
    output: Path | None,
    quick: bool,
    seed: int,
    processes: int,
    preset: str | None,
    options: tuple[str, ...],
    truths: int | None,
    searches: int | None,
    candidates: str,
    draws: int,
    against: str,
) -> None:
    """How well a MODEL for crystals knows true structures, and finds them from their contents."""
    from judging import crystal_measures as measures
    from judging import crystals as judging

    if quick:
        truths, searches = truths or 300, 60 if searches is None else searches
    counts = [count for count in sorted(map(int, candidates.split(","))) if not quick or count <= 20]
    folder = data.folder(folder)
    judged = data.model(model)
    known = {
        name: atoms
        for name, atoms in data.structures(folder / against, "mp_id").items()
        if set(atoms.numbers.tolist()) <= set(judged.elements)
    }
    order = chosen(known, None, seed)
    searched = order[:searches]
    relaxed = order[: max(truths or len(order), len(searched))]
    settings = search_options(options)
    volumes = data.element_volumes(judged, folder / "mp_train.extxyz") if searched else None
    if volumes is not None:
        settings["element_volumes"] = volumes
    preset = preset or "crystals"
    output = output_of(output, "crystals", model, quick)
    records = Records(
        output.with_suffix(".jsonl"),
        {
            "model": data.checksum(model),
            "against": against,
            "seed": seed,
            "preset": preset,
            "options": list(options),
            "candidates": counts,
            "draws": draws,
        },
    )

    known_at = records.complete(
        judging.at_truth,
        {f"truth {name}": (model, known[name]) for name in relaxed},
        processes,
        "relax true structures",
    )
    at_truth = {name: known_at[f"truth {name}"] for name in relaxed}
    figures: dict[str, Any] = {
        **data.described(judged, model),
        "seed": seed,
        "preset": preset,
        "options": options,
        "against": against,
        "draws": draws,
        "truths": measures.of_truths(list(at_truth.values())),
    }
    show.table(f"{model}: true structures", figures["truths"])
    show.write(output, figures)
    if not searched:
        return
    formula = {name: atoms.get_chemical_formula(empirical=True) for name, atoms in known.items()}
    same: dict[str, list[str]] = {}
    for name, text in formula.items():
        same.setdefault(text, []).append(name)
    work = {}
    for name in searched:
        others = {other: known[other] for other in same[formula[name]] if other != name}
        work[f"search {name}"] = (model, name, known[name], others, preset, settings, counts, draws, seed)
    found_by = records.complete(judging.search, work, processes, "search")
    found = {name: found_by[f"search {name}"] for name in searched}
    figures["searches"] = measures.of_searches(found, at_truth, counts)
    show.table(f"{model}: searches", figures["searches"])
    if "formula_in_paper" in known[searched[0]].info:
        formulas = {name: str(known[name].info["formula_in_paper"]) for name in searched}
        figures["compositions"] = measures.of_compositions(found, formulas, max(counts))
        show.table(f"{model}: compositions of the paper", figures["compositions"])
    show.write(output, figures)
    click.echo(f"figures in {output}, by librm {librm.__version__}")


@main.command()
@click.argument("model")
@common
@click.option("--truths", type=click.IntRange(min=1), default=300, show_default=True, help="True ones to relax.")
@click.option("--starts", type=click.IntRange(min=0), help="Random starts in all.  [default: 2000; 90 with --quick]")
@click.option(
    "--common", "common_count", default=10, show_default=True, help="So many of QM7's commonest compositions."
)
@click.option("--unseen", default=",".join(beginnings.UNSEEN), show_default=True, help="Compositions that QM7 has not.")
def molecules(
    model: str,
    folder: Path | None,
    output: Path | None,
    quick: bool,
    seed: int,
    processes: int,
    preset: str | None,
    options: tuple[str, ...],
    truths: int,
    starts: int | None,
    common_count: int,
    unseen: str,
) -> None:
    """How well a MODEL for molecules knows true ones, and what random starts become.

    MODEL "truth" puts true molecules through the same checks.
    """
    from judging import molecule_measures as measures
    from judging import molecules as judging

    folder = data.folder(folder)
    known = data.structures(folder / "qm7.extxyz", "name")
    by_formula = beginnings.by_formula(known, seed)
    often = beginnings.commonest(by_formula, common_count)
    rare = [formula for formula in unseen.split(",") if formula]
    preset = preset or "molecules"
    starts = starts if starts is not None else 90 if quick else 2000
    output = output_of(output, "molecules", model, quick)
    of_truth = model == "truth"
    records = Records(
        output.with_suffix(".jsonl"),
        {"model": data.checksum(model), "seed": seed, "preset": preset, "options": list(options)},
    )
    figures: dict[str, Any] = {"seed": seed, "preset": preset, "options": options}

    if not of_truth:
        judged = data.model(model)
        figures = {**data.described(judged, model), **figures}
        relaxed = chosen(known, truths, seed)
        at_truth = records.complete(
            judging.at_truth,
            {f"truth {name}": (model, known[name]) for name in relaxed},
            processes,
            "relax true molecules",
        )
        figures["truths"] = measures.of_truths(list(at_truth.values()))
        energies = [results.energy for results in judged.evaluate_batch(known.values(), threads=processes)]
        figures["truths"].update(
            measures.of_energies(
                energies,
                [atoms.info["atomization_energy_pbe0"] for atoms in known.values()],
                [atoms.get_chemical_formula() for atoms in known.values()],
            )
        )
        show.table(f"{model}: true molecules", figures["truths"])
        show.write(output, figures)
    if not starts:
        return

    work = (
        beginnings.true_pieces(known, by_formula, often, starts)
        if of_truth
        else beginnings.pieces(model, often + rare, starts, preset, search_options(options), seed)
    )
    made = list(
        records.complete(judging.true_opinions if of_truth else judging.starts, work, processes, "starts").values()
    )
    names = records.complete(
        judging.names_of,
        {f"names {formula}": ([known[name] for name in by_formula[formula]],) for formula in often},
        processes,
        "names of true molecules",
    )
    named = {formula: names[f"names {formula}"] for formula in often}
    figures["starts"] = measures.of_starts(made, named)
    for title, some in (("common compositions", often), ("unseen compositions", rare)):
        if not quick and not of_truth and some:
            figures[f"starts, {title}"] = measures.of_starts(made, named, some)
    for title in [title for title in figures if title.startswith("starts")]:
        show.table(f"{model}: {title}", figures[title])
    show.write(output, figures)
    click.echo(f"figures in {output}, by librm {librm.__version__}")


if __name__ == "__main__":
    main()
