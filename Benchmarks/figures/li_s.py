"""The pseudo-hull of lithium and sulfur: a search over all compositions, with the known structures marked.

python Benchmarks/figures/li_s.py mp
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import command
import librm
import numpy as np
import style
from ase import Atoms
from atomization import subscripts
from command import console, data
from judging.crystals import crystal, distance
from librm import campaign, ranking
from librm.ranking import Found
from style import plt

SAME = 0.1  # of the normalised root mean square distance
CLOSEST = 10  # found structures of a composition, lowest first, that a known one is compared with


@dataclass(frozen=True)
class Known:
    """A known structure, relaxed by the model.

    share: of sulfur. energy: E per atom, angstrom^2. kept: whether it is still itself, to a normalised rms of 0.1.
    found: the rank of the structure that the search found it as, within its composition; None if it did not.
    """

    identifier: str
    formula: str
    space_group: str
    share: float
    energy: float
    kept: bool
    found: int | None


@command.figure("li_s")
@click.option("--count", type=click.IntRange(min=1), default=300, show_default=True, help="Candidates of each contents.")
@click.option("--max-atoms", type=click.IntRange(min=1), default=12, show_default=True, help="Of a cell.")
@click.option("--formula-atoms", type=click.IntRange(min=1), default=8, show_default=True, help="Of a reduced formula.")
@click.option("--processes", "threads", type=click.IntRange(min=1), default=1, show_default=True, help="Threads.")
def main(
    *, model: str, folder: Callable[[], Path], output: Path, seed: int, count: int, max_atoms: int, formula_atoms: int,
    threads: int,
) -> bool:  # fmt: skip
    """Search for crystals of lithium and sulfur with a MODEL, and draw their pseudo-hull with the known ones."""
    judged = data.model(model)
    contents = campaign.contents_between("Li", "S", formula_atoms=formula_atoms, max_atoms=max_atoms)
    volumes = data.element_volumes(judged, folder() / "mp_train.extxyz")
    options: Any = {} if volumes is None else {"element_volumes": volumes}
    kept = command.WORK / f"{command.kept('li_s', model)}-{seed}"
    resumed = (kept / "pieces").exists()
    with ThreadPoolExecutor(threads) as executor, command.progress() as progress:
        task = progress.add_task("search", total=count * len(contents))
        campaign.run(
            kept, judged, contents, count=count, executor=executor, seed=seed, options=options,
            on_piece=lambda piece, records: progress.advance(task, piece.count),
        )  # fmt: skip
    records = campaign.candidates(kept, contents, count)
    found = ranking.rank(judged, records, options=options)
    ends = [min((each.energy for each in found if share(each.structure.numbers) == x), default=None) for x in (0, 1)]
    if None in ends:
        raise click.ClickException("no crystal of lithium or none of sulfur was found: a larger --count is needed")
    known = [
        relaxed(judged, name, atoms, found)
        for name, atoms in data.structures(folder() / "mp_li_s_reference.extxyz", "mp_id").items()
    ]
    known.sort(key=lambda each: (each.share, each.energy))

    converged = sum(record["converged"] for record in records)
    console.print(
        f"{count} candidates for each of {len(contents)} contents of up to {max_atoms} atoms: "
        f"{converged} converged, {len(found)} of which differ"
    )
    hull, lowest = on_hull(found), lowest_of_each(found)
    command.table(
        "the lowest of each composition (per atom; E ranks structures, and is not in eV)",
        ("", "E / Å²", "above the line of Li and S", "above the hull", "volume / Å³", "space group", "known as"),
        [
            (
                each.record["formula"], f"{each.energy:.4f}", f"{above(each, ends):.4f}", f"{each.above_hull:.4f}",
                f"{each.volume:.2f}", each.space_group,
                ", ".join(k.identifier for k in known if k.found == 1 and k.formula == each.record["formula"]),
            )
            for each in lowest
        ],
    )  # fmt: skip
    x, y = [share(each.structure.numbers) for each in hull], [each.energy for each in hull]
    command.table(
        "known structures, relaxed",
        ("", "", "space group", "E per atom / Å²", "above the hull", "rms < 0.1 kept", "rank among found"),
        [
            (
                k.formula, k.identifier, k.space_group, f"{k.energy:.4f}", f"{k.energy - np.interp(k.share, x, y):.4f}",
                "yes" if k.kept else "no", k.found or "not found",
            )
            for k in known
        ],
    )  # fmt: skip
    draw(found, hull, lowest, known, ends, output)
    return resumed


def share(numbers: Any) -> float:
    """Of sulfur, among the atoms."""
    return float((np.asarray(numbers) == 16).mean())


def above(each: Found | Known, ends: Any) -> float:
    """E per atom above the line between the lowest crystals of lithium and of sulfur that were found."""
    x = each.share if isinstance(each, Known) else share(each.structure.numbers)
    return each.energy - ((1 - x) * ends[0] + x * ends[1])


def on_hull(found: list[Found]) -> list[Found]:
    """The structures that no mixture of others lies below, from lithium to sulfur."""
    return [each for each in found if each.above_hull is not None and abs(each.above_hull) < 1e-9]


def lowest_of_each(found: list[Found]) -> list[Found]:
    """The lowest structure of every composition, from lithium to sulfur."""
    lowest: dict[str, Found] = {}
    for each in found:
        lowest.setdefault(each.record["formula"], each)
    return sorted(lowest.values(), key=lambda each: share(each.structure.numbers))


def relaxed(model: librm.Model, identifier: str, atoms: Atoms, found: list[Found]) -> Known:
    """Relaxes a known structure, and looks for what becomes of it among the lowest that were found."""
    result = model.relax(atoms, cell_mode="free", fmax=1e-3, max_steps=3000)
    formula = campaign.reduced(Counter(atoms.numbers.tolist()))
    kept, rank = False, None
    if result.reason != "failed":
        now = crystal(result.structure)
        kept = near(crystal(atoms), now)
        same = [each for each in found if each.record["formula"] == formula][:CLOSEST]
        rank = next((k for k, each in enumerate(same, 1) if near(now, crystal(each.structure))), None)
    symmetry = ranking.space_group(librm.Structure.of(atoms), ranking.SYMMETRY_TOLERANCE)
    energy = result.energy / len(atoms) if result.reason != "failed" else math.nan
    return Known(identifier, formula, symmetry, share(atoms.numbers), energy, kept, rank)


def near(one: Any, other: Any) -> bool:
    """Whether two crystals match to a normalised rms of 0.1."""
    apart = distance(one, other)
    return apart is not None and apart < SAME


def draw(
    found: list[Found], hull: list[Found], lowest: list[Found], known: list[Known], ends: Any, output: Path
) -> None:
    """E per atom above the line between the elements, against composition."""
    figure, axes = plt.subplots(figsize=(7.2, 5.4), layout="constrained")
    x = [share(each.structure.numbers) for each in found]
    y = [above(each, ends) for each in found]
    axes.scatter(x, y, s=7, color=style.GREY, linewidths=0, label=f"found by the search ({len(found)})")
    envelope = [(share(each.structure.numbers), above(each, ends)) for each in lowest]
    axes.plot(*zip(*envelope, strict=True), ":", color=style.BLUE, linewidth=1, label="lowest of each composition")
    corners = [(share(each.structure.numbers), above(each, ends)) for each in hull]
    axes.plot(*zip(*corners, strict=True), "-o", color=style.BLUE, markersize=5, linewidth=1.2, label="pseudo-hull")
    looks = {
        "known, and found": ([k for k in known if k.kept and k.found], {"color": style.GREEN}),
        "known, a minimum, not found": (
            [k for k in known if k.kept and not k.found],
            {"facecolors": "white", "edgecolors": style.GREEN},
        ),
        "known, relaxes to something else": (
            [k for k in known if not k.kept],
            {"facecolors": "white", "edgecolors": style.RED},
        ),
    }
    for label, (own, look) in looks.items():
        axes.scatter(
            [k.share for k in own], [above(k, ends) for k in own], s=80, marker="*", linewidths=0.9, zorder=4,
            label=f"{label} ({len(own)})", **look,
        )  # fmt: skip
    for each, (at, height) in zip(lowest, envelope, strict=True):
        if each not in hull and each.record["formula"] not in {k.formula for k in known}:
            continue
        corner = each in hull
        axes.annotate(
            subscripts(each.record["formula"]), (at, height), (0, -9) if corner else (-7, -7), color=style.BLUE,
            textcoords="offset points", ha="center" if corner else "right", va="top", zorder=5,
            bbox={"facecolor": "white", "alpha": 0.7, "linewidth": 0, "pad": 0.5},
        )  # fmt: skip
    marked = [*(height for _, height in envelope), *(above(k, ends) for k in known if math.isfinite(k.energy))]
    depth = max(max(marked) - min(marked), 1e-3)
    axes.set(
        xlim=(-0.03, 1.03), ylim=(min(marked) - 0.12 * depth, max(marked) + 0.15 * depth),
        xlabel="share of sulfur among the atoms", ylabel="Ẽ per atom above lithium and sulfur, as found (Å²)",
        title="Crystals of lithium and sulfur",
    )  # fmt: skip
    figure.legend(loc="outside lower center", ncols=3)
    style.save(figure, output)


if __name__ == "__main__":
    main()
