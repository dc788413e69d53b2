"""`librm data`, against a server of this machine that serves small files in the public sources' formats."""

import functools
import http.server
import io
import json
import tarfile
import threading

import ase.io
import numpy as np
import pytest
from ase.build import bulk, molecule
from click.testing import CliRunner
from librm import data
from librm.cli import main
from librm.splits import chosen, place

MOLECULES = ("CH4", "H2O", "CH3OH", "C2H6", "NH3")
CIF = """# generated using pymatgen
data_{formula}
_symmetry_space_group_name_H-M   'P 1'
_cell_length_a   {a}
_cell_length_b   {a}
_cell_length_c   {a}
_cell_angle_alpha   60.00000000
_cell_angle_beta   60.00000000
_cell_angle_gamma   60.00000000
_symmetry_Int_Tables_number   1
_chemical_formula_structural   {formula}
_chemical_formula_sum   {sum}
_cell_formula_units_Z   1
loop_
 _symmetry_equiv_pos_site_id
 _symmetry_equiv_pos_as_xyz
  1  'x, y, z'
loop_
 _atom_site_type_symbol
 _atom_site_label
 _atom_site_symmetry_multiplicity
 _atom_site_fract_x
 _atom_site_fract_y
 _atom_site_fract_z
 _atom_site_occupancy
  {one}  {one}0_0  1  0.00000000  0.00000000  0.00000000  1
  {two}  {two}1_1  1  0.50000000  0.50000000  0.50000000  1
loop_
_geom_bond_atom_site_label_1
_geom_bond_atom_site_label_2
_geom_bond_distance
_geom_bond_site_symmetry_2
{one}0_0 {two}1_1 2.800000 1_555
"""
LARGE = "_chemical_formula_sum   'Na12 Cl12'\n"  # too many atoms, and no CIF beyond that: it must not be read


def cif(one, two, a):
    return CIF.format(formula=one + two, sum=f"'{one}1 {two}1'", one=one, two=two, a=a)


def archive(path, files):
    path.parent.mkdir(parents=True)
    with tarfile.open(path, "w:gz") as made:
        for name, text in files.items():
            member = tarfile.TarInfo(f"repository-0123abc/{name}")
            member.size = len(text.encode())
            made.addfile(member, io.BytesIO(text.encode()))


@pytest.fixture
def folder(tmp_path):
    """What the server serves."""
    served = tmp_path / "served"
    molecules = {}
    for index, name in enumerate(MOLECULES, 1):
        text = io.StringIO()
        ase.io.write(text, molecule(name), format="xyz")
        molecules[f"qm7/{index:04}.xyz"] = text.getvalue()
    energies = "".join(f"qm7/{index:04}.xyz {-100.5 * index} -1.0\n" for index in (1, 2, 3, 4))  # none of the fifth
    files = {"README.md": "no structure", **molecules, "hof_qm7.txt": energies}
    archive(served / data.QM7 / "archive/HEAD.tar.gz", files)
    crystals = {
        "README.md": "no structure",
        "cif/mp-1.cif": cif("Na", "Cl", 3.9),
        "cif/mp-2.cif": cif("K", "Br", 4.6),
        "cif/mp-3.cif": cif("Na", "F", 3.2),  # theoretical
        "cif/mp-4.cif": LARGE,
        "cif/mp-5.cif": cif("Co", "Sb", 3.6),  # one of the paper's, theoretical
        "cif/mp-6.cif": cif("Li", "S", 3.3),  # for the hull, theoretical
        "cif_chemenv/mp-2.cif": "the same elsewhere",
    }
    archive(served / data.CRYSTALS / "archive/HEAD.tar.gz", crystals)
    table = {f"mp-{number}": {"theoretical": number in (3, 5, 6)} for number in range(1, 7)}
    table["mp-7"] = None
    place = served / data.CRYSTALS / "raw/HEAD/topo_data.json"
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps(table))
    return served


@pytest.fixture
def source(folder):
    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=folder))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def no_copy(monkeypatch):
    monkeypatch.delenv("LIBRM_DATA", raising=False)


def run(*arguments, code=0):
    result = CliRunner().invoke(main, ["data", *map(str, arguments)])
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result.output


def names(path, identifier):
    return [str(atoms.info[identifier]).zfill(4) for atoms in ase.io.read(path, ":")] if path.stat().st_size else []


