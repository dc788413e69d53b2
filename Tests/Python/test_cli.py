"""The command line, through click's runner and once as a process."""

import json
import os
import pty
import signal
import subprocess
import sys
import time

import ase.io
import numpy as np
import pytest
from ase.build import molecule
from ase.constraints import FixAtoms
from click.testing import CliRunner
from conftest import FIXTURES, rattled, strained

import librm
import librm.rivals
from librm.cli import main

ORGANIC = str(FIXTURES / "models" / "random-organic-l3-nu3.safetensors")


def run(*arguments, code=0):
    """Runs the command and returns what it prints; a traceback is a failure whatever the exit code."""
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def carbon(diamond, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "carbon.safetensors"
    diamond.save(path)
    return path


def test_help_teaches():
    assert "not an energy in eV" in run("--help").output
    for command in main.commands:
        text = run(command, "--help").output
        assert "Examples:" in text and f"librm {command} " in text
    for option in ("--fmax", "--cell-mode", "--no-cell-per-atom", "0.001"):
        assert option in run("relax", "--help").output
    assert "--version" in run("--help").output
    assert librm.__version__ in run("--version").output


def test_every_option_of_the_library_is_one_of_the_command_line():
    def flags(command):
        return {parameter.name for parameter in main.commands[command].params}

    options = librm.options
    assert set(options.RelaxOptions.__annotations__) <= flags("relax")
    assert set(options.SearchOptions.__annotations__) - {"stages", "element_volumes"} <= flags("search")
    assert set(options.TrainerOptions.__annotations__) - {"rank", "ranks"} <= flags("train")
    assert set(options.ResponseOptions.__annotations__) <= flags("train")


# Errors that a user makes


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["evaluate", "nothing.safetensors", "x.xyz"], 1, "nothing.safetensors"),
        (["evaluate", ORGANIC, "nothing.xyz"], 1, "nothing.xyz"),
        (["evaluate", ORGANIC, "garbage.xyz"], 1, "garbage.xyz"),
        (["evaluate", "garbage.xyz", "garbage.xyz"], 1, ""),
        (["evaluate", ORGANIC], 2, "STRUCTURES"),
        (["evaluate", ORGANIC, "fe.xyz"], 1, "fe.xyz (Fe)"),
        (["relax", ORGANIC, "fe.xyz"], 2, "--output"),
        (["relax", ORGANIC, "fe.xyz", "-o", "no/where.xyz"], 1, "no folder"),
        (["relax", ORGANIC, "fe.xyz", "-o", "fe.xyz"], 1, "--overwrite"),
        (["relax", ORGANIC, "fe.xyz", "-o", "out.xyz", "--optimizer", "bfgs"], 2, "bfgs"),
        (["search", ORGANIC, "C4X", "-o", "out.xyz"], 1, "C4X"),
        (["search", ORGANIC, "Fe2", "-o", "out.xyz", "--preset", "molecules"], 1, "Fe"),
        (["search", ORGANIC, "CH4", "-o", "fe.xyz"], 1, "--resume"),
        (["search", ORGANIC, "CH4", "-o", "out.xyz", "--count", "0"], 2, "--count"),
        (["train", "nothing.xyz", "-o", "m.safetensors"], 1, "nothing.xyz"),
        (["train", "fe.xyz", "-o", "m.safetensors", "--start", ORGANIC], 1, "Fe|26"),
        (["train", "fe.xyz", "-o", "m.safetensors", "--frames"], 1, "forces"),
        (["train", "fe.xyz", "-o", "m.safetensors", "--levels", "1,x"], 2, "levels"),
        (["info", "nothing.safetensors"], 1, "nothing.safetensors"),
        (["info", ORGANIC, "--preset", "crystals"], 2, "not both"),
        (["dance"], 2, "dance"),
    ],
)
def test_errors_are_for_people(folder, arguments, code, says):
    (folder / "garbage.xyz").write_text("this is no structure\n")
    ase.io.write("fe.xyz", ase.Atoms("Fe"))
    output = run(*arguments, code=code).output
    assert any(word in output for word in says.split("|"))
    assert not (folder / "m.safetensors").exists()


# evaluate


