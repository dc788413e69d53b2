"""Work over processes whose results are kept as they come, so that a run which was stopped goes on."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

console = Console(highlight=False, soft_wrap=True)
messages = Console(stderr=True, highlight=False, soft_wrap=True)

Record = dict[str, Any]


class Records:
    """Results by key in a file of JSON lines, the first of which holds the settings that they belong to.

    Every line is written and flushed at once; half a line, which a power cut may leave, is left out when the file is
    read again. Settings that differ from those in the file are refused.
    """

    def __init__(self, path: Path, settings: Mapping[str, Any]):
        self.path = path
        self.known: dict[str, Record] = {}
        settings = json.loads(json.dumps(settings))
        lines = path.read_text().splitlines(keepends=True) if path.exists() else []
        whole = [line for line in lines if line.endswith("\n")]
        if whole:
            before = json.loads(whole[0])["settings"]
            differing = [name for name in {**before, **settings} if before.get(name) != settings.get(name)]
            if differing:
                raise click.ClickException(
                    f"{path} holds results of other settings ({', '.join(sorted(differing))}): "
                    "give the same ones to go on, or another --output"
                )
            for line in whole[1:]:
                entry = json.loads(line)
                self.known[entry["key"]] = entry["record"]
        path.write_text("".join(whole) or json.dumps({"settings": settings}) + "\n")

    def add(self, key: str, record: Record) -> None:
        """Keeps one result."""
        self.known[key] = record
        with self.path.open("a") as file:
            file.write(json.dumps({"key": key, "record": record}) + "\n")

    def complete(
        self, work: Callable[..., Record], items: Mapping[str, tuple[Any, ...]], processes: int, description: str
    ) -> dict[str, Record]:
        """The results of work(*items[key]) for all keys; those that are known already are not computed again."""
        missing = {key: arguments for key, arguments in items.items() if key not in self.known}
        with _bar() as progress:
            task = progress.add_task(description, total=len(items), completed=len(items) - len(missing))
            for key, record in _computed(work, missing, processes):
                self.add(key, record)
                progress.advance(task)
        return {key: self.known[key] for key in items}


def _computed(
    work: Callable[..., Record], items: Mapping[str, tuple[Any, ...]], processes: int
) -> Iterable[tuple[str, Record]]:
    if processes == 1:
        for key, arguments in items.items():
            yield key, work(*arguments)
        return
    if not items:
        return
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        keys = {pool.submit(work, *arguments): key for key, arguments in items.items()}
        try:
            for future in as_completed(keys):
                yield keys[future], future.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, TimeRemainingColumn(), console=messages, transient=True, disable=not messages.is_terminal)
