"""librm as a client of i-PI, through ASE's socket.

In one folder, with a model that knows carbon:

    python client.py start                  writes start.xyz, the structure that i-PI begins with
    i-pi input.xml &                        waits for clients, as they do for it
    python client.py run MODEL [SOCKET]     serves energies, forces and virials until i-PI is done

i-PI takes the pseudo-energy for electronvolts, which it is not: temperatures and times have no physical unit.
"""

import sys
import time

import ase.io
from ase.build import bulk
from ase.calculators.socketio import SocketClient

from librm.ase import Calculator



def connect(name):
    """i-PI's socket of that name: its first minute may pass before it is there."""
    for _ in range(600):
        try:
            return SocketClient(unixsocket=name)
        except (FileNotFoundError, ConnectionRefusedError):
            time.sleep(0.1)
    sys.exit(f"i-PI has opened no socket {name}")


if sys.argv[1] == "start":
    diamond = bulk("C", "diamond", a=3.567, cubic=True)
    a, b, c, alpha, beta, gamma = diamond.cell.cellpar()
    comment = f"# CELL(abcABC): {a} {b} {c} {alpha} {beta} {gamma} positions{{angstrom}} cell{{angstrom}}"
    ase.io.write("start.xyz", diamond, format="xyz", comment=comment)
else:
    atoms = ase.io.read("start.xyz", format="xyz")  # for the elements; positions and cell come from i-PI
    atoms.pbc = True
    atoms.calc = Calculator(sys.argv[2])
    connect(sys.argv[3] if len(sys.argv) > 3 else "librm").run(atoms, use_stress=True)
