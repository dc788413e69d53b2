"""What the commands share: options out of librm's own, reading structures, progress."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import click
from ase import Atoms
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

import librm
from librm.options import Preset, names

# Names of files, and notes, are text: what looks like markup in them is not.
output = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
messages = Console(stderr=True, highlight=False, soft_wrap=True, markup=False, emoji=False)

Item = TypeVar("Item")
Made = TypeVar("Made")
Function = TypeVar("Function", bound=Callable[..., Any])


class Failure(click.ClickException):
    """A message on standard error, and exit code 1."""

    def show(self, file: Any = None) -> None:
        complain(self.format_message())


def complain(message: str) -> None:
    """Says on standard error what went wrong."""
    messages.print("librm:", message, style="red")


def say(message: str) -> None:
    """Says on standard error what goes on, so that standard output has results alone."""
    messages.print(message)


# Options


class GroupedOption(click.Option):
    """An option that the help shows under a heading of its own."""

    def __init__(self, *arguments: Any, heading: str = "", **keywords: Any):
        super().__init__(*arguments, **keywords)
        self.heading = heading


class GroupedCommand(click.Command):
    """A command whose help has its options under headings."""

    def format_options(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        groups: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(context):
            record = parameter.get_help_record(context) if isinstance(parameter, click.Option) else None
            if record is not None:
                groups.setdefault(getattr(parameter, "heading", "") or "Options", []).append(record)
        for heading, records in groups.items():
            with formatter.section(heading):
                formatter.write_dl(records)


class Numbers(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """Numbers with commas between them."""

    name = "numbers"

    def convert(
        self, value: Any, parameter: click.Parameter | None, context: click.Context | None
    ) -> tuple[float, ...]:
        if not isinstance(value, str):
            return tuple(value)
        try:
            return tuple(float(part) for part in value.split(","))
        except ValueError:
            self.fail(f"{value!r} is not a list of numbers such as 0,1,2,4", parameter, context)


def library_options(
    kind: type, heading: str, *, skip: Sequence[str] = (), defaults: dict[str, Any] | None = None
) -> Callable[[Function], Function]:
    """Options of a command from those of librm; one that is not given is None, and librm or the preset decides."""

    def decorate(function: Function) -> Function:
        for name, hint in reversed(get_type_hints(kind, include_extras=True).items()):
            if name in skip:
                continue
            annotated, text = get_args(hint)
            flag = "--" + name.replace("_", "-")
            keywords: dict[str, Any] = {"help": text[0].upper() + text[1:], "default": None, "heading": heading}
            if get_origin(annotated) is Literal:
                keywords["type"] = click.Choice(get_args(annotated))
            elif annotated is bool:
                flag += "/--no-" + name.replace("_", "-")
            elif get_origin(annotated) is tuple:
                keywords.update(type=float, nargs=len(get_args(annotated)))
            elif annotated in (int, float):
                keywords["type"] = annotated
            else:
                keywords["type"] = Numbers()
            if defaults:
                keywords["help"] += f"  [default: {_shown(defaults[name])}]"
            function = click.option(flag, name, cls=GroupedOption, **keywords)(function)
        return function

    return decorate


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def given(options: dict[str, Any], kind: type) -> dict[str, Any]:
    """Those of librm's options that were given on the command line."""
    found = {name: options.get(name) for name in get_type_hints(kind)}
    return {name: value for name, value in found.items() if value is not None}


model_argument = click.argument("model", metavar="MODEL", type=click.Path(path_type=Path))
threads_option = click.option(
    "--threads", type=click.IntRange(min=1), default=1, show_default=True, help="Structures worked on at the same time."
)
preset_names = names("preset")


def preset_option(text: str) -> Callable[[Function], Function]:
    """--preset, with a text that says what holds without it."""
    help = f"Whence the defaults: {', '.join(preset_names)}.  [default: {text}]"
    return click.option("--preset", type=click.Choice(preset_names), metavar="NAME", help=help)


