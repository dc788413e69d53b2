"""Searches over many contents: enumeration, executors, going on, ranking."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from threading import Event

import ase.io
import librm
import numpy as np
import pytest
from ase.build import bulk
from click.testing import CliRunner
from conftest import FIXTURES
from librm import campaign, ranking
from librm.campaign import Contents
from librm.cli import main

COUNT = 12
OPTIONS = {"max_draws": 2000}


@pytest.fixture(scope="module")
def carbon():
    return campaign.contents_of("C", 4)


def run(folder, model, contents, executor, **more):
    arguments = {"count": COUNT, "preset": "diamond", "seed": 5, "options": OPTIONS, **more}
    return campaign.run(folder, model, contents, executor=executor, **arguments)


def ranked(folder, model, contents):
    """The bytes of all that a campaign is written as."""
    found = ranking.rank(model, campaign.candidates(folder, contents, COUNT), "diamond", OPTIONS)
    ranking.write(folder, found, 3)
    paths = [folder / "structures.extxyz", folder / "ranking.json", *sorted((folder / "cif").iterdir())]
    return {path.name: path.read_bytes() for path in paths}


@pytest.fixture(scope="module")
def whole(tmp_path_factory, diamond, carbon):
    """A campaign by one thread, to compare with."""
    folder = tmp_path_factory.mktemp("whole")
    with ThreadPoolExecutor(1) as executor:
        assert run(folder, diamond, carbon, executor)
    return folder, ranked(folder, diamond, carbon)


# What to search for


def pairs(contents):
    return [(each.formula, each.units) for each in contents]


def test_every_number_of_formula_units():
    assert pairs(campaign.contents_of("Li4S2", 8)) == [("Li2S", 1), ("Li2S", 2)]
    assert pairs(campaign.contents_of("H12C6O6", 24)) == [("CH2O", units) for units in range(1, 7)]
    with pytest.raises(librm.ArgumentError, match="more than 2 atoms"):
        campaign.contents_of("Li2S", 2)
    with pytest.raises(librm.Error):
        campaign.contents_of("Xx", 2)


def test_all_between_two_formulas():
    found = campaign.contents_between("Li", "S", formula_atoms=4, max_atoms=6)
    assert [each.formula for each in found if each.units == 1] == ["Li", "Li3S", "Li2S", "LiS", "LiS2", "LiS3", "S"]
    assert all(each.atoms <= 6 for each in found)
    assert {each.units for each in found if each.formula == "Li2S"} == {1, 2}
    half = campaign.contents_between("Li", "S", formula_atoms=4, max_atoms=4, low=0.3, high=0.5)
    assert {each.formula for each in half} == {"Li2S", "LiS"}
    mixed = campaign.contents_between("Li2S", "P2S5", formula_atoms=8, max_atoms=8)
    assert [each.formula for each in mixed if each.units == 1] == ["Li2S", "Li3PS4", "LiPS3", "P2S5"]
    with pytest.raises(librm.ArgumentError, match="2 atoms or fewer"):
        campaign.contents_between("Li3N", "Mg3N2", formula_atoms=2, max_atoms=20)


def test_pieces_have_every_candidate_once():
    contents = [Contents("C", 1), Contents("C", 2)]
    seen = [(p.contents.units, k) for p in campaign.pieces(contents, 13) for k in range(p.first, p.first + p.count)]
    assert sorted(seen) == [(units, k) for units in (1, 2) for k in range(13)]
    assert len({piece.name for piece in campaign.pieces(contents, 13)}) == 6


# Executors


def test_processes(whole, tmp_path, diamond, carbon):
    with ProcessPoolExecutor(2, get_context("spawn")) as executor:
        assert run(tmp_path, diamond, carbon, executor)
    assert ranked(tmp_path, diamond, carbon) == whole[1]


def test_dask(whole, tmp_path, diamond, carbon):
    distributed = pytest.importorskip("distributed")
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    )
    with cluster, distributed.Client(cluster) as client, client.get_executor() as executor:
        assert len(set(client.run(os.getpid).values()) - {os.getpid()}) == 2
        assert run(tmp_path, diamond, carbon, executor)
    assert ranked(tmp_path, diamond, carbon) == whole[1]


class Backwards(Executor):
    """Does the work in the opposite order, a few pieces at a time."""

    def __init__(self):
        self.waiting = []

    def submit(self, function, *arguments):
        future = Future()
        self.waiting.append((future, function, arguments))
        if len(self.waiting) == 3:
            self.work()
        return future

    def work(self):
        for future, function, arguments in reversed(self.waiting):
            if future.set_running_or_notify_cancel():
                future.set_result(function(*arguments))
        self.waiting.clear()


def test_order_and_number_change_nothing(whole, tmp_path, diamond, carbon):
    executor = Backwards()
    assert run(tmp_path, diamond, carbon, executor, stop=lambda: executor.work())
    assert ranked(tmp_path, diamond, carbon) == whole[1]


# Going on


def test_interrupted_and_gone_on_with(whole, tmp_path, diamond, carbon):
    known = []
    stopped = Event()

    class Patient(ThreadPoolExecutor):
        """Does three pieces, and further ones once `stop` was heard: on a busy machine all might be done before."""

        submitted = 0

        def submit(self, function, *arguments):
            self.submitted += 1
            first = self.submitted <= 3
            return super().submit(lambda: (first or stopped.wait(60)) and function(*arguments))

    def stop():
        if len(known) >= 3:
            stopped.set()
        return stopped.is_set()

    with Patient(2) as executor:
        assert not run(tmp_path, diamond, carbon, executor, on_piece=lambda *piece: known.append(piece), stop=stop)
        there = len(list((tmp_path / "pieces").iterdir()))
        assert 3 <= there == len(known) < len(list(campaign.pieces(carbon, COUNT)))
        assert run(tmp_path, diamond, carbon, executor)
    assert ranked(tmp_path, diamond, carbon) == whole[1]


def test_what_is_done_is_not_done_again(whole, diamond, carbon):
    class Idle(Executor):
        def submit(self, *arguments):
            raise AssertionError("there is nothing left to do")

    assert run(whole[0], diamond, carbon, Idle())


def test_failure_of_a_piece_keeps_the_others(tmp_path, diamond, carbon):
    class Failing(ThreadPoolExecutor):
        def submit(self, function, *arguments):
            if arguments[1].first == campaign.PIECE:
                arguments = (None, *arguments[1:])
            return super().submit(function, *arguments)

    with Failing(1) as executor, pytest.raises(AttributeError):
        run(tmp_path, diamond, carbon, executor)
    assert len(list((tmp_path / "pieces").glob("*.json"))) >= len(carbon)


def test_another_campaign_is_refused(whole, diamond, carbon, organic):
    with ThreadPoolExecutor(1) as executor:
        with pytest.raises(librm.FormatError, match="another seed"):
            run(whole[0], diamond, carbon, executor, seed=6)
        with pytest.raises(librm.FormatError, match="another hops"):
            run(whole[0], diamond, carbon, executor, options={**OPTIONS, "hops": 2})
        with pytest.raises(librm.FormatError, match="another model"):
            run(whole[0], organic, carbon, executor)


# Ranking


def record(atoms, index, energy, formula="C"):
    cell = atoms.cell.array.tolist() if atoms.pbc.all() else None
    return {
        "formula": formula,
        "units": len(atoms) // len(librm.formula(formula)),
        "index": index,
        "converged": True,
        "energy": energy,
        "fmax": 0.0,
        "steps": 1,
        "numbers": atoms.numbers.tolist(),
        "positions": atoms.positions.tolist(),
        "cell": cell,
    }


def records_of(model, structures):
    return [record(atoms, k, model.evaluate(atoms).energy) for k, atoms in enumerate(structures)]


def test_one_structure_in_many_guises(diamond):
    """Other cells, orientations and orders of atoms are the same structure; another structure is not."""
    primitive = bulk("C", "diamond", a=3.28)
    cubic = bulk("C", "diamond", a=3.28, cubic=True)
    turned = cubic.copy()
    turned.rotate(37, (1, 2, 3), rotate_cell=True)
    shuffled = turned[np.random.default_rng(1).permutation(len(turned))]
    wider = bulk("C", "diamond", a=3.45)
    triple = primitive * (1, 1, 3)
    found = ranking.rank(diamond, records_of(diamond, [primitive, cubic, wider, turned, shuffled, triple]), "diamond")
    assert sorted(each.times for each in found) == [1, 5]
    assert all(each.space_group == "Fd-3m (227)" for each in found)
    volumes = {each.times: each.volume for each in found}
    assert volumes[5] == pytest.approx(3.28**3 / 8) and volumes[1] == pytest.approx(3.45**3 / 8)


def test_a_collapsed_structure_that_was_ranked_first(diamond):
    """A hole of E at Li S had atoms upon each other, and made the hull of all compositions."""
    good = bulk("C", "diamond", a=3.4, cubic=True)
    hole = good.copy()
    hole.positions[1] = hole.positions[0] + [0.4, 0, 0]
    records = [record(good, 0, -8.0), record(hole, 1, -80.0)]
    (found,) = ranking.rank(diamond, records, "diamond")
    assert found.record["index"] == 0


def test_ranked_by_energy_with_files(whole, diamond, carbon):
    folder, files = whole
    rows = json.loads(files["ranking.json"])
    energies = [row["pseudo_energy_per_atom_A2"] for row in rows]
    assert len(rows) > 2 and energies == sorted(energies)
    converged = [each for each in campaign.candidates(folder, carbon, COUNT) if each["converged"]]
    assert sum(row["times_found"] for row in rows) == len(converged)
    assert energies[0] == min(each["energy"] / len(each["numbers"]) for each in converged)
    frames = ase.io.read(folder / "structures.extxyz", ":")
    for frame, row in zip(frames, rows, strict=True):
        assert frame.get_potential_energy() / len(frame) == pytest.approx(row["pseudo_energy_per_atom_A2"], abs=1e-6)
        assert diamond.evaluate(frame).energy == pytest.approx(frame.get_potential_energy(), abs=1e-5)
    cifs = sorted((folder / "cif").iterdir())
    assert [path.name.split("-")[1] for path in cifs] == ["001", "002", "003"]
    assert ase.io.read(cifs[0]).get_volume() == pytest.approx(frames[0].get_volume(), rel=1e-4)


def test_hull():
    """Between Li and S: what lies below the line of its neighbours is on the hull, everything else above it."""
    model = librm.Model.load(FIXTURES / "models" / "random-inorganic-l2-nu2-receiver.safetensors")

    def cell(symbols):
        return ase.Atoms(
            symbols,
            positions=[[0, 0, 2.5 * k] for k in range(len(symbols))],
            cell=[2.5, 2.5, 2.5 * len(symbols)],
            pbc=True,
        )

    energies = {"Li": (["Li"], -1.0), "Li2S": (["Li", "Li", "S"], -9.0), "LiS": (["Li", "S"], -3.0), "S": (["S"], -2.0)}
    records = [record(cell(symbols), k, energy, name) for k, (name, (symbols, energy)) in enumerate(energies.items())]
    found = ranking.rank(model, records)
    assert [each.record["formula"] for each in found] == ["Li", "Li2S", "LiS", "S"]
    above = {each.record["formula"]: each.above_hull for each in found}
    assert above["Li"] == above["Li2S"] == above["S"] == pytest.approx(0)
    line = 0.75 * -3.0 + 0.25 * -2.0  # half of sulfur is three quarters of the way back from S to Li2S
    assert above["LiS"] == pytest.approx(-1.5 - line)
    lone = ranking.rank(model, records[1:2])
    assert lone[0].above_hull is None


# The command


@pytest.fixture
def model_file(diamond, tmp_path):
    path = tmp_path / "carbon.safetensors"
    diamond.save(path)
    return path


def command(*arguments, code=0):
    result = CliRunner().invoke(main, ["search", *map(str, arguments)])
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result.output


def test_command(model_file, tmp_path, monkeypatch, whole):
    monkeypatch.chdir(tmp_path)
    arguments = ["--preset", "diamond", "--max-atoms", 4, "--seed", 5, "--count", COUNT, "--max-draws", 2000]
    output = command("--model", model_file, "--formula", "C", *arguments, "--threads", 2, "--top", 3)
    assert "not in eV" in output and "converged" in output
    names = ("structures.extxyz", "ranking.json")
    assert {name: (tmp_path / "C" / name).read_bytes() for name in names} == {name: whole[1][name] for name in names}
    command(model_file, "C", *arguments, "-o", "C")  # all is known
    assert "another seed;" in command(model_file, "C", *arguments, "--seed", 6, code=1)
    command(model_file, "C", "--preset", "diamond", "--units", 3, "--count", 2, "-o", "three")
    assert {json.loads(path.read_text())[0]["units"] for path in (tmp_path / "three/pieces").iterdir()} == {3}


def test_command_says_what_is_wrong(model_file, tmp_path):
    assert "Li, S" in command(model_file, "Li2S", "-o", tmp_path / "x", code=1)
    assert "a formula" in command(model_file, code=2)
    assert "--resume" in command(model_file, "C", "--resume", "-o", tmp_path / "x", code=2)


def test_ctrl_c_loses_nothing(model_file, tmp_path, diamond):
    """A campaign that is interrupted at a terminal goes on to the same files as one that was not."""
    arguments = [model_file, "C", "--preset", "diamond", "--max-atoms", 8, "--count", 400, "--threads", 2]
    line = [sys.executable, "-m", "librm", "search", *map(str, arguments), "-o", str(tmp_path / "stopped")]
    terminal, other_end = pty.openpty()
    process = subprocess.Popen(line, stdout=other_end, stderr=other_end)
    os.close(other_end)
    try:
        pieces = tmp_path / "stopped/pieces"
        limit = time.monotonic() + 60
        while (not pieces.exists() or len(list(pieces.iterdir())) < 5) and time.monotonic() < limit:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        process.wait(60)
    finally:
        process.kill()
        os.close(terminal)
    assert process.returncode == 130
    contents = campaign.contents_of("C", 8)
    total = len(list(campaign.pieces(contents, 400)))
    assert 5 <= len(list(pieces.glob("[!.]*"))) < total and not list(pieces.glob(".*"))
    few = ["--count", 5, "--preset", "diamond", "--max-atoms", 8]
    command(model_file, "C", *few, "-o", tmp_path / "stopped")
    command(model_file, "C", *few, "-o", tmp_path / "straight")
    for name in ("structures.extxyz", "ranking.json"):
        assert (tmp_path / "stopped" / name).read_bytes() == (tmp_path / "straight" / name).read_bytes()
