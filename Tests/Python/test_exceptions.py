"""Errors: each status as an exception, and what Python callbacks raise."""

import _thread
import os
import pickle
import signal
import threading
import time

import numpy as np
import pytest

import librm
from librm import _lib, errors

FAST = dict(stages=[dict(max_steps=60, fmax=0.05)], hops=0)


class Mine(Exception):
    pass


def raiser(*arguments):
    raise Mine("from within")


def test_every_status_has_an_exception():
    assert set(errors._KINDS) == {status for status in _lib.rm_status if status != _lib.rm_status.RM_OK}
    for status, kind in errors._KINDS.items():
        assert issubclass(kind, librm.Error)
        assert kind("x").status == status
        assert str(pickle.loads(pickle.dumps(kind("message")))) == "message"
        assert kind.__new__(kind, "as Dask's workers return it").status == status


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (librm.ArgumentError, ValueError),
        (librm.StructureError, ValueError),
        (librm.ElementError, ValueError),
        (librm.FormatError, ValueError),
        (librm.FileError, OSError),
        (librm.NumbersError, ArithmeticError),
        (librm.OutOfMemoryError, MemoryError),
        (librm.CallbackError, RuntimeError),
    ],
)
def test_exceptions_are_builtin_ones_too(kind, builtin):
    assert issubclass(kind, builtin)


def test_files(tmp_path, organic):
    with pytest.raises(librm.FileError, match="nothing.safetensors"):
        librm.Model.load(tmp_path / "nothing.safetensors")
    with pytest.raises(OSError):
        organic.save(tmp_path / "no such folder" / "model.safetensors")
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"\x08\0\0\0\0\0\0\0nonsense")
    with pytest.raises(librm.FormatError):
        librm.Model.load(broken)
    with pytest.raises(librm.FormatError):
        librm.Model.from_bytes(b"")


def test_paths_are_not_cut_short(tmp_path, organic):
    organic.save(tmp_path / "model")
    with pytest.raises(librm.ArgumentError, match="zero"):
        librm.Model.load(f"{tmp_path}/model\0.safetensors")
    assert librm.Model.load(f"{tmp_path}/model").elements == organic.elements