def test_molecules(source, tmp_path):
    run("qm7", tmp_path / "out", "--source", source, "--validation-share", 0.5)
    found = ase.io.read(tmp_path / "out/qm7.extxyz", ":")
    assert names(tmp_path / "out/qm7.extxyz", "name") == ["0001", "0002", "0003", "0004"]
    for index, atoms in enumerate(found, 1):
        expected = molecule(MOLECULES[index - 1])
        assert atoms.info["atomization_energy_pbe0"] == -100.5 * index
        np.testing.assert_array_equal(atoms.numbers, expected.numbers)
        np.testing.assert_allclose(atoms.positions, expected.positions, atol=1e-6)
    parts = [names(tmp_path / f"out/qm7_{part}.extxyz", "name") for part in ("train", "val")]
    assert sorted(parts[0] + parts[1]) == ["0001", "0002", "0003", "0004"]
    assert parts[1] == [name for name in sorted(parts[0] + parts[1]) if place(name, data.SEED) < 0.5]
    again = data.local("qm7", tmp_path / "out", share=0.5)  # a local copy is split as the download was
    assert [atoms.info["name"] for atoms in again["qm7_val"]] == parts[1]


def test_crystals(source, tmp_path):
    run("mp", tmp_path, "--source", source)
    parts = names(tmp_path / "mp_train.extxyz", "mp_id") + names(tmp_path / "mp_val.extxyz", "mp_id")
    assert sorted(parts) == ["mp-1", "mp-2"]
    (apart,) = ase.io.read(tmp_path / "mp_paper15_reference.extxyz", ":")
    assert (apart.info["mp_id"], apart.info["formula_in_paper"]) == ("mp-5", "CoSb")
    assert names(tmp_path / "mp_li_s_reference.extxyz", "mp_id") == ["mp-6"]
    salt = next(
        a
        for part in ("train", "val")
        if (tmp_path / f"mp_{part}.extxyz").stat().st_size
        for a in ase.io.read(tmp_path / f"mp_{part}.extxyz", ":")
        if a.info["mp_id"] == "mp-1"
    )
    assert salt.get_chemical_formula() == "ClNa" and salt.pbc.all()
    np.testing.assert_allclose(salt.cell.cellpar(), [3.9] * 3 + [60] * 3, atol=1e-5)


def test_offline_and_other_trouble(source, folder, tmp_path):
    output = run("qm7", tmp_path, "--source", "http://127.0.0.1:9", code=1)
    assert "http://127.0.0.1:9/qmlcode/tutorial" in output and "LIBRM_DATA" in output
    whole = folder / data.QM7 / "archive/HEAD.tar.gz"
    content = whole.read_bytes()
    whole.write_bytes(content[: len(content) // 2])
    assert "broke off or is damaged" in run("qm7", tmp_path, "--source", source, code=1)
    whole.unlink()
    assert "404" in run("qm7", tmp_path, "--source", source, code=1)
    archive(folder / "again/archive.tar.gz", {"README.md": ""})
    (folder / "again/archive.tar.gz").rename(whole)
    assert "hof_qm7.txt" in run("qm7", tmp_path, "--source", source, code=1)
    (folder / data.CRYSTALS / "raw/HEAD/topo_data.json").write_text("version https://git-lfs.github.com/spec/v1\n")
    assert "topo_data.json" in run("mp", tmp_path, "--source", source, code=1)
    assert not list(tmp_path.glob("*.extxyz"))


def test_local_copy(tmp_path, monkeypatch):
    copy = tmp_path / "copy"
    copy.mkdir()
    monkeypatch.setenv("LIBRM_DATA", str(copy))
    assert "mp_train.extxyz" in run("mp", tmp_path / "out", code=1)
    for part, structures in {"train": ["Cu", "Ag"], "val": ["Au"]}.items():
        ase.io.write(copy / f"mp_{part}.extxyz", [bulk(symbol) for symbol in structures])
    run("mp", tmp_path / "out")
    assert len(ase.io.read(tmp_path / "out/mp_train.extxyz", ":")) == 2
    assert "--overwrite" in run("mp", tmp_path / "out", code=1)


def test_diamond(tmp_path):
    run("diamond", tmp_path)
    (atoms,) = ase.io.read(tmp_path / "diamond.extxyz", ":")
    assert len(atoms) == 72 and atoms.get_volume() / 72 == pytest.approx(4.41)


def test_splits_are_stable():
    few = [f"mp-{number}" for number in range(500)]
    more = few + [f"mp-{number}" for number in range(500, 2000)]
    for seed in (1, 2):
        held = {name for name in few if place(name, seed) < 0.1}
        assert held == {name for name in more if place(name, seed) < 0.1} & set(few)
        assert 25 < len(held) < 80
    assert chosen(more, 10, 1) == chosen(more, 50, 1)[:10] != chosen(more, 10, 2)
    assert 0.0 <= min(place(name, 1) for name in more) < 0.01 and 0.99 < max(place(name, 1) for name in more) < 1.0
