"""What a run of LAMMPS takes, by its own timers."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
PLUGIN = TOP / "build/lib/lammps/rmplugin.so"
PROGRAMS = Path(sys.executable).parent  # lmp and mpirun of the environment


@dataclass
class Loop:
    """Times of the last run, in µs per atom and step."""

    wall: float
    cpu: float  # of all ranks together; waiting for messages counts
    pair: float  # processor time in the pair style, of all ranks together
    imbalance: float  # of the ranks' wall times in the pair style: the largest over the mean
    others: float  # processors that other programs kept busy in the meantime


def busy() -> tuple[float, float]:
    """Seconds of processor time that all programs have used so far, and those of this one's children."""
    user, nice, system, _, _, *interrupts = map(int, Path("/proc/stat").read_text().split("\n")[0].split()[1:9])
    own = os.times()
    everything = (user + nice + system + sum(interrupts)) / os.sysconf("SC_CLK_TCK")
    return everything, own.children_user + own.children_system


def loop(commands: list[str], ranks: int = 1) -> Loop:
    """Runs commands, of which the last is `run`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "in.loop"
        path.write_text("\n".join(["timer full", *commands]) + "\n")
        began, before = time.monotonic(), busy()
        done = subprocess.run(
            [PROGRAMS / "mpirun", "-np", str(ranks), PROGRAMS / "lmp", "-in", path, "-log", "none", "-nocite"],
            cwd=folder,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        all_used, own_used = (after - earlier for after, earlier in zip(busy(), before, strict=True))
        others = max(0.0, all_used - own_used) / (time.monotonic() - began)
    timing = re.findall(r"Loop time of (\S+) on \d+ procs for (\d+) steps with (\d+) atoms", done.stdout)
    if done.returncode != 0 or not timing:
        sys.exit(f"LAMMPS failed:\n{done.stdout[-2000:]}{done.stderr}")
    seconds, steps, atoms = timing[-1]
    unit = 1e6 / (int(steps) * int(atoms))
    use = re.findall(r"([\d.]+)% CPU use with", done.stdout)[-1]
    # Pair | min | avg | max | %varavg | %CPU | %total
    _, mean, largest, _, pair_use, _ = map(float, re.findall(r"^Pair +\|(.*)$", done.stdout, re.M)[-1].split("|"))
    return Loop(
        wall=float(seconds) * unit,
        cpu=float(seconds) * float(use) / 100 * ranks * unit,
        pair=mean * pair_use / 100 * ranks * unit,
        imbalance=largest / mean,
        others=others,
    )


def carbon(repeat: int, pair: list[str], steps: int, skin: float = 1.0) -> list[str]:
    """Dynamics of diamond of 8·repeat³ atoms, whose neighbour lists are made anew at every tenth step."""
    return [
        "units metal",
        "lattice diamond 3.567",
        f"region box block 0 {repeat} 0 {repeat} 0 {repeat}",
        "create_box 1 box",
        "create_atoms 1 box",
        "mass 1 12.011",
        *pair,
        f"neighbor {skin} bin",
        "neigh_modify every 10 delay 0 check no",
        "velocity all create 100 1 loop geom",
        "fix integrate all nve",
        "timestep 0.0005",
        f"run {steps}",
    ]


def rm(model: Path, threads: int = 1, precision: str = "double") -> list[str]:
    """Commands for pair_style rm."""
    if not PLUGIN.exists():
        sys.exit("the plugin is not there; run 'make lammps'")
    return [f"plugin load {PLUGIN}", f"pair_style rm threads {threads} precision {precision}", f"pair_coeff * * {model.resolve()} C"]
