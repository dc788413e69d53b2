"""Searches over many cell contents, in pieces that any executor may work on, kept in a folder so that they can go on.

    contents = campaign.contents_of("Li2S", max_atoms=24)             # every Z that fits
    contents = campaign.contents_between("Li", "S", formula_atoms=8)  # Li, Li7S, ..., S
    campaign.run(folder, model, contents, count=100, executor=executor)
    found = ranking.rank(model, campaign.candidates(folder, ...))

A candidate depends on the seed, its contents and its index alone, and results are sorted: neither the executor, nor
its number of workers, nor the order in which they finish, nor an interruption changes anything.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from ase.data import chemical_symbols

from ._lib import library
from .errors import ArgumentError, FormatError
from .model import Model
from .options import Preset, SearchOptions, as_dict, search_options
from .search import formula as numbers_of
from .splits import seed_for
from .structure import Structure

PIECE = 5  # candidates
OUTSTANDING = 64  # pieces handed to an executor at a time: enough for its workers, and not all of a campaign

Record = dict[str, Any]


@dataclass(frozen=True)
class Contents:
    """What a cell, or a molecule, is made of: a reduced formula, `units` times."""

    formula: str
    units: int

    @property
    def atoms(self) -> int:
        """How many atoms that is."""
        return self.units * len(numbers_of(self.formula))


@dataclass(frozen=True)
class Piece:
    """Candidates first to first + count - 1 of some contents."""

    contents: Contents
    first: int
    count: int

    @property
    def name(self) -> str:
        """A name that says all of it."""
        return f"{self.contents.formula}-{self.contents.units}-{self.first:06}-{self.count}"


# What to search for


def reduced(counts: Mapping[int, int]) -> str:
    """The formula of a composition by atomic number, without a common factor: C and H first, then by name (Hill)."""
    divisor = math.gcd(*counts.values())
    order = sorted((number for number in counts if counts[number]), key=lambda number: chemical_symbols[number])
    if 6 in order:
        order.sort(key=lambda number: (number != 6, number != 1, chemical_symbols[number]))
    parts = ((chemical_symbols[number], counts[number] // divisor) for number in order)
    return "".join(symbol + (str(count) if count > 1 else "") for symbol, count in parts)


def contents_of(formula: str, max_atoms: int) -> list[Contents]:
    """Every number of formula units that fits into `max_atoms`, the formula reduced first."""
    smallest = reduced(Counter(numbers_of(formula).tolist()))
    most = max_atoms // len(numbers_of(smallest))
    if not most:
        raise ArgumentError(f"{smallest} has more than {max_atoms} atoms, the most that a cell may have")
    return [Contents(smallest, units) for units in range(1, most + 1)]


def contents_between(
    one: str, other: str, *, formula_atoms: int, max_atoms: int, low: float = 0.0, high: float = 1.0
) -> list[Contents]:
    """Every mixture of two formulas whose reduced formula has at most `formula_atoms` atoms, with every Z that fits.

    low, high: limits of the share of formula units of `other`, 0 and 1 being the two ends themselves.
    """
    first, second = Counter(numbers_of(one).tolist()), Counter(numbers_of(other).tolist())
    formulas: dict[str, float] = {}
    most = max(formula_atoms, 1) * max(sum(first.values()), sum(second.values()))  # before common factors are taken out
    for m in range(most + 1):
        for n in range(most + 1):
            if math.gcd(m, n) != 1 or not low <= n / (m + n) <= high:
                continue
            mixed = {number: m * first[number] + n * second[number] for number in {*first, *second}}
            text = reduced(mixed)
            if len(numbers_of(text)) <= formula_atoms:
                formulas[text] = n / (m + n)
    if not formulas:
        raise ArgumentError(f"no mixture of {one} and {other} has a reduced formula of {formula_atoms} atoms or fewer")
    ordered = sorted(formulas, key=lambda text: (formulas[text], text))
    return [each for text in ordered for each in contents_of(text, max(max_atoms, len(numbers_of(text))))]


# One piece of work: pure functions, to be sent anywhere


def pieces(contents: Iterable[Contents], count: int) -> Iterator[Piece]:
    """The pieces of `count` candidates for each contents, round by round, so that all contents grow together."""
    contents = list(contents)
    for first in range(0, count, PIECE):
        for each in contents:
            yield Piece(each, first, min(PIECE, count - first))


def search_piece(model: Model, piece: Piece, preset: Preset, options: SearchOptions, seed: int) -> list[Record]:
    """The candidates of a piece that were kept, as they are written to a file."""
    contents = piece.contents
    own: dict[str, Any] = {"duplicate_tolerance": 0.0, **options}
    result = model.search(
        contents.formula,
        preset,
        units=contents.units,
        seed=seed_for(f"{contents.formula} {contents.units}", seed),
        first=piece.first,
        count=piece.count,
        **own,
    )
    return [
        {
            "formula": contents.formula,
            "units": contents.units,
            "index": candidate.index,
            "converged": candidate.state == "converged",
            "energy": candidate.energy,
            "fmax": candidate.fmax,
            "steps": candidate.steps,
            "numbers": candidate.structure.numbers.tolist(),
            "positions": candidate.structure.positions.tolist(),
            "cell": None if candidate.structure.cell is None else candidate.structure.cell.tolist(),
        }
        for candidate in result
    ]


def structure_of(record: Record) -> Structure:
    """The structure of a candidate that was written."""
    cell = None if record["cell"] is None else np.array(record["cell"])
    numbers, positions = np.array(record["numbers"], np.int32), np.array(record["positions"]).reshape(-1, 3)
    return Structure(numbers, positions, cell, (cell is not None,) * 3)


# The campaign


def run(
    folder: Path,
    model: Model,
    contents: Iterable[Contents],
    *,
    count: int,
    executor: Executor,
    preset: Preset = "crystals",
    seed: int = 0,
    options: SearchOptions | None = None,
    on_piece: Callable[[Piece, list[Record]], object] | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> bool:
    """Works on all pieces that the folder does not have; True if it has them all in the end.

    executor: any of `concurrent.futures`, such as a ProcessPoolExecutor or Dask's `client.get_executor()`.
    on_piece: told every piece, known ones first. stop: asked several times a second; once it says so, no piece is begun
    any more, and those that are under way are waited for and kept.
    Raises FormatError where the folder belongs to another campaign.
    """
    options = options or {}
    folder.mkdir(parents=True, exist_ok=True)
    _check_settings(folder, settings(model, preset, seed, options))
    missing = []
    for piece in pieces(contents, count):
        known = read_piece(folder, piece)
        if known is None:
            missing.append(piece)
        elif on_piece is not None:
            on_piece(piece, known)
    waiting = iter(missing)
    working: dict[Future[list[Record]], Piece] = {}

    def submit(most: int) -> None:
        for piece in waiting:
            working[executor.submit(search_piece, model, piece, preset, options, seed)] = piece
            if len(working) >= most:
                return

    def keep(future: Future[list[Record]]) -> None:
        piece = working.pop(future)
        found = future.result()
        write_whole(_path(folder, piece), json.dumps(found))
        if on_piece is not None:
            on_piece(piece, found)

    try:
        submit(OUTSTANDING)
        while working and not stop():
            for future in wait(working, timeout=0.1, return_when=FIRST_COMPLETED).done:
                keep(future)
                submit(OUTSTANDING)
    finally:  # Ctrl-C, and whatever went wrong with another piece, lose nothing that is done or under way
        for future in [future for future in working if future.cancel()]:
            del working[future]
        for future in wait(working).done:
            if future.exception() is None:
                keep(future)
    return not working and all(_path(folder, piece).exists() for piece in missing)


def candidates(folder: Path, contents: Iterable[Contents], count: int) -> list[Record]:
    """All that was kept in a folder of these contents, in an order that does not depend on how it came about."""
    known = (read_piece(folder, piece) for piece in pieces(contents, count))
    found = [record for piece in known if piece is not None for record in piece]
    return sorted(found, key=lambda record: (record["formula"], record["units"], record["index"]))


def settings(model: Model, preset: Preset, seed: int, options: SearchOptions) -> Record:
    """What the candidates of a campaign depend on, apart from contents and index."""
    text = json.dumps(model.description, sort_keys=True).encode() + model.parameters.tobytes()
    skipped = ("seed", "first", "count", "threads")
    all_options = as_dict(search_options(preset, options), SearchOptions)
    known: Record = {name: value for name, value in all_options.items() if name not in skipped}
    known.update({name: value for name, value in options.items() if name in ("stages", "element_volumes")})
    version = library.rm_version().decode()
    found = {
        "librm": version,
        "model": hashlib.sha256(text).hexdigest(),
        "preset": preset,
        "seed": seed,
        "piece": PIECE,
        "search": known,
    }
    return json.loads(json.dumps(found, default=np.ndarray.tolist))  # type: ignore[no-any-return]


def read_piece(folder: Path, piece: Piece) -> list[Record] | None:
    """What a piece came to; None if it has not been worked on."""
    path = _path(folder, piece)
    try:
        return json.loads(path.read_text())  # type: ignore[no-any-return]
    except FileNotFoundError:
        return None
    except ValueError as problem:
        raise FormatError(f"{path} is damaged ({problem}); delete it, and the piece is searched again") from problem


def write_whole(path: Path, text: str) -> None:
    """Writes a file that appears whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text)
    os.replace(temporary, path)


def _path(folder: Path, piece: Piece) -> Path:
    return folder / "pieces" / f"{piece.name}.json"


def _check_settings(folder: Path, wanted: Record) -> None:
    path = folder / "campaign.json"
    if not path.exists():
        write_whole(path, json.dumps(wanted, indent=1) + "\n")
        return
    before = json.loads(path.read_text())
    flat = [{**each, **each["search"]} for each in (before, wanted)]
    differing = [name for name in {**flat[0], **flat[1]} if name != "search" and flat[0].get(name) != flat[1].get(name)]
    if differing:
        raise FormatError(f"{folder} has a campaign with another {', '.join(sorted(differing))}; choose another folder")