def test_evaluate(folder, organic, inorganic, ethanol):
    ase.io.write("two.extxyz", [ethanol, rattled(ethanol, 0.1, 1)])
    output = run("evaluate", ORGANIC, "two.extxyz").output
    assert f"{organic.evaluate(ethanol).energy:.4f}"[:6] in output and "not in eV" in output
    run("evaluate", ORGANIC, "two.extxyz", "-o", "out.extxyz", "--threads", 2)
    for before, after in zip(ase.io.read("two.extxyz", ":"), ase.io.read("out.extxyz", ":"), strict=True):
        results = organic.evaluate(before)
        assert after.get_potential_energy() == pytest.approx(results.energy, abs=1e-6)
        np.testing.assert_allclose(after.get_forces(), results.forces, atol=1e-7)
        assert "not eV" in after.info["librm_units"]
    run("evaluate", ORGANIC, "two.extxyz", "-o", "out.extxyz", code=1)
    run("evaluate", ORGANIC, "two.extxyz@1", "-o", "out.extxyz", "--overwrite")
    assert len(ase.io.read("out.extxyz", ":")) == 1


def test_evaluate_as_json(folder, inorganic):
    crystal = ase.Atoms("LiS", positions=[[0, 0, 0], [1.4, 1.5, 1.6]], cell=[3, 3.1, 3.2], pbc=True)
    ase.io.write("crystal.cif", crystal)
    model = FIXTURES / "models" / "random-inorganic-l2-nu2-receiver.safetensors"
    result = run("evaluate", model, "crystal.cif", "--json", "--descriptors")
    (record,) = json.loads(result.stdout)
    # With descriptors too: without them such a model takes another way, with another rounding.
    results = inorganic.evaluate(ase.io.read("crystal.cif"), descriptors=True)
    assert record["energy"] == results.energy
    np.testing.assert_array_equal(record["stress"], results.stress)
    assert np.shape(record["descriptors"]) == (2, inorganic.descriptor_count)
    assert "eV" not in record["units"].replace("not eV", "")


def test_evaluate_goes_on_after_a_failure(folder, ethanol):
    ase.io.write("mixed.extxyz", [ethanol, ase.Atoms("Fe"), ethanol])
    result = run("evaluate", ORGANIC, "mixed.extxyz", "-o", "out.extxyz", code=1)
    assert "structure 2 (Fe)" in result.output and "1 of 3" in result.output
    assert len(ase.io.read("out.extxyz", ":")) == 2


# relax


def test_relax(folder, carbon, diamond, diamond_cell):
    starts = [strained(rattled(diamond_cell, 0.05, seed), 0.02, seed) for seed in range(3)]
    ase.io.write("start.extxyz", starts)
    options = ["--cell-mode", "free", "--fmax", "1e-3", "--max-steps", 3000]
    output = run("relax", carbon, "start.extxyz", "-o", "end.extxyz", "--threads", 2, *options).output
    assert "3 of 3 converged" in output
    for start, end in zip(starts, ase.io.read("end.extxyz", ":"), strict=True):
        result = diamond.relax(start, cell_mode="free", fmax=1e-3, max_steps=3000)
        assert end.info["converged"] and end.info["steps"] == pytest.approx(result.steps, abs=2)
        assert end.get_potential_energy() == pytest.approx(result.energy, abs=1e-6)
        np.testing.assert_allclose(end.cell.array, result.cell, atol=1e-4)
    run("relax", carbon, "start.extxyz@0", "-o", "end.cif", *options)
    assert len(ase.io.read("end.cif")) == 8


def test_relax_out_of_steps_and_trajectory(folder, ethanol):
    ethanol.set_constraint(FixAtoms([0]))
    ase.io.write("start.traj", ethanol)
    arguments = ["relax", ORGANIC, "start.traj", "--max-steps", 5, "--fmax", "1e-9", "--optimizer", "lbfgs"]
    output = run(*arguments, "-o", "end.traj", "--trajectory", "steps.extxyz").output
    assert "out of steps" in output
    steps = ase.io.read("steps.extxyz", ":")
    assert [atoms.info["step"] for atoms in steps] == list(range(6))
    end = ase.io.read("end.traj")
    np.testing.assert_array_equal(end.positions[0], ethanol.positions[0])
    assert np.abs(end.positions - ethanol.positions).max() > 0
    run(*arguments, "-o", "none.extxyz", "--converged-only")
    assert not (folder / "none.extxyz").exists()


