"""Responses, datasets, trainers, checkpoints."""

import dataclasses

import numpy as np
import pytest
from ase.build import molecule
from conftest import rattled

import librm


def trainer_of(atoms, preset="diamond", seed=3, **options):
    symbols = sorted(set(atoms.symbols))
    model = librm.Model.create(preset, symbols, seed=1)
    options.setdefault("epochs", 6)
    return librm.Trainer(model, librm.Dataset([atoms]), preset, seed=seed, **options)


# Responses


def test_published_responses_of_a_crystal(diamond_cell):
    """The equations of arXiv 2405.09057, applied backwards to every frame."""
    frames = librm.draw_responses(
        diamond_cell, "crystals-published", seed=1, repulsion_radius=0, force_noise=0, remove_drift=False
    )
    levels = [0, 1, 2, 3, 4, 6, 8, 10, 12, 16, 32]
    assert len(frames) % len(levels) == 0
    cell = diamond_cell.cell.array
    scaled = diamond_cell.get_scaled_positions(wrap=False)
    lame, shear = 0.3 / (1.3 * 0.4), 1 / 2.6
    largest = 0.0
    for frame in frames:
        deformation = np.linalg.inv(cell) @ frame.structure.cell
        strain = (deformation.T @ deformation - np.eye(3)) / 2
        stress = lame * np.trace(strain) * np.eye(3) + 2 * shear * strain
        np.testing.assert_allclose(frame.stress, stress, atol=1e-12)
        displacement = frame.structure.positions - scaled @ frame.structure.cell
        fractional = displacement @ np.linalg.inv(frame.structure.cell)
        wrapped = (fractional - np.round(fractional)) @ frame.structure.cell
        np.testing.assert_allclose(frame.forces, -wrapped, atol=1e-10)
        assert np.abs(displacement).max() <= 32 * 0.05 / 2 + 1e-9
        largest = max(largest, np.abs(displacement).max())
        assert frame.weight == 1
    assert largest > 0.6
    halves = {round(frame.amplitude, 12) for frame in frames}
    assert halves == {round(level * 0.025, 12) for level in levels}


def test_published_responses_of_a_molecule():
    ethanol = molecule("CH3CH2OH")
    frames = librm.draw_responses(
        ethanol, "molecules-published", seed=2, repulsion_radius=0, remove_drift=False, remove_rotation=False
    )
    noise = []
    for frame in frames:
        assert frame.structure.cell is None and frame.stress is None
        displacement = frame.structure.positions - ethanol.positions
        assert np.abs(displacement).max() <= frame.amplitude + 1e-12
        level = frame.amplitude / 0.05
        rest = frame.forces + displacement
        assert np.abs(rest).max() <= 0.005 * np.sqrt(level) + 1e-12
        noise.append(np.abs(rest).max())
    assert max(noise) > 0.01


def test_repulsion_is_among_the_targets():
    """Two atoms too close: the difference of targets with and without is the derivative of (1 - r^2/R^2)^2."""
    close = molecule("H2")
    close.positions[:] = [[0, 0, 0], [0.4, 0, 0]]
    options = dict(levels=[0.0], force_noise=0, remove_drift=False, remove_rotation=False)
    with_it = librm.draw_responses(close, "molecules-published", repulsion_radius=0.7, **options)[0]
    without = librm.draw_responses(close, "molecules-published", repulsion_radius=0, **options)[0]
    r, radius = 0.4, 0.7
    push = 4 * r / radius**2 * (1 - r**2 / radius**2)
    np.testing.assert_allclose(with_it.forces - without.forces, [[-push, 0, 0], [push, 0, 0]], atol=1e-12)


def test_drift_and_rotation_are_removed():
    ethanol = molecule("CH3CH2OH")
    frames = librm.draw_responses(
        ethanol, "molecules", seed=5, remove_drift=True, remove_rotation=True, repulsion_radius=0, force_noise=0
    )
    assert frames
    for frame in frames:
        np.testing.assert_allclose(frame.forces.sum(axis=0), 0, atol=1e-9)
        arms = frame.structure.positions - frame.structure.positions.mean(axis=0)
        torque = np.cross(arms, frame.forces).sum(axis=0)
        assert np.linalg.norm(torque) < 0.2 * max(frame.amplitude, 1e-9) * np.abs(arms).sum()


