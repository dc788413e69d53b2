"""Energy conservation, runs on one and two ranks, and pressure against energies."""

import numpy as np
import pytest
from ase.build import bulk
from conftest import STRUCTURES, commands, difference, write_data

import librm


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """A model trained on a small diamond, so that one may run dynamics around its minimum."""
    cell = bulk("C", "diamond", a=3.567, cubic=True)
    start = librm.Model.create("diamond", ["C"], seed=1)
    trainer = librm.Trainer(start, librm.Dataset([cell]), "diamond", epochs=40, seed=1, threads=2)
    for _ in trainer:
        pass
    path = tmp_path_factory.mktemp("model") / "carbon.safetensors"
    trainer.model().save(path)
    return path


def dynamics(model, data, atoms, *, newton="on", step=0.0005, temperature=300.0, seed=1):
    return [
        *commands(model, data, atoms, newton=newton)[:-1],
        f"velocity all create {temperature} {seed} loop geom",
        "fix integrate all nve",
        f"timestep {step}",
    ]


@pytest.mark.parametrize(("ranks", "newton"), [(1, "on"), (2, "on"), (2, "off")])
def test_energy_is_conserved(trained, ranks, newton, lammps):
    """Less than 1e-6 per atom and ps, of the trend over 2 ps, at the amplitudes of 300 of LAMMPS's kelvin."""
    atoms = bulk("C", "diamond", a=3.567, cubic=True) * (2, 2, 2)
    data = lammps.folder / "data"
    write_data(atoms, data)
    start = dynamics(trained, data, atoms, newton=newton)
    runs = [start + ["run 200 post no"]] + [["run 40 post no"]] * 100
    reports = lammps.run(runs, ranks, thermo=["time", "etotal", "temp"], brief=True)
    times, totals, temperatures = (
        np.array([report["thermo"][name] for report in reports]) for name in ("time", "etotal", "temp")
    )
    assert temperatures.min() > 20, "the atoms hardly move"
    slope = np.polyfit(times, totals / len(atoms), 1)[0]
    print(f"{ranks} ranks, newton {newton}: {slope:.1e} per atom and ps, temperature {temperatures.mean():.0f}")
    assert abs(slope) < 1e-6
    assert np.ptp(totals) / len(atoms) < 1e-5


@pytest.mark.parametrize("name", ["diamond", "inorganic mixture, triclinic"])
def test_serial_and_parallel_runs_are_one(name, lammps):
    """To 1e-12 at the first step, and after 20 steps still to what rounding has become."""
    model, atoms = STRUCTURES[name]
    data = lammps.folder / "data"
    write_data(atoms, data)
    runs = [dynamics(model, data, atoms, temperature=100, step=0.0002) + ["run 0 post no"], ["run 20 post no"]]
    variants = [(1, "on"), (2, "on"), (2, "off")]
    all_reports = []
    for ranks, newton in variants:
        runs[0] = dynamics(model, data, atoms, newton=newton, temperature=100, step=0.0002) + ["run 0 post no"]
        all_reports.append(lammps.run(runs, ranks))
    for reports in all_reports[1:]:
        for report, serial, tolerance in zip(reports, all_reports[0], (1e-12, 1e-9), strict=True):
            for key in ("energy", "energies", "f", "virial", "virials", "pressure"):
                assert difference(report[key], serial[key]) < tolerance, key


@pytest.mark.parametrize("name", ["organic mixture, triclinic", "inorganic mixture, triclinic"])
@pytest.mark.parametrize("newton", ["on", "off"])
def test_pressure_is_the_derivative_of_the_energy(name, newton, lammps):
    """p = -dE/dV, by Richardson extrapolation of central differences."""
    model, atoms = STRUCTURES[name]
    data = lammps.folder / "data"
    write_data(atoms, data)
    here = commands(model, data, atoms, newton=newton)
    scales = [np.cbrt(1 + change) for change in (1e-4, -1e-4, 2e-4, -2e-4)]
    runs = [here] + [
        here[:-1] + [f"change_box all x scale {s!r} y scale {s!r} z scale {s!r} remap", "run 0 post no"]
        for s in map(float, scales)
    ]
    for run, s in zip(runs[1:], map(float, scales), strict=True):  # tilts go along
        xy, xz, yz = (float(atoms.cell[k]) * s for k in ((1, 0), (2, 0), (2, 1)))
        run[-2] = run[-2].replace(" remap", f" xy final {xy!r} xz final {xz!r} yz final {yz!r} remap")
    reports = lammps.run(runs)
    volumes = [abs(np.linalg.det(report["cell"])) for report in reports]
    assert volumes[1:] == pytest.approx([volumes[0] * (1 + change) for change in (1e-4, -1e-4, 2e-4, -2e-4)], rel=1e-12)
    energies = [report["energy"] for report in reports]
    near, far = ((energies[k] - energies[k + 1]) / (volumes[k] - volumes[k + 1]) for k in (1, 3))
    assert reports[0]["pressure"] == pytest.approx(-(4 * near - far) / 3, rel=1e-6)
