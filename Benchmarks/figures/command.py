"""What the commands that draw figures share: their options, their tables, and the model that they draw."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy: one core is enough, and the others may be busy

import click
import librm
from rich.console import Console
from rich.table import Table

TOP = Path(__file__).resolve().parents[2]
sys.path[1:1] = [str(TOP / "Benchmarks/quality"), str(TOP / "examples/demo")]  # what is judged and told apart there

from judging import data  # noqa: E402

console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 120)
WORK = Path(os.environ.get("LIBRM_FIGURES") or TOP / "build/figures")  # what is kept to go on with


def figure(name: str) -> Callable[[Callable[..., None]], click.Command]:
    """Makes a command of a function that draws: draw(model, output, data folder, seed, ...), all by keyword.

    The function gets the data's folder as a function, since not every figure needs it.
    """

    def decorate(draw: Callable[..., None]) -> click.Command:
        def run(model: str, folder: Path | None, output: Path | None, **options: Any) -> None:
            began = time.monotonic()
            path = output or WORK / f"{name}-{Path(model).stem}.png"
            try:
                draw(model=model, folder=lambda: data.folder(folder), output=path, **options)
            except librm.Error as problem:
                raise click.ClickException(str(problem)) from problem
            seconds = time.monotonic() - began
            console.print(f"{path}, drawn in {seconds:.0f} s from {model} by librm {librm.__version__}")

        path_type = click.Path(path_type=Path)
        for option in (
            click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True),
            click.option("-o", "--output", type=path_type, help=f"[default: build/figures/{name}-MODEL.png]"),
            click.option("--data", "folder", type=path_type, help="[default: $LIBRM_DATA, or structures]"),
            click.argument("model"),
        ):
            run = option(run)
        run.__click_params__ += getattr(draw, "__click_params__", [])  # type: ignore[attr-defined]
        return click.command(name, help=draw.__doc__)(run)

    return decorate


def kept(name: str, model: str) -> str:
    """A name for what is kept of a model's figure; another model under the same name gets another one."""
    return f"{name}-{Path(model).stem}-{data.checksum(model)[:12]}"


def table(title: str, headings: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    """Prints a table; the first column is text."""
    made = Table(title=title, title_justify="left", box=None, header_style="", title_style="bold", pad_edge=False)
    for k, heading in enumerate(headings):
        made.add_column(heading, justify="right" if k else "left", no_wrap=True)
    for row in rows:
        made.add_row(*(f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in row))
    console.print(made)