# search


def search(carbon, output, *arguments, code=0):
    options = ["--preset", "diamond", "--seed", 7, "--max-draws", 2000]
    return run("search", carbon, "C", "--units", 4, "-o", output, *options, *arguments, code=code)


def by_index(path):
    return {atoms.info["index"]: atoms for atoms in ase.io.read(path, ":")}


def test_search_and_resume(folder, carbon, diamond):
    output = search(carbon, "all.extxyz", "--count", 12, "--threads", 2).output
    assert "tried 12" in output and "not in eV" in output
    whole = by_index("all.extxyz")
    result = diamond.search("C4", "diamond", seed=7, count=12, max_draws=2000)
    assert set(whole) == {candidate.index for candidate in result}
    for candidate in result:
        atoms = whole[candidate.index]
        assert atoms.get_potential_energy() == pytest.approx(candidate.energy, abs=1e-6)
        np.testing.assert_allclose(atoms.positions, candidate.structure.positions, atol=1e-6)
    search(carbon, "parts.extxyz", "--count", 5)
    output = search(carbon, "parts.extxyz", "--count", 12, "--resume").output
    assert "are left" in output and "tried 12" not in output
    parts = by_index("parts.extxyz")
    assert set(parts) == set(whole)
    for index, atoms in parts.items():
        np.testing.assert_allclose(atoms.positions, whole[index].positions, atol=1e-6)
    output = search(carbon, "parts.extxyz", "--count", 12, "--resume", "--seed", 8, code=1).output
    assert "seed" in output


def test_resumed_search_does_not_try_again(folder, carbon, monkeypatch):
    """Indices that are in the output, those of dropped candidates included, are not asked for again."""
    dropping = ["--max-draws", 1, "--min-separation", 1.3, "--volume-per-atom", "5", "5.5", "--covalent-separation", 0]
    search(carbon, "out.extxyz", "--count", 20, *dropping)
    kept = by_index("out.extxyz")
    assert 0 < len(kept) < 20
    asked = []
    original = librm.Model.search

    def spy(self, *arguments, **options):
        asked.extend(range(options["first"], options["first"] + options["count"]))
        return original(self, *arguments, **options)

    monkeypatch.setattr(librm.Model, "search", spy)
    search(carbon, "out.extxyz", "--count", 25, "--resume", *dropping)
    assert asked == list(range(max(kept) + 1, 25))


# train


@pytest.fixture
def data(folder, diamond_cell):
    ase.io.write("diamond.extxyz", diamond_cell)
    return "diamond.extxyz"


def test_train(folder, data):
    arguments = ["train", data, "--preset", "diamond", "--seed", 5, "--note", "small"]
    output = run(*arguments, "--epochs", 4, "-o", "model.safetensors", "--elements", "Si").output
    assert len([line for line in output.splitlines() if line.strip()[:1] in "1234" and "e-" in line]) == 4
    model = librm.Model.load("model.safetensors")
    assert model.elements == [6, 14]
    assert model.description["note"] == "small" and model.description["data"] == ["diamond.extxyz"]
    run(*arguments, "--epochs", 1, "-o", "model.safetensors", code=1)
    run("train", data, "--start", "model.safetensors", "--epochs", 1, "-o", "tuned.safetensors")
    assert librm.Model.load("tuned.safetensors").elements == [6, 14]


def test_train_goes_on_from_a_checkpoint(folder, data):
    def train(epochs, output, *arguments):
        options = ["--preset", "diamond", "--schedule", "plateau", "--seed", 2, "--levels", "1,2,4"]
        return run("train", data, *options, "--epochs", epochs, "-o", output, *arguments).output

    train(6, "whole.safetensors")
    train(6, "parts.safetensors", "--checkpoint", "training.checkpoint", "--until", 3)
    output = train(6, "parts.safetensors", "--checkpoint", "training.checkpoint")
    assert "after epoch 3" in output
    whole, parts = (librm.Model.load(f"{name}.safetensors") for name in ("whole", "parts"))
    np.testing.assert_array_equal(whole.parameters, parts.parameters)
    assert "after epoch" not in train(
        1, "parts.safetensors", "--checkpoint", "training.checkpoint", "--restart", "--overwrite"
    )


