"""What librm sets out to reach, beside what was measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

FRAMES, EPOCHS = 79_000, 100  # the published schedule of the molecules
DIAMOND_FRAMES, DIAMOND_EPOCHS = 121, 400


@dataclass
class Target:
    what: str
    unit: str
    aim: float
    value: float
    at_least: bool = False

    @property
    def met(self) -> bool:
        return self.value >= self.aim if self.at_least else self.value <= self.aim


def speed_up(results: dict[str, Any]) -> float:
    """Of two threads, were each to have a core of its own: by processor time, so that other work does not count."""
    return 2 * results["1"]["normalized"] / results["2"]["normalized"]


def targets(results: dict[str, Any]) -> list[Target]:
    found = []
    aims = {"molecules": 4.0, "crystals": 3.5, "carbon": 4.0}
    rates = {"molecules": 60.0, "crystals": 250.0}
    for name, size in results["sizes"].items():
        single = size["evaluation"]["calls"]["normalized"]
        batch = size["evaluation"]["batch, 1"]["normalized"]
        gradient = size["loss gradient"]
        found += [
            Target(f"{name}: energy and forces", "µs per atom at 45 GFLOP/s", aims[name], single),
            Target(f"{name}: loss gradient over energy and forces", "times", 4, gradient["1"]["normalized"] / batch),
            Target(f"{name}: loss gradient on 2 cores, by processor time", "times", 1.9, speed_up(gradient), True),
        ]
        if name == "molecules":
            found.append(
                Target("Python adds to a call", "µs, as measured", 10, size["evaluation"]["python, per call"])
            )
        epoch = size["training"]["2"]["normalized"] * size["training"]["2"]["atoms_per_frame"] * 0.5e-6
        if name == "molecules":
            aim = Target("molecules: published schedule on 2 cores", "minutes at 45 GFLOP/s", 25, epoch * FRAMES * EPOCHS / 60)
            found.append(aim)
        if name == "carbon":
            seconds = epoch * DIAMOND_FRAMES * DIAMOND_EPOCHS
            found.append(Target("carbon: published schedule on 2 cores", "s at 45 GFLOP/s", 30, seconds))
        if name in rates:
            rate = size["search"]["1"]["per_second"]
            found.append(Target(f"{name}: candidates", "a second and core at 45 GFLOP/s", rates[name], rate, True))
        if size.get("potential share") is not None:
            share = 100 * size["potential share"]
            found.append(Target(f"{name}: search's time in the potential", "%", 90, share, True))
    lammps = results.get("lammps")
    if lammps:
        cpu = {name: row["cpu"] for name, row in lammps["potentials"].items()}
        ours = next(iter(cpu.values()))
        tersoff, snap = cpu["tersoff (SiC, 1989)"], cpu["snap, 2J = 6, linear"]
        found += [
            Target("LAMMPS: rm over Tersoff", "times", 3, ours / tersoff),
            Target("LAMMPS: SNAP (2J = 6) over rm", "times", 15, snap / ours, True),
        ]
    return found
