"""librm verify"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

import librm
from librm.verification import CHECKS, Outcome, verify

from .common import GroupedCommand, bar, complain, output

STYLES = {"P": "green", "A": "green", "B": "green", "C": "yellow", "D": "yellow", "F": "red"}


@click.command("verify", cls=GroupedCommand)
@click.argument("models", metavar="MODEL...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--check", "checks", type=click.Choice(list(CHECKS)), multiple=True, help="Make this check alone; may be repeated."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Of the random structures.")
@click.option("--json", "as_json", is_flag=True, help="Print all outcomes as JSON instead of a table.")
@click.option("--markdown", is_flag=True, help="Print one table of grades for all models, as Markdown.")
def command(models: tuple[Path, ...], checks: tuple[str, ...], seed: int, as_json: bool, markdown: bool) -> None:
    """Check that models are what hosts take them for.

    Forces are the slopes of the energy, nothing depends on how space or the list of atoms is turned, every pair of
    elements is smooth through the cutoff, memory does not grow, threads do not disturb each other: the checks that KIM
    makes of its models, in a version of our own. Grades: P passed; A (best) to D graded; F failed. They say nothing
    about what a model has learnt. The exit code is 1 if any grade is F.

    \b
    Examples:
      librm verify carbon.safetensors
      librm verify carbon.safetensors --check forces --check dimers
      librm verify *.safetensors --json | jq '.[].outcomes[] | select(.grade == "F")'
    """
    if as_json and markdown:
        raise click.UsageError("give --json or --markdown, not both")
    chosen = checks or tuple(CHECKS)
    outcomes: dict[Path, dict[str, Outcome]] = {}
    for path in models:
        loaded = librm.Model.load(path)
        with bar() as progress:
            task = progress.add_task("", total=len(chosen), completed=-1)
            outcomes[path] = verify(
                loaded,
                chosen,
                seed,
                lambda name: progress.update(task, advance=1, description=f"{path.name}: {name}"),  # noqa: B023
            )
        if not as_json and not markdown:
            _print_table(path, outcomes[path])
    if as_json:
        click.echo(json.dumps([_record(path, found) for path, found in outcomes.items()], indent=1))
    elif markdown:
        click.echo(_markdown(outcomes))
    failed = [(path, name) for path, found in outcomes.items() for name, it in found.items() if not it.passed]
    for path, name in failed:
        complain(f"{path} fails the check {name}: {outcomes[path][name].detail}")
    if failed:
        sys.exit(1)


def _print_table(path: Path, found: dict[str, Outcome]) -> None:
    table = Table(title=str(path), title_justify="left")
    table.add_column("check")
    table.add_column("grade", justify="center")
    table.add_column("error", justify="right")
    table.add_column("of what")
    table.add_column("s", justify="right")
    for name, outcome in found.items():
        grade = Text(outcome.grade, style=STYLES[outcome.grade])
        table.add_row(name, grade, f"{outcome.error:.0e}", outcome.detail, f"{outcome.seconds:.1f}")
    output.print(table)


def _record(path: Path, found: dict[str, Outcome]) -> dict[str, object]:
    return {
        "model": str(path),
        "passed": all(outcome.passed for outcome in found.values()),
        "outcomes": [outcome.as_dict() for outcome in found.values()],
    }


def _markdown(outcomes: dict[Path, dict[str, Outcome]]) -> str:
    names = list(next(iter(outcomes.values())))
    lines = [f"| model | {' | '.join(names)} |", f"|---|{':-:|' * len(names)}"]
    for path, found in outcomes.items():
        lines.append(f"| `{path}` | {' | '.join(outcome.grade for outcome in found.values())} |")
    return "\n".join(lines)