def test_responses_depend_on_the_seed(diamond_cell):
    def positions(seed):
        return np.array([f.structure.positions for f in librm.draw_responses(diamond_cell, "diamond", seed)])

    np.testing.assert_array_equal(positions(1), positions(1))
    with pytest.raises(librm.ArgumentError, match="seed"):
        positions(-1)
    assert np.abs(positions(1) - positions(2)).max() > 0.01


def test_amplitudes(diamond_cell):
    frames = librm.draw_responses(
        diamond_cell, "crystals", seed=1, amplitude=(0.01, 1.0), clean_share=0.3, frames_per_structure=300
    )
    assert len(frames) == 300
    clean = [frame for frame in frames if np.abs(frame.structure.positions - diamond_cell.positions).max() < 1e-12]
    assert 50 < len(clean) < 130
    halves = np.array([frame.amplitude for frame in frames if frame.amplitude > 0])
    assert halves.min() >= 0.01 and halves.max() <= 1.0
    assert abs(np.log(halves).mean() - np.log(0.1)) < 0.3


# Datasets


def test_dataset(diamond_cell):
    dataset = librm.Dataset([diamond_cell])
    assert (len(dataset), dataset.structure_count, dataset.frame_count) == (1, 1, 0)
    dataset.add(diamond_cell)
    for frame in librm.draw_responses(diamond_cell, "diamond", seed=0)[:4]:
        dataset.add_frame(frame.structure, frame.forces, frame.stress, frame.weight)
    assert (dataset.structure_count, dataset.frame_count) == (2, 4)
    with pytest.raises(librm.ArgumentError, match="forces"):
        dataset.add_frame(diamond_cell, np.zeros((3, 3)))
    with pytest.raises(librm.ArgumentError, match="stress"):
        dataset.add_frame(diamond_cell, np.zeros((8, 3)), stress=np.zeros(6))
    with pytest.raises(librm.StructureError):
        dataset.add(dict(numbers=[6], positions=[[0, 0, np.inf]]))
    with pytest.raises(librm.Error):
        dataset.add_frame(diamond_cell, np.full((8, 3), np.nan))
    assert len(dataset) == 6


def test_pairs_are_put_in_order(diamond_cell):
    graphite = diamond_cell.copy()
    graphite.set_cell(diamond_cell.cell * 1.3, scale_atoms=True)
    dataset = librm.Dataset([diamond_cell], pairs=[(graphite, diamond_cell)])  # the wrong way round
    assert dataset.pair_count == 1 and len(dataset) == 1
    with pytest.raises(librm.ArgumentError, match="pair 1: .*contents"):
        dataset.add_pair(diamond_cell, diamond_cell[:4])
    start = librm.Model.create("diamond", ["C"], seed=3)
    response = {"levels": [1, 2]}

    def difference(**options):
        trainer = librm.Trainer(
            start, dataset, "diamond", response=response, epochs=20, seed=1, warmup_epochs=1, stress_weight=1.0,
            force_weight=1.0, average_start=0, **options,
        )  # fmt: skip
        for _ in trainer:
            pass
        model = trainer.model(best=False)
        return (model.evaluate(graphite).energy - model.evaluate(diamond_cell).energy) / 8, trainer.pairs

    plain, (loss, order) = difference(pair_weight=0.0)
    ranked, (better, ordered) = difference(pair_weight=1e3)
    assert plain > 0 and order == 0 and loss > np.log(2)
    assert ranked < 0 and ordered == 1 and better < np.log(2)


def test_an_empty_dataset_cannot_be_learnt():
    with pytest.raises(librm.ArgumentError):
        librm.Trainer(librm.Model.create("diamond", ["C"]), librm.Dataset(), "diamond")