def test_train_guesses_the_preset_and_reads_a_description(folder, data):
    assert "preset: crystals" in run("train", data, "--epochs", 1, "-o", "a.safetensors").output
    ase.io.write("water.xyz", molecule("H2O"))
    assert "preset: molecules" in run("train", "water.xyz", "--epochs", 1, "-o", "b.safetensors").output
    description = {**librm.Model.describe("diamond", ["C"]), "cutoff": 3.25}
    (folder / "d.json").write_text(json.dumps(description))
    run("train", data, "--description", "d.json", "--epochs", 1, "-o", "c.safetensors")
    assert librm.Model.load("c.safetensors").cutoff == 3.25


def test_rivals_and_a_training_that_ranks_them(folder, carbon, diamond_cell):
    graphite = [rattled(diamond_cell, 0.05, seed) for seed in range(2)]  # two of the same contents
    ase.io.write("truths.extxyz", [*graphite, diamond_cell[:2]])
    output = run(
        "rivals", carbon, "truths.extxyz", "-o", "rivals.extxyz", "--count", 8, "--above", 1, "--threads", 2,
        "--volume-per-atom", 4, 9,
    ).output  # fmt: skip
    pairs = ase.io.read("rivals.extxyz", ":")
    assert f"{len(pairs) // 2} pairs" in output and len(pairs) >= 4
    assert [atoms.info["role"] for atoms in pairs] == ["truth", "rival"] * (len(pairs) // 2)
    for true, rival in zip(pairs[::2], pairs[1::2], strict=True):
        assert sorted(true.numbers) == sorted(rival.numbers) and true.info["pair"] == rival.info["pair"]
    again = ("rivals", carbon, "truths.extxyz", "-o", "again.extxyz", "--count", 8, "--above", 1)
    run(*again, "--volume-per-atom", 4, 9)
    assert (folder / "again.extxyz").read_bytes() == (folder / "rivals.extxyz").read_bytes()
    run(*again, code=1)  # it is there

    train = ("train", "truths.extxyz", "--start", carbon, "--epochs", 2, "--pairs")
    output = run(*train, "rivals.extxyz", "-o", "ranked.safetensors").output
    assert f"{len(pairs) // 2} pairs: loss" in output
    assert librm.Model.load("ranked.safetensors").description["training"]["pairs"] == len(pairs) // 2
    ase.io.write("odd.extxyz", pairs[:3])
    assert "even number" in run(*train, "odd.extxyz", "-o", "none.safetensors", code=1).output


def test_rivals_of_molecules_are_bound_as_no_true_one_is(folder, organic):
    ase.io.write("truths.extxyz", [molecule(name) for name in ("CH3CH2OH", "CH3OCH3", "H2O")])
    run("rivals", ORGANIC, "truths.extxyz", "-o", "rivals.extxyz", "--count", 6, "--above", 10, "--hops", 0)
    pairs = ase.io.read("rivals.extxyz", ":")
    assert pairs
    known = set().union(*(librm.rivals.environments_of(atoms) for atoms in ase.io.read("truths.extxyz", ":")))
    for true, rival in zip(pairs[::2], pairs[1::2], strict=True):
        assert librm.rivals.environments_of(true) <= known
        assert not librm.rivals.environments_of(rival) <= known
    assert (8, ((1, 1), (6, 4))) in known  # the oxygen of ethanol: a hydrogen, and a carbon with four bonds


def test_train_on_frames(folder, carbon, diamond_cell):
    ase.io.write("moved.extxyz", [rattled(diamond_cell, 0.1, seed) for seed in range(6)])
    run("evaluate", carbon, "moved.extxyz", "-o", "targets.extxyz")
    output = run(
        "train", "targets.extxyz", "--frames", "--preset", "diamond", "--epochs", 2, "-o", "m.safetensors",
        "--validation-share", 0, "--batch-size", 2,
    ).output  # fmt: skip
    assert "6 frames for training, 0 for validation" in output


# info


def test_info(carbon):
    output = run("info", ORGANIC).output
    assert all(word in output for word in ("H C N O S Cl", "4.5 A", "16490"))
    assert "readout.linear.weight" in run("info", ORGANIC, "--tensors").output
    assert json.loads(run("info", ORGANIC, "--json").stdout)["l_max"] == 3
    assert "carbon" in run("info", carbon).output
    presets = json.loads(run("info", "--preset", "molecules-published", "--json").stdout)
    assert presets["search"]["container"] == "box"
    assert presets["search"]["box"] == [10.0, 5.0, 5.0]
    assert "force weight" in run("info", "--preset", "crystals").output
    assert librm.__version__ in run("info").output


def test_text_is_not_markup(folder, organic):
    """Notes and names of files may hold what rich would take for markup."""
    model = organic.with_parameters(note="[/bold] :smile: [red]")
    model.save("[dim]m.safetensors")
    assert "[/bold] :smile: [red]" in run("info", "[dim]m.safetensors").output
    ase.io.write("[red]x.xyz", ase.Atoms("C"))
    assert "[red]x.xyz" in run("evaluate", "[dim]m.safetensors", "[red]x.xyz").output
    assert "[red]y.xyz" in run("evaluate", "[dim]m.safetensors", "[red]y.xyz", code=1).output


# As a process


def process(*arguments, **keywords):
    command = [sys.executable, "-m", "librm", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **keywords)


def test_as_a_process(folder, ethanol):
    """Results alone on standard output, no colours and no progress bars where there is no terminal."""
    ase.io.write("ethanol.xyz", ethanol)
    with process("evaluate", ORGANIC, "ethanol.xyz", "--json") as running:
        output, errors = running.communicate(timeout=120)
    assert running.returncode == 0
    assert json.loads(output)[0]["formula"] == "C2H6O"
    assert errors == ""
    with process("evaluate", "nothing", "ethanol.xyz", env={**os.environ, "COLUMNS": "40"}) as running:
        output, errors = running.communicate(timeout=120)
    assert running.returncode == 1
    assert output == "" and len(errors.splitlines()) == 1 and "\x1b" not in errors


def test_progress_on_a_terminal_leaves_the_results_alone(folder, data):
    """Messages and bars go to the terminal on standard error, the table of losses to standard output."""
    terminal, inside = pty.openpty()
    arguments = ["train", data, "--preset", "diamond", "--epochs", 2, "-o", "m.safetensors"]
    command = [sys.executable, "-m", "librm", *map(str, arguments)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=inside, text=True, env={**os.environ, "TERM": "xterm"}
    ) as running:
        output = running.stdout.read()
    os.close(inside)
    shown = b""
    while chunk := read_terminal(terminal):
        shown += chunk
    os.close(terminal)
    assert running.returncode == 0, shown
    lines = output.splitlines()
    assert lines[0].split()[0] == "epoch" and [line.split()[0] for line in lines[1:]] == ["1", "2"]
    assert "\x1b" not in output
    assert b"epoch 2" in shown and b"m.safetensors" in shown


def read_terminal(terminal):
    try:
        return os.read(terminal, 65536)
    except OSError:  # the other end is closed
        return b""


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.05)


