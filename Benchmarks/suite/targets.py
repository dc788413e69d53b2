"""What librm sets out to reach, beside what was measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from potentials_in_lammps import SINGLE

FRAMES, EPOCHS = 79_000, 100  # the published schedule of the molecules
DIAMOND_FRAMES, DIAMOND_EPOCHS = 121, 400


@dataclass
class Target:
    what: str
    unit: str
    aim: float
    value: float
    at_least: bool = False
    estimated: bool = False  # from processor times, where the machine gave two threads less than two cores
    single: float | None = None  # the same in single precision

    def met(self, value: float) -> bool:
        return value >= self.aim if self.at_least else value <= self.aim


ENOUGH = 1.9  # cores that two threads must have had for their wall time to count


def speed_up(one: dict[str, Any], two: dict[str, Any], cores_free: float) -> tuple[float, bool]:
    """What the second thread gives, and whether that is an estimate: by wall time if two cores were to be had, else
    by the processor time of the busier thread (clock.measure)."""
    if cores_free >= ENOUGH:
        return one["wall"] / two["wall"], False
    return one["normalized"] / two["busier"], True


def seconds_per_frame(size: dict[str, Any], precision: str) -> tuple[float, bool]:
    """What a frame of an epoch takes on two cores at 45 GFLOP/s, and whether that is an estimate."""
    one, two = size["training"]["1" + precision], size["training"]["2" + precision]
    gain, estimated = speed_up(one, two, size["cores free"])
    return one["normalized"] / gain * one["atoms_per_frame"] * 1e-6, estimated


def targets(results: dict[str, Any]) -> list[Target]:
    found = []
    aims = {"molecules": 4.0, "crystals": 3.5, "carbon": 4.0}
    rates = {"molecules": 60.0, "crystals": 250.0}
    for name, size in results["sizes"].items():
        calls = size["evaluation"]["calls"]["normalized"]
        single = size["evaluation"]["calls, single"]["normalized"]
        batch = size["evaluation"]["batch, 1"]["normalized"]
        gradient = size["loss gradient"]
        found += [
            Target(f"{name}: energy and forces", "µs per atom at 45 GFLOP/s", aims[name], calls, single=single),
            Target(
                f"{name}: loss gradient over energy and forces", "times", 4, gradient["1"]["normalized"] / batch,
                single=size["gradient in single"] and size["gradient in single"] / single,
            ),
        ]
        gain, estimated = speed_up(gradient["1"], gradient["2"], size["cores free"])
        found.append(Target(f"{name}: loss gradient on 2 cores", "times", 1.9, gain, True, estimated))
        if name == "molecules":
            found.append(Target("Python adds to a call", "µs, as measured", 10, size["evaluation"]["python, per call"]))
        frame, estimated = seconds_per_frame(size, "")
        frame_in_single, _ = seconds_per_frame(size, ", single")
        if name == "molecules":
            schedule = FRAMES * EPOCHS / 60
            found.append(Target(
                "molecules: published schedule on 2 cores", "minutes at 45 GFLOP/s", 25, frame * schedule,
                estimated=estimated, single=frame_in_single * schedule,
            ))  # fmt: skip
        if name == "carbon":
            schedule = DIAMOND_FRAMES * DIAMOND_EPOCHS
            found.append(Target(
                "carbon: published schedule on 2 cores", "s at 45 GFLOP/s", 30, frame * schedule,
                estimated=estimated, single=frame_in_single * schedule,
            ))  # fmt: skip
        if name in rates:
            search = size["search"]
            found.append(Target(
                f"{name}: candidates", "a second and core at 45 GFLOP/s", rates[name], search["1"]["per_second"], True,
                single=search["1, single"]["per_second"],
            ))  # fmt: skip
        if size.get("potential share") is not None:
            share = 100 * size["potential share"]
            found.append(Target(f"{name}: search's time in the potential", "%", 90, share, True))
    lammps = results.get("lammps")
    if lammps:
        cpu = {name: row["cpu"] for name, row in lammps["potentials"].items()}
        ours = next(iter(cpu.values()))
        tersoff, snap, single = cpu["tersoff (SiC, 1989)"], cpu["snap, 2J = 6, linear"], cpu[SINGLE]
        found += [
            Target("LAMMPS: rm over Tersoff", "times", 3, ours / tersoff, single=single / tersoff),
            Target("LAMMPS: SNAP (2J = 6) over rm", "times", 15, snap / ours, True, single=snap / single),
        ]
    return found
