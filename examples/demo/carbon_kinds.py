"""What a crystal of carbon is, told from its bonds alone.

Atoms are bonded when they are closer than 1.3 times the mean distance to the nearest neighbour (in diamond the second
shell begins at 1.63, in graphite at 1.73). Then

- four bonds to every atom, at tetrahedral angles: seen along a bond, the further bonds at its two ends are staggered
  (60 degrees apart) or eclipsed (0 degrees). In cubic diamond all bonds are staggered; in hexagonal diamond
  (lonsdaleite) every atom has one eclipsed bond, along the axis. So an atom without an eclipsed bond is a cubic site,
  one with a single eclipsed bond a hexagonal site. All cubic: cubic diamond; all hexagonal: hexagonal diamond; some of
  each, and all eclipsed bonds along one axis: layers of both kinds, a stacking fault. All else is called another
  four-fold net.
- three bonds to every atom, flat, at 120 degrees, in parallel planes: honeycomb layers, as in graphite, however they
  are stacked.
- everything else is called other.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.neighborlist import neighbor_list
from numpy.typing import NDArray

BOND_REACH = 1.3  # times the mean distance to the nearest neighbour
TETRAHEDRAL = float(np.degrees(np.arccos(-1 / 3)))  # 109.47 degrees
ANGLE_TOLERANCE = 20.0  # degrees, from the tetrahedral angle or from 120
TWIST_TOLERANCE = 20.0  # degrees, from eclipsed (0) or staggered (60)
HEIGHT_TOLERANCE = 0.15  # of a three-fold atom above its neighbours, in bond lengths; 1/3 in a bilayer of diamond
AXIS_TOLERANCE = 15.0  # degrees, between eclipsed bonds, or between the normals of layers


class Kind(enum.Enum):
    """What a structure is; the value is its name for people."""

    CUBIC = "cubic diamond"
    HEXAGONAL = "hexagonal diamond"
    STACKING_FAULT = "stacking fault"
    OTHER_FOURFOLD = "other four-fold net"
    GRAPHITE = "graphite-like layers"
    OTHER = "other"


@dataclass(frozen=True)
class Bonds:
    """The bonds of a structure, atom by atom.

    vectors[i]: [bonds, 3] from atom i to its neighbours, angstrom. neighbors[i]: [bonds] who these are (in a small cell
    often one atom several times, or atom i itself, in different images).
    """

    vectors: list[NDArray[np.float64]]
    neighbors: list[NDArray[np.int64]]

    def all_have(self, count: int) -> bool:
        """Whether every atom has this many bonds."""
        return all(len(vectors) == count for vectors in self.vectors)


def kind_of(atoms: Atoms) -> Kind:
    """What a crystal of carbon is. atoms: periodic in all three directions."""
    bonds = bonds_of(atoms)
    if bonds.all_have(4):
        return _fourfold(bonds)
    if bonds.all_have(3) and _is_planar(bonds):
        return Kind.GRAPHITE
    return Kind.OTHER


def bonds_of(atoms: Atoms) -> Bonds:
    """Atoms closer than BOND_REACH times the mean distance to the nearest neighbour are bonded."""
    reach = 2 * np.cbrt(atoms.get_volume() / len(atoms))  # no crystal has its atoms farther apart on average
    centers, neighbors, distances, vectors = neighbor_list("ijdD", atoms, reach)
    nearest = np.full(len(atoms), np.inf)
    np.minimum.at(nearest, centers, distances)
    bonded = distances < BOND_REACH * nearest[np.isfinite(nearest)].mean() if len(distances) else distances < 0
    centers, neighbors, vectors = centers[bonded], neighbors[bonded], vectors[bonded]
    own = [centers == center for center in range(len(atoms))]
    return Bonds([vectors[mask] for mask in own], [neighbors[mask] for mask in own])


def eclipsed_bonds(bonds: Bonds) -> list[NDArray[np.float64]] | None:
    """For every atom of a four-fold net its eclipsed bonds, [bonds, 3]; None if a bond is neither one nor staggered."""
    result = []
    for vectors, neighbors in zip(bonds.vectors, bonds.neighbors, strict=True):
        twists = np.array(
            [_twist(bond, vectors, bonds.vectors[end]) for bond, end in zip(vectors, neighbors, strict=True)]
        )
        eclipsed = twists < TWIST_TOLERANCE
        if not (eclipsed | (twists > 60 - TWIST_TOLERANCE)).all():
            return None
        result.append(vectors[eclipsed])
    return result


def _fourfold(bonds: Bonds) -> Kind:
    """Tells the four-fold nets apart."""
    if any(_worst_angle(vectors, TETRAHEDRAL) > ANGLE_TOLERANCE for vectors in bonds.vectors):
        return Kind.OTHER_FOURFOLD
    eclipsed = eclipsed_bonds(bonds)
    if eclipsed is None:
        return Kind.OTHER_FOURFOLD
    counts = {len(vectors) for vectors in eclipsed}
    if counts == {0}:
        return Kind.CUBIC
    if counts <= {0, 1} and _are_parallel(np.concatenate(eclipsed)):
        return Kind.HEXAGONAL if counts == {1} else Kind.STACKING_FAULT
    return Kind.OTHER_FOURFOLD


def _twist(bond: NDArray[np.float64], at_start: NDArray[np.float64], at_end: NDArray[np.float64]) -> float:
    """Degrees, 0 to 60, by which the bonds at both ends of a bond are turned against each other: seen along it, the
    mean over all pairs of the distance of their angle from the nearest multiple of 120."""
    axis = bond / np.linalg.norm(bond)
    angles = [_angles_around(axis, vectors, itself) for vectors, itself in ((at_start, bond), (at_end, -bond))]
    between = np.subtract.outer(*angles) % 120
    return float(np.minimum(between, 120 - between).mean())


def _angles_around(
    axis: NDArray[np.float64], vectors: NDArray[np.float64], itself: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Angles, seen along the axis, of an atom's bonds without the one that is the axis itself; degrees."""
    others = np.delete(vectors, np.linalg.norm(vectors - itself, axis=1).argmin(), axis=0)
    first = np.cross(axis, np.eye(3)[np.abs(axis).argmin()])
    first /= np.linalg.norm(first)
    return np.degrees(np.arctan2(others @ np.cross(axis, first), others @ first))


def _worst_angle(vectors: NDArray[np.float64], wanted: float) -> float:
    """By how much the angle between two bonds of an atom differs most from the wanted one, degrees."""
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = (units @ units.T)[np.triu_indices(len(units), 1)]
    return float(np.abs(np.degrees(np.arccos(np.clip(cosines, -1, 1))) - wanted).max())


def _is_planar(bonds: Bonds) -> bool:
    """Whether three-fold atoms have their bonds at 120 degrees and in parallel planes."""
    normals = []
    for vectors in bonds.vectors:
        units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        normal = np.cross(units[1] - units[0], units[2] - units[0])
        normal /= np.linalg.norm(normal)
        if _worst_angle(vectors, 120) > ANGLE_TOLERANCE or abs(units.mean(axis=0) @ normal) > HEIGHT_TOLERANCE:
            return False
        normals.append(normal)
    return _are_parallel(np.array(normals))


def _are_parallel(vectors: NDArray[np.float64]) -> bool:
    """Whether all vectors lie along one axis, to either side."""
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return bool((np.abs(units @ units[0]) > np.cos(np.radians(AXIS_TOLERANCE))).all())