def test_control_c_keeps_the_training(folder, data):
    arguments = ["train", data, "--preset", "diamond", "-o", "m.safetensors", "--checkpoint", "c.checkpoint"]
    with process(*arguments, "--epochs", 100000, "--schedule", "constant", "--checkpoint-every", 10**6) as running:
        wait_for((folder / "m.safetensors").exists)
        running.send_signal(signal.SIGINT)
        _, errors = running.communicate(timeout=60)
    assert running.returncode == 130, errors
    assert "goes on with it" in errors and "Traceback" not in errors
    assert (folder / "c.checkpoint").exists()
    assert librm.Model.load("m.safetensors").elements == [6]


def test_control_c_keeps_what_a_search_found(folder, carbon):
    arguments = ["search", carbon, "C4", "--preset", "diamond", "-o", "out.extxyz", "--count", 10**6]
    with process(*arguments) as running:
        wait_for(lambda: (folder / "out.extxyz").exists() and (folder / "out.extxyz").stat().st_size)
        running.send_signal(signal.SIGINT)
        output, errors = running.communicate(timeout=60)
    assert running.returncode == 130, errors
    assert "--resume" in errors and "Traceback" not in errors
    assert "lowest pseudo-energies" in output
    assert len(ase.io.read("out.extxyz", ":")) >= 1
