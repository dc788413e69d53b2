#!/usr/bin/env python3
"""Rewrites the golden numbers as words and numbers that golden.h reads: goldens.py FIXTURES FOLDER."""

import json
import pathlib
import struct
import sys


def flat(values):
    if isinstance(values, list):
        for value in values:
            yield from flat(value)
    else:
        yield values


def line(key, values):
    values = list(flat(values))
    return " ".join([key, str(len(values))] + [repr(float(v)) for v in values])


def tensors(path):
    data = path.read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    for name, entry in header.items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        kind = {"F64": "d", "F32": "f"}[entry["dtype"]]
        yield name, struct.unpack(f"<{(end - begin) // struct.calcsize(kind)}{kind}", data[begin:end])


def structure(case, name):
    yield f"block {name}"
    yield line("numbers", case["numbers"])
    yield line("positions", case["positions"])
    if any(case["pbc"]):
        yield line("cell", case["cell"])
    yield line("periodic", [int(flag) for flag in case["pbc"]])


def evaluations(golden):
    for case in golden["cases"]:
        yield from structure(case, case["name"])
        for key in ("energy", "energies", "forces", "strain_gradient", "stress"):
            if key in case:
                yield line(key, case[key])
        yield "end"


def gradients(golden, folder):
    first = 0
    for index, frame in enumerate(golden["frames"]):
        yield from structure(frame, f"frame-{index}")
        count = len(frame["numbers"])
        yield line("target_forces", golden["target_forces"][first : first + count])
        first += count
        if golden["stress_weight"]:
            yield line("target_stress", golden["target_stress"][index])
        yield "end"
    yield "block loss"
    for key in ("force_weight", "stress_weight", "loss"):
        yield line(key, [golden[key]])
    for name, values in tensors(folder / golden["gradient"]):
        yield line(name, list(values))
    yield "end"


def main(fixtures, target):
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(fixtures.glob("random-*.json")):
        golden = json.loads(path.read_text())
        lines = evaluations(golden) if "cases" in golden else gradients(golden, fixtures)
        (target / (path.stem + ".txt")).write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
