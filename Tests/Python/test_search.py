"""Searches: what is drawn, kept and reported, and that results depend on the seed alone."""

import itertools

import numpy as np
import pytest
import spglib
from ase.data import covalent_radii

import librm

FAST = dict(stages=[dict(max_steps=60, fmax=0.05)], hops=0)


def key(candidate):
    return candidate.index


def everything(model, contents, preset, **options):
    """All candidates, dropped ones too, by index; and the result."""
    seen = []
    result = model.search(contents, preset, on_candidate=lambda candidate: seen.append(candidate) and None, **options)
    return sorted(seen, key=key), result


def same(one, other):
    assert len(one) == len(other)
    for a, b in zip(one, other, strict=True):
        assert (a.index, a.state, a.steps, a.stage) == (b.index, b.state, b.steps, b.stage)
        np.testing.assert_allclose(a.structure.positions, b.structure.positions, rtol=0, atol=1e-12)
        if a.structure.cell is not None:
            np.testing.assert_allclose(a.structure.cell, b.structure.cell, rtol=0, atol=1e-12)
        assert a.energy == pytest.approx(b.energy, rel=1e-12, nan_ok=True)


@pytest.mark.parametrize("preset", ["diamond", "diamond-published"])
def test_a_candidate_depends_on_seed_and_index_alone(preset, diamond):
    options = dict(count=8, seed=11, stages=[dict(max_steps=80, fmax=1e-3, cell_mode="constant-volume")])
    one, result = everything(diamond, "C4", preset, **options)
    two, _ = everything(diamond, "C4", preset, threads=2, **options)
    same(one, two)
    pieces = [everything(diamond, [6] * 4, preset, **{**options, "first": k, "count": 1})[0][0] for k in range(8)]
    same(one, pieces)
    again, _ = everything(diamond, "C", preset, units=4, **options)
    same(one, again)
    other, _ = everything(diamond, "C4", preset, **{**options, "seed": 12})
    assert np.abs(one[0].structure.positions - other[0].structure.positions).max() > 0.01
    assert [candidate.index for candidate in one] == list(range(8))
    assert len(result) == sum(candidate.kept for candidate in one)


def test_summary(diamond):
    seen, result = everything(diamond, "C6", "diamond", count=10, seed=1, threads=2)
    summary = result.summary
    assert summary.tried == len(seen) == 10
    for state in ("converged", "unconverged", "not_placed", "dropped", "failed"):
        count = sum(candidate.state == state.replace("_", "-") for candidate in seen)
        assert getattr(summary, state) == count, state
    assert summary.duplicates == sum(candidate.duplicate_of is not None for candidate in seen)
    assert summary.evaluations >= sum(candidate.steps for candidate in seen)
    assert not result.stopped
    assert [candidate.index for candidate in result] == sorted(c.index for c in seen if c.kept)


def test_what_is_kept_is_relaxed(diamond):
    result = diamond.search("C4", "diamond", count=6, seed=2, threads=2)
    assert len(result)
    for candidate in result:
        structure = candidate.structure
        assert structure.pbc == (True, True, True)
        assert candidate.volume == pytest.approx(abs(np.linalg.det(structure.cell)))
        results = diamond.evaluate(structure)
        assert results.energy == pytest.approx(candidate.energy, abs=1e-10)
        if candidate.state == "converged":
            assert np.linalg.norm(results.forces, axis=1).max() <= candidate.fmax + 1e-12
    ranked = result.ranked()
    energies = [candidate.energy_per_atom for candidate in ranked]
    assert energies == sorted(energies)
    assert all(candidate.duplicate_of is None and candidate.state == "converged" for candidate in ranked)


def test_duplicates_are_found(diamond):
    """Two atoms in a given volume have few ways to settle; with the tolerance at zero nobody looks."""
    options = dict(count=12, seed=3, volume_per_atom=(5.6, 5.6))
    found = diamond.search("C2", "diamond", **options)
    assert found.summary.duplicates > 0
    order = []
    diamond.search("C2", "diamond", on_candidate=lambda candidate: order.append(candidate) and None, **options)
    seen = set()
    for candidate in order:
        if candidate.duplicate_of is not None:
            assert candidate.duplicate_of in seen
        if candidate.kept:
            seen.add(candidate.index)
    assert diamond.search("C2", "diamond", duplicate_tolerance=0, **options).summary.duplicates == 0


def test_molecules(organic):
    seen, result = everything(organic, "CH4", "molecules", count=6, seed=5, threads=2, **FAST)
    assert len(seen) == 6
    for candidate in seen:
        assert candidate.structure.pbc == (False, False, False)
        assert candidate.volume == 0
        if candidate.state != "not-placed":
            assert sorted(candidate.structure.numbers) == [1, 1, 1, 1, 6]


def drawn(model, contents, preset, **options):
    """Candidates as they are drawn: a single stage that may not move."""
    seen, _ = everything(model, contents, preset, stages=[dict(max_steps=0)], hops=0, **options)
    return [candidate for candidate in seen if candidate.state != "not-placed"]


def distances(structure):
    """All distances between atoms and images of others, up to the neighbouring cells."""
    shifts = np.zeros((1, 3))
    if structure.cell is not None:
        shifts = np.array(list(itertools.product((-1, 0, 1), repeat=3))) @ structure.cell
    for i, j in itertools.combinations(range(len(structure)), 2):
        vectors = structure.positions[j] + shifts - structure.positions[i]
        yield i, j, np.linalg.norm(vectors, axis=1).min()