def check_output(path: Path, overwrite: bool, hint: str = "") -> None:
    """Refuses to write over a file unless that is wanted, and to write where there is no folder: before the work."""
    if path.exists() and not overwrite:
        raise Failure(f"{path} exists already; --overwrite replaces it{hint}")
    if not path.parent.is_dir():
        raise Failure(f"there is no folder {path.parent} to write {path.name} to")


# Structures


class Source:
    """A structure with the place where it was found, for messages."""

    def __init__(self, atoms: Atoms, path: str, index: int, alone: bool):
        self.atoms = atoms
        self.path = path
        self.index = index
        self._alone = alone

    def __str__(self) -> str:
        place = self.path if self._alone else f"{self.path}, structure {self.index + 1}"
        return f"{place} ({self.atoms.get_chemical_formula()})"


def read(paths: Sequence[str]) -> list[Source]:
    """All structures of files in whatever format ASE knows; NAME@0:10 takes a part of them, as in ASE."""
    import ase.io

    found: list[Source] = []
    for path in paths:
        name, _, index = path.partition("@")
        if name != "-" and not Path(name).exists():
            raise Failure(f"there is no file {name}")
        try:
            frames = ase.io.read(name, index=index or ":")
        except Exception as problem:  # ASE's readers raise whatever their parsing runs into
            raise Failure(f"{path} cannot be read as structures: {problem or type(problem).__name__}") from problem
        frames = frames if isinstance(frames, list) else [frames]
        if not frames:
            raise Failure(f"{path} holds no structure")
        found += [Source(atoms, name, number, len(frames) == 1) for number, atoms in enumerate(frames)]
    return found


def preset_for(sources: Sequence[Source], preset: Preset | None) -> Preset:
    """The preset given, or the one for structures such as these, which is then said."""
    if preset is None:
        preset = "crystals" if any(source.atoms.pbc.any() for source in sources) else "molecules"
        say(f"preset: {preset}")
    return preset


def write(path: Path, frames: list[Atoms]) -> None:
    """Writes structures in the format that the name says."""
    import ase.io

    try:
        ase.io.write(path, frames)
    except librm.Error:
        raise
    except Exception as problem:
        raise Failure(f"{path} cannot be written: {problem or type(problem).__name__}") from problem


UNITS = "energy: pseudo-energy in A^2, not eV; forces: A; stress: a pure number"


def marked(atoms: Atoms) -> Atoms:
    """Atoms that say what the numbers in ASE's fields `energy`, `forces` and `stress` are."""
    atoms.info["librm_units"] = UNITS
    return atoms


# Work


def bar() -> Progress:
    """A progress bar on standard error; nothing where that is not a terminal."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=messages if messages.is_terminal else Console(quiet=True),  # rich < 14 prints a line even if disabled
        transient=True,
        redirect_stdout=False,
        disable=not messages.is_terminal,
    )


def tell(line: str) -> None:
    """Prints a result while a bar is shown: above it where both have one terminal, else on standard output alone."""
    (messages if messages.is_terminal and output.is_terminal else output).print(line)


def each(
    sources: list[Source], work: Callable[[Source], Made], threads: int, description: str
) -> Iterator[tuple[Source, Made | librm.Error]]:
    """Does the same for all structures, over threads, and gives the results, or what went wrong, in their order."""

    def attempt(source: Source) -> Made | librm.Error:
        try:
            return work(source)
        except librm.Error as problem:
            return problem

    with bar() as progress, _pool(threads) as pool:
        made = progress.track(pool(attempt, sources), len(sources), description=description)
        yield from zip(sources, made, strict=True)


@contextmanager
def _pool(threads: int) -> Iterator[Callable[[Callable[[Source], Any], list[Source]], Iterable[Any]]]:
    if threads == 1:  # on this thread, where Ctrl-C reaches the library's callbacks
        yield map
        return
    executor = ThreadPoolExecutor(threads)
    try:
        yield executor.map
    finally:
        executor.shutdown(cancel_futures=True)


def finish(failures: int, total: int) -> None:
    """Ends the command with exit code 1 if something failed."""
    if failures:
        complain(f"{failures} of {total} structures failed")
        sys.exit(1)
