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
from rich.progress import Progress
from rich.table import Table

TOP = Path(__file__).resolve().parents[2]
sys.path[1:1] = [str(TOP / "Benchmarks/quality"), str(TOP / "examples/demo")]  # what is judged and told apart there

from judging import data  # noqa: E402
from judging.records import messages  # noqa: E402

console = Console(highlight=False, soft_wrap=True, width=120, record=True)
WORK = Path(os.environ.get("LIBRM_FIGURES") or TOP / "build/figures")  # what is kept to go on with


def figure(name: str) -> Callable[[Callable[..., bool]], click.Command]:
    """Makes a command of a function that draws: draw(model, output, data folder, seed, ...), all by keyword.

    The function gets the data's folder as a function, since not every figure needs it, and returns whether it went on
    from results that were kept, which makes its wall time mean little.
    """

    def decorate(draw: Callable[..., bool]) -> click.Command:
        def run(model: str, folder: Path | None, output: Path | None, page: Path | None, **options: Any) -> None:
            began = time.monotonic()
            path = output or WORK / f"{name}-{Path(model).stem}.png"
            try:
                resumed = draw(model=model, folder=lambda: data.folder(folder), output=path, **options)
            except librm.Error as problem:
                raise click.ClickException(str(problem)) from problem
            seconds = time.monotonic() - began
            console.print(
                f"{path}, drawn in {seconds:.0f} s{', with results that were kept,' if resumed else ''} "
                f"from {model} by librm {librm.__version__}"
            )
            if page is not None:
                rewrite(page, name, console.export_text())

        path_type = click.Path(path_type=Path)
        for option in (
            click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True),
            click.option("-o", "--output", type=path_type, help=f"[default: build/figures/{name}-MODEL.png]"),
            click.option("--data", "folder", type=path_type, help="[default: $LIBRM_DATA, or structures]"),
            click.option("--page", type=path_type, help="A page of Markdown in which to put what is printed."),
            click.argument("model"),
        ):
            run = option(run)
        run.__click_params__ += getattr(draw, "__click_params__", [])  # type: ignore[attr-defined]
        return click.command(name, help=draw.__doc__)(run)

    return decorate


def rewrite(page: Path, name: str, text: str) -> None:
    """Puts what was printed in place of what stands between <!-- NAME --> and <!-- end of NAME --> on a page."""
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    before, found, rest = page.read_text().partition(begin)
    after = rest.partition(end)
    if not found or not after[1]:
        raise click.ClickException(f"{page} has no place for the figures: {begin} and {end}")
    block = "\n".join(line.rstrip() for line in text.strip().splitlines())
    page.write_text(f"{before}{begin}\n```text\n{block}\n```\n{end}{after[2]}")


def progress() -> Progress:
    """A bar where there is a terminal; what is printed meanwhile is no part of the results."""
    return Progress(console=messages, transient=True, disable=not messages.is_terminal)


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