def test_separations(organic):
    candidates = drawn(organic, "C2H6O", "molecules", count=20, seed=1, min_separation=0.9, covalent_separation=0.8)
    assert candidates
    for candidate in candidates:
        numbers = candidate.structure.numbers
        for i, j, distance in distances(candidate.structure):
            assert distance >= max(0.9, 0.8 * (covalent_radii[numbers[i]] + covalent_radii[numbers[j]])) - 1e-9


def test_box(organic):
    candidates = drawn(organic, "CH4", "molecules", count=20, seed=1, container="box", box=(4.0, 3.0, 2.0))
    positions = np.concatenate([candidate.structure.positions for candidate in candidates])
    assert (np.ptp(positions, axis=0) <= [4, 3, 2]).all()
    assert (np.ptp(positions, axis=0) > [3, 2, 1]).all()


@pytest.mark.parametrize("container", ["cell", "skewed-cell"])
def test_cells(container, diamond):
    options = dict(container=container, volume_per_atom=(8.0, 9.0), cell_variation=0.2, min_separation=1.0)
    candidates = drawn(diamond, "C4", "diamond", count=20, seed=4, covalent_separation=0, **options)
    assert len(candidates) > 10
    for candidate in candidates:
        cell = candidate.structure.cell
        assert 32 <= candidate.volume <= 36
        assert min(distance for *_, distance in distances(candidate.structure)) >= 1.0 - 1e-9
        off = cell - np.diag(np.diag(cell))
        assert (np.abs(off).max() < 1e-12) == (container == "cell")


def test_symmetric_structures_are_drawn(diamond):
    """spglib finds symmetry in the share asked for, of many groups, and atoms on special positions."""
    as_drawn = dict(stages=[dict(max_steps=0, cell_mode="constant-volume")], hops=0, duplicate_tolerance=0)
    for share, least, most in ((0, 0, 0), (0.5, 25, 65), (1, 85, 100)):
        seen, _ = everything(diamond, "C8", "diamond", symmetry=share, count=100, seed=1, **as_drawn)
        numbers = []
        for candidate in seen:
            crystal = candidate.structure
            fractional = np.linalg.solve(crystal.cell.T, crystal.positions.T).T
            data = spglib.get_symmetry_dataset((crystal.cell, fractional, crystal.numbers), symprec=1e-3)
            numbers.append(data.number)
        symmetric = [number for number in numbers if number > 1]
        assert least <= len(symmetric) <= most
        if share == 1:
            assert len(set(symmetric)) > 20
            assert sum(number > 194 for number in symmetric) > 5  # cubic: 8 atoms are on special positions


def test_what_collapses_fails(diamond):
    """Diamond's bonds are about one sum of covalent radii long."""
    for share, kept in ((0.5, 5), (1.5, 0)):
        seen, result = everything(diamond, "C2", "diamond", collapsed_separation=share, count=5, seed=3)
        assert len(result) == kept and len(seen) == 5
        assert all((candidate.state == "failed") == (kept == 0) for candidate in seen)


def test_element_volumes(inorganic):
    options = dict(count=5, seed=1, container="cell", volume_per_atom=(0, 0), min_separation=0.5)
    for volumes in ({3: 10.0, 16: 20.0}, [0.0] * 3 + [10.0] + [0.0] * 12 + [20.0] + [0.0] * 102):
        for candidate in drawn(inorganic, "Li2S", "crystals", element_volumes=volumes, **options):
            assert candidate.volume == pytest.approx(40.0)
        for candidate in drawn(
            inorganic, "Li2S", "crystals", element_volumes=volumes, volume_scale=(1.5, 1.6), **options
        ):
            assert 60.0 <= candidate.volume <= 64.0 + 1e-9
    with pytest.raises(librm.Error, match="volume"):
        inorganic.search("Li2S", "crystals", **options)


def test_candidates_without_room(organic):
    """Where the atoms cannot be placed there is no structure."""
    seen, result = everything(organic, "CH4", "molecules", count=3, box=(1.0, 1.0, 1.0), min_separation=3.0, **FAST)
    assert result.summary.not_placed == 3 and len(result) == 0
    for candidate in seen:
        assert candidate.state == "not-placed" and not candidate.kept
        assert len(candidate.structure) == 0 and np.isnan(candidate.energy_per_atom)


def test_stopping(organic):
    seen = []
    result = organic.search(
        "CH4", "molecules", count=1000, on_candidate=lambda c: seen.append(c) or len(seen) == 3, **FAST
    )
    assert result.stopped and len(seen) == 3
    assert result.summary.tried == 3
    assert len(result) == sum(candidate.kept for candidate in seen)


def test_hops_lower_the_energy(diamond):
    options = dict(count=4, seed=8, duplicate_tolerance=0)
    before, _ = everything(diamond, "C4", "diamond", hops=0, **options)
    after, _ = everything(diamond, "C4", "diamond", hops=5, hop_kick=0.4, **options)
    for a, b in zip(before, after, strict=True):
        if a.state == b.state == "converged":
            assert b.energy <= a.energy + 1e-9
            assert b.steps > a.steps


def test_bad_input(organic, diamond):
    with pytest.raises(librm.ElementError):
        diamond.search("CH4", "molecules", count=1)
    with pytest.raises(librm.FormatError):
        organic.search("5C", "molecules")
    with pytest.raises(librm.ArgumentError):
        organic.search([], "molecules", count=1)
    with pytest.raises(TypeError, match="did you mean 'kick'"):
        organic.search("CH4", "molecules", stages=[dict(kik=1)])
    with pytest.raises(librm.ArgumentError, match="box"):
        organic.search("CH4", "molecules", box=(1, 2))
    with pytest.raises(librm.ArgumentError):
        organic.search("CH4", "molecules", count=1, threads=0)
