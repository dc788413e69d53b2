"""Plans a run of LAMMPS with pair_style rm on many ranks: a small model of it, as a table.

    python3 Benchmarks/many_ranks.py [--ranks 1000] [--atoms 1e6 1e7 1e8] [--microseconds 8] ...

LAMMPS cuts the box into one brick per rank. A rank has the atoms in its brick and ghosts of those that are closer to it
than cutoff + skin. At every step it sends positions of ghosts out and gets forces on them back, dimension by dimension,
two messages each (more where a brick is thinner than the shell); now and then it makes new lists. librm works on a
rank's own atoms, each of them once on one rank: nothing is done twice, so that what a rank adds to the bill is its
ghosts' memory and messages alone.

The model: time = own · (t + t_list / interval) · (1 + imbalance) + 2 · (messages · latency + ghosts · 24 bytes /
bandwidth) + a sum over all ranks, log2(ranks) · latency. Memory = 42 MB + own · (120 + 4 · neighbours) + ghosts · 100
bytes. docs/scale.md says where the numbers come from, and how well it fits LAMMPS where that was tried.
"""

import argparse
import math
from dataclasses import dataclass


@dataclass
class Material:
    density: float  # atoms per Å³
    cutoff: float  # Å
    skin: float  # Å


@dataclass
class Machine:
    atom: float  # s per own atom and step
    listing: float  # s per own atom and neighbour list
    interval: float  # steps between lists
    imbalance: float  # share by which the slowest rank is slower than the mean
    latency: float  # s per message
    bandwidth: float  # bytes per s and rank


@dataclass
class Plan:
    edge: float  # Å of a rank's brick, a cube
    own: float
    ghosts: float
    messages: int  # in one exchange
    sent: float  # bytes per step and rank
    memory: float  # bytes per rank
    computing: float  # s per step
    communicating: float

    @property
    def step(self) -> float:
        return self.computing + self.communicating


def grid(ranks: int) -> tuple[int, int, int]:
    """How a cube is cut into bricks of the least surface."""
    cuts = [
        (a, b, ranks // a // b)
        for a in range(1, ranks + 1)
        if ranks % a == 0
        for b in range(1, ranks // a + 1)
        if ranks // a % b == 0
    ]
    return min(cuts, key=lambda cut: (cut[0] * cut[1] + cut[1] * cut[2] + cut[2] * cut[0], cut))


def plan(atoms: float, ranks: int, material: Material, machine: Machine) -> Plan:
    shell = material.cutoff + material.skin
    box = (atoms / material.density) ** (1 / 3)
    edges = [box / cut for cut in grid(ranks)]
    own = atoms / ranks
    ghosts = material.density * (math.prod(edge + 2 * shell for edge in edges) - math.prod(edges))
    messages = sum(2 * math.ceil(shell / edge) for edge in edges)
    neighbors = material.density * 4 / 3 * math.pi * shell**3
    return Plan(
        edge=math.prod(edges) ** (1 / 3),
        own=own,
        ghosts=ghosts,
        messages=messages,
        sent=2 * 24 * ghosts,
        memory=42e6 + own * (120 + 4 * neighbors) + 100 * ghosts,
        computing=own * (machine.atom + machine.listing / machine.interval) * (1 + (ranks > 1) * machine.imbalance),
        communicating=(ranks > 1)
        * (2 * (messages * machine.latency + 24 * ghosts / machine.bandwidth) + math.log2(ranks) * machine.latency),
    )


def efficiency(atoms: float, ranks: int, material: Material, machine: Machine) -> float:
    """The time of one rank with all atoms, over ranks times that of each."""
    return plan(atoms, 1, material, machine).step / (ranks * plan(atoms, ranks, material, machine).step)


HEAD = (
    "atoms",
    "ranks",
    "own",
    "edge/Å",
    "ghosts",
    "ghosts/own",
    "kB sent",
    "MB/rank",
    "ms work",
    "ms comm",
    "ms/step",
    "steps/s",
    "eff.",
)


def row(atoms: float, ranks: int, material: Material, machine: Machine) -> str:
    p = plan(atoms, ranks, material, machine)
    cells = (
        f"{atoms:.0e}".replace("e+0", "e"),
        f"{ranks}",
        f"{p.own:.0f}",
        f"{p.edge:.0f}",
        f"{p.ghosts:.0f}",
        f"{p.ghosts / p.own:.2f}",
        f"{p.sent / 1e3:.0f}",
        f"{p.memory / 1e6:.0f}",
        f"{1e3 * p.computing:.2f}",
        f"{1e3 * p.communicating:.2f}",
        f"{1e3 * p.step:.2f}",
        f"{1 / p.step:.2f}" if p.step > 0.1 else f"{1 / p.step:.0f}",
        f"{100 * efficiency(atoms, ranks, material, machine):.0f} %",
    )
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 10, 100, 1000])
    parser.add_argument("--atoms", type=float, nargs="+", default=[1e6, 1e7, 1e8])
    parser.add_argument("--density", type=float, default=0.176, help="atoms per Å³; 0.176 is diamond")
    parser.add_argument("--cutoff", type=float, default=4.5, help="Å")
    parser.add_argument("--skin", type=float, default=1.0, help="Å")
    parser.add_argument(
        "--microseconds", type=float, default=8.0, help="per own atom and step, see Benchmarks/scale.py"
    )
    parser.add_argument("--listing", type=float, default=3.0, help="µs per own atom and neighbour list")
    parser.add_argument("--interval", type=float, default=20, help="steps between lists")
    parser.add_argument("--imbalance", type=float, default=0.03, help="how much slower the slowest rank is")
    parser.add_argument("--latency", type=float, default=2.0, help="µs per message")
    parser.add_argument("--bandwidth", type=float, default=1.0, help="GB/s per rank")
    options = parser.parse_args()
    material = Material(options.density, options.cutoff, options.skin)
    machine = Machine(
        1e-6 * options.microseconds,
        1e-6 * options.listing,
        options.interval,
        options.imbalance,
        1e-6 * options.latency,
        1e9 * options.bandwidth,
    )
    print("| " + " | ".join(HEAD) + " |")
    print("|" + len(HEAD) * "---:|")
    for atoms in options.atoms:
        for ranks in options.ranks:
            print(row(atoms, ranks, material, machine))


if __name__ == "__main__":
    main()