def test_unknown_element_in_a_dataset(diamond_cell):
    with pytest.raises(librm.ElementError):
        librm.Trainer(librm.Model.create("diamond", ["Si"]), librm.Dataset([diamond_cell]), "diamond")


# Trainers


def test_learning(diamond_cell):
    trainer = trainer_of(diamond_cell, epochs=15)
    epochs = list(trainer)
    assert [epoch.epoch for epoch in epochs] == list(range(1, 16))
    assert trainer.epochs_done == trainer.epochs == 15
    assert epochs[-1].validation_loss < 0.5 * epochs[0].validation_loss
    assert epochs[0].best
    best = min(epochs, key=lambda epoch: epoch.validation_loss)
    assert [epoch for epoch in epochs if epoch.best][-1] == best
    assert all(epoch.steps > 0 and epoch.learning_rate > 0 for epoch in epochs)
    assert trainer.counts[0] > trainer.counts[1] > 0


def test_the_model_says_what_it_learnt_from(diamond_cell):
    trainer = trainer_of(diamond_cell, epochs=1)
    trainer.epoch()
    description = trainer.model().description
    plain = set(librm.Model.describe("diamond", ["C"]))
    assert set(description) - plain, "nothing is said of the training"


def test_epochs_are_reproducible_and_threads_do_not_matter(diamond_cell):
    one, same, threaded, other = (
        list(trainer_of(diamond_cell, seed=seed, threads=threads, epochs=3))
        for seed, threads in ((1, 1), (1, 1), (1, 2), (2, 1))
    )
    assert one == same
    for a, b in zip(one, threaded, strict=True):
        assert a.training_loss == pytest.approx(b.training_loss, rel=1e-6)
        assert a.validation_loss == pytest.approx(b.validation_loss, rel=1e-6)
    assert one[0].training_loss != other[0].training_loss


@pytest.mark.parametrize("preset", ["diamond", "diamond-published", "crystals", "molecules"])
def test_checkpoint(preset, tmp_path, diamond_cell):
    """Training that was stopped and gone on with gives the very weights of training that was not."""
    atoms = molecule("CH3OH") if preset == "molecules" else diamond_cell
    dataset = librm.Dataset([atoms, rattled(atoms, 0.01, seed=1)])
    model = librm.Model.create(preset, sorted(set(atoms.symbols)), seed=0)
    options = dict(seed=9, epochs=5, batch_size=3)
    whole = librm.Trainer(model, dataset, preset, **options)
    epochs = list(whole)
    first = librm.Trainer(model, dataset, preset, **options)
    begun = [first.epoch() for _ in range(2)]
    first.save(tmp_path / "checkpoint")
    del first
    second = librm.Trainer.load(tmp_path / "checkpoint", dataset, preset, **options)
    assert second.epochs_done == 2
    assert begun + list(second) == epochs
    assert second.epochs_done == 5 and list(second) == []
    for best in (True, False):
        np.testing.assert_array_equal(whole.model(best).parameters, second.model(best).parameters)


def test_checkpoint_of_something_else(tmp_path, diamond_cell):
    trainer = trainer_of(diamond_cell)
    trainer.epoch()
    path = tmp_path / "checkpoint"
    trainer.save(path)
    dataset = librm.Dataset([diamond_cell])
    assert librm.Trainer.load(path, dataset, "diamond", seed=3, epochs=9, threads=2).epochs == 9
    with pytest.raises(librm.ArgumentError):
        librm.Trainer.load(path, dataset, "diamond", seed=4, epochs=6)
    with pytest.raises(librm.ArgumentError):
        librm.Trainer.load(path, dataset, "diamond", seed=3, epochs=6, response=dict(displacement=0.2))
    with pytest.raises(librm.ArgumentError):
        librm.Trainer.load(path, librm.Dataset([rattled(diamond_cell, 0.1, 1)]), "diamond", seed=3, epochs=6)
    with pytest.raises(librm.FileError):
        librm.Trainer.load(tmp_path / "nothing", dataset, "diamond")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(librm.FormatError):
        librm.Trainer.load(path, dataset, "diamond", seed=3, epochs=6)