def test_model_file_that_is_cut_short(tmp_path, organic):
    path = tmp_path / "model.safetensors"
    organic.save(path)
    content = path.read_bytes()
    for length in (0, 7, 8, 100, len(content) // 2, len(content) - 1):
        with pytest.raises(librm.FormatError):
            librm.Model.from_bytes(content[:length])
    assert librm.Model.from_bytes(content).parameter_count == organic.parameter_count


@pytest.mark.parametrize(
    ("structure", "kind", "message"),
    [
        (dict(numbers=[6], positions=[[0, 0, np.nan]]), librm.StructureError, "atom|finite"),
        (dict(numbers=[6, 6], positions=[[0, 0, 0], [0, 0, 0]]), librm.StructureError, "atom|finite"),
        (dict(numbers=[92], positions=[[0, 0, 0]]), librm.ElementError, "92|U"),
        (dict(numbers=[6], positions=[[0, 0, 0]], cell=np.zeros((3, 3)), pbc=True), librm.StructureError, "cell"),
        (dict(numbers=[6], positions=[[0, 0, 0]], pbc=True), (librm.StructureError, librm.ArgumentError), "cell"),
        (dict(numbers=[6], positions=[0, 0, 0]), librm.ArgumentError, "positions"),
        (dict(numbers=[6, 6], positions=[[0, 0, 0]]), librm.ArgumentError, "positions"),
        (dict(numbers=[[6]], positions=[[0, 0, 0]]), librm.ArgumentError, "numbers"),
        (dict(numbers=[6.5], positions=[[0, 0, 0]]), librm.ArgumentError, "integers"),
        (dict(numbers=["C"], positions=[[0, 0, 0]]), librm.ArgumentError, "integers"),
        (dict(numbers=[2**32 + 6], positions=[[0, 0, 0]]), librm.ArgumentError, "atomic numbers"),
        (dict(numbers=[6], positions=[["x", 0, 0]]), librm.ArgumentError, "positions"),
        (dict(numbers=[6], positions=[[0, 0, 0]], cell=np.eye(2), pbc=True), librm.ArgumentError, "cell"),
        (dict(numbers=[6], positions=[[0, 0, 0]], cell=np.eye(3), pbc=[True]), librm.ArgumentError, "pbc"),
        (dict(numbers=[6], positions=[[0, 0, 0]], cell="cubic", pbc=True), librm.ArgumentError, "cell"),
        (dict(positions=[[0, 0, 0]]), librm.ArgumentError, "numbers"),
        ("H2O", librm.ArgumentError, "str"),
    ],
)
def test_bad_structures(organic, structure, kind, message):
    with pytest.raises(kind, match=message):
        organic.evaluate(structure)
    with pytest.raises(kind, match=message):
        organic.evaluate_batch([structure])
    assert organic.evaluate([6], [[0, 0, 0]]).energy  # and all is well afterwards


def test_structures_hold_arrays_that_fit(organic, ethanol):
    """What does not fit is converted or refused when a structure is made: the library reads its memory as it is."""
    positions = ethanol.positions
    strange = librm.Structure(list(ethanol.numbers), np.asfortranarray(positions, dtype=np.float32), pbc=[0, 0, 0])
    fitting = librm.Structure(ethanol.numbers, positions.astype(np.float32).astype(float))
    assert strange.positions.flags.c_contiguous and strange.pbc == (False, False, False)
    for result in organic.evaluate_batch([strange]) + [organic.evaluate(strange)]:
        assert np.array_equal(result.forces, organic.evaluate(fitting).forces)
    with pytest.raises(librm.ArgumentError, match="positions have the shape"):
        librm.Structure(ethanol.numbers, positions[:-1])
    with pytest.raises(librm.ArgumentError, match="integers"):
        librm.Structure(positions[:, 0], positions)


def test_a_batch_names_the_structure(organic):
    good = dict(numbers=[6], positions=[[0, 0, 0]])
    bad = dict(numbers=[92], positions=[[0, 0, 0]])
    with pytest.raises(librm.ElementError, match="2"):
        organic.evaluate_batch([good, good, bad, good], threads=2)


def test_empty_batches(organic):
    assert organic.evaluate_batch([]) == []
    assert organic.relax_batch([]) == []


def test_observer_raises(organic, ethanol):
    steps = []

    def observe(step):
        steps.append(step.step)
        if step.step == 2:
            raise Mine("step 2")

    with pytest.raises(Mine, match="step 2"):
        organic.relax(ethanol, observer=observe, fmax=1e-9)
    assert steps == [0, 1, 2]


def test_extra_potential_raises(organic, ethanol):
    with pytest.raises(Mine):
        organic.relax(ethanol, extra=raiser)
    with pytest.raises(librm.ArgumentError, match="forces of the extra potential"):
        organic.relax(ethanol, extra=lambda structure: (0.0, np.zeros((2, 3)), None))
    with pytest.raises(TypeError):
        organic.relax(ethanol, extra=lambda structure: 0.0)
    with pytest.raises(librm.CallbackError):
        organic.relax(ethanol, extra=lambda structure: (np.nan, structure.positions, None))


def test_candidate_callback_raises(organic):
    with pytest.raises(Mine):
        organic.search("CH4", "molecules", count=5, on_candidate=raiser, **FAST)


def test_response_callback_raises(diamond_cell, monkeypatch):
    monkeypatch.setattr(librm.training, "Frame", raiser)
    with pytest.raises(Mine):
        librm.draw_responses(diamond_cell, "diamond")


def test_progress_raises_and_the_trainer_goes_on(diamond_cell):
    state = {"raise": True}

    def progress(done, total):
        if state["raise"] and done > 1:
            raise Mine("in progress")

    def trainer(progress):
        model = librm.Model.create("diamond", ["C"], seed=0)
        return librm.Trainer(model, librm.Dataset([diamond_cell]), "diamond", epochs=3, seed=4, progress=progress)

    disturbed = trainer(progress)
    with pytest.raises(Mine):
        disturbed.epoch()
    state["raise"] = False
    undisturbed = trainer(None)
    assert disturbed.epoch() == undisturbed.epoch()
    np.testing.assert_array_equal(disturbed.model(best=False).parameters, undisturbed.model(best=False).parameters)


def test_progress_cancels(diamond_cell):
    model = librm.Model.create("diamond", ["C"], seed=0)
    trainer = librm.Trainer(model, librm.Dataset([diamond_cell]), "diamond", progress=lambda done, total: True)
    with pytest.raises(librm.CancelledError):
        trainer.epoch()


def test_a_trainer_refuses_to_be_used_by_its_own_callback(diamond_cell):
    def progress(done, total):
        trainer.model()

    model = librm.Model.create("diamond", ["C"], seed=0)
    trainer = librm.Trainer(model, librm.Dataset([diamond_cell]), "diamond", progress=progress)
    with pytest.raises(librm.ArgumentError, match="in use"):
        trainer.epoch()


def test_a_workspace_refuses_a_second_thread(organic, ethanol):
    workspace = librm.Workspace(organic)
    with workspace._lock, pytest.raises(librm.ArgumentError, match="in use"):
        workspace.evaluate(ethanol)
    assert workspace.evaluate(ethanol).energy


@pytest.mark.parametrize("action", ["callback", "signal", "silent"])
def test_keyboard_interrupt_cancels_a_search(action, organic):
    """Raised in a callback; by Ctrl-C during one; and by Ctrl-C where the caller has no callback at all."""
    seen = []

    def on_candidate(candidate):
        seen.append(candidate)
        if action == "callback":
            raise KeyboardInterrupt
        signal.raise_signal(signal.SIGINT)

    started = time.monotonic()
    if action == "silent":
        threading.Timer(0.3, _thread.interrupt_main).start()
    with pytest.raises(KeyboardInterrupt):
        callback = None if action == "silent" else on_candidate
        organic.search("CH4", "molecules", count=10**6, on_candidate=callback, **FAST)
    assert time.monotonic() - started < 30
    assert len(seen) == (0 if action == "silent" else 1)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_interrupt_that_python_would_deliver_as_the_callback_begins(organic, ethanol):
    """Ctrl-C while C code runs reaches Python at the first instruction of the next callback, before any `try`."""

    def observe(step):
        os.kill(os.getpid(), signal.SIGINT)  # arrives here, or at the next callback

    with pytest.raises(KeyboardInterrupt):
        organic.relax(ethanol, observer=observe, fmax=1e-12, max_steps=10**6)


def test_interrupt_of_a_relaxation_without_callbacks(organic, ethanol):
    threading.Timer(0.2, _thread.interrupt_main).start()
    with pytest.raises(KeyboardInterrupt):
        organic.relax(ethanol, fmax=1e-300, max_steps=10**9)


def test_interrupt_of_an_epoch(diamond_cell):
    model = librm.Model.create("diamond", ["C"], seed=0)
    dataset = librm.Dataset([diamond_cell * (2, 1, 1)])
    trainer = librm.Trainer(model, dataset, "diamond", progress=lambda done, total: signal.raise_signal(signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        trainer.epoch()