def test_frames_with_own_targets(diamond, diamond_cell):
    """A model learns what another one answers."""
    frames = []
    for seed in range(12):
        atoms = rattled(diamond_cell, 0.1, seed)
        results = diamond.evaluate(atoms)
        frames.append(librm.Frame(librm.Structure.of(atoms), results.forces, results.stress))
    dataset = librm.Dataset(frames=frames)
    model = librm.Model.create("diamond", ["C"], seed=5)
    trainer = librm.Trainer(
        model, dataset, "diamond", epochs=30, seed=1, batch_size=2, validation_share=0, schedule="constant"
    )
    losses = [epoch.training_loss for epoch in trainer]
    assert losses[-1] < 0.5 * losses[0]
    assert trainer.counts == (12, 0)


def test_progress(diamond_cell):
    seen = []
    trainer = trainer_of(diamond_cell, progress=lambda done, total: seen.append((done, total)) and None)
    trainer.epoch()
    total = seen[-1][1]
    assert [done for done, _ in seen][-1] == total and len(seen) >= total
    assert all(one <= other for one, other in zip(seen, seen[1:], strict=False))


def test_sum_over_ranks(diamond_cell):
    """One rank of one, whose sum is what it has; and what the sum raises comes through."""
    calls = []

    def add(values):
        calls.append(len(values))
        return values

    trainer = trainer_of(diamond_cell, sum=add, ranks=1)
    assert trainer.epoch() == trainer_of(diamond_cell).epoch()

    def fail(values):
        raise ConnectionError("a rank is gone")

    with pytest.raises((ConnectionError, librm.ArgumentError)):
        trainer_of(diamond_cell, sum=fail, ranks=2).epoch()


def test_two_ranks_are_one_trainer(diamond_cell):
    """Two ranks in two threads of this process, summing by meeting: both get the same weights."""
    import threading

    structures = [rattled(diamond_cell, 0.01, seed) for seed in range(4)]
    model = librm.Model.create("diamond", ["C"], seed=1)
    barrier = threading.Barrier(2, timeout=120)
    shares = {}
    weights, failures = {}, []

    def run(rank):
        def add(values):
            shares[rank] = values
            barrier.wait()
            total = shares[0] + shares[1]
            barrier.wait()
            return total

        try:
            trainer = librm.Trainer(
                model, librm.Dataset(structures[rank::2]), "diamond", seed=2, rank=rank, ranks=2, sum=add
            )
            trainer.epoch()
            trainer.epoch()
            weights[rank] = trainer.model(best=False).parameters
        except BaseException as problem:
            failures.append(problem)
            barrier.abort()

    threads = [threading.Thread(target=run, args=(rank,)) for rank in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures
    np.testing.assert_array_equal(weights[0], weights[1])
    assert np.abs(weights[0] - model.parameters).max() > 1e-4


def test_bad_options(diamond_cell):
    model, dataset = librm.Model.create("diamond", ["C"]), librm.Dataset([diamond_cell])
    for options in (
        dict(batch_size=0),
        dict(learning_rate=-1.0),
        dict(validation_share=1.5),
        dict(threads=0),
        dict(response=dict(levels=[-1.0])),
        dict(response=dict(poisson_ratio=0.5)),
        dict(ranks=2),
        dict(beta1=1.0),
    ):
        with pytest.raises(librm.ArgumentError):
            librm.Trainer(model, dataset, "diamond", **options)
    with pytest.raises(TypeError, match="learning_rate"):
        librm.Trainer(model, dataset, "diamond", learnin_rate=1)


def test_divergence_is_an_error(diamond_cell):
    trainer = trainer_of(diamond_cell, learning_rate=1e200, clip_norm=0, warmup_epochs=0, epochs=50)
    with pytest.raises(librm.NumbersError):
        list(trainer)


def test_epoch_is_a_plain_record(diamond_cell):
    epoch = trainer_of(diamond_cell).epoch()
    assert dataclasses.asdict(epoch)["epoch"] == 1
