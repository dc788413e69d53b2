"""Where the time of energy and forces goes, by `perf record` of rm-kernels; a search's time in the potential."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from inputs import BUILD, TOP, Input

PROGRAMS = TOP / ".build/release"

# Part: what the (mangled) names of its functions contain. The first that fits counts.
FUNCTIONS = {
    "edge gradients": r"respondToExpanded|edgeGradients|RadialSums",
    "radial, angular sums": r"accumulate|directions|radialFunctions|LongRun|\d+expand|7Product",
    "forms": r"describeForms|respondForms|\d+forms|8multiply",
    "mixing, backward": r"unmix",
    "mixing": r"\d+mix|MixingOfSix",
    "contractions, backward": r"expose|publishedGradient",
    "contractions": r"contract|publishedContractions",
    "readout": r"dense|activate|3dot|ReadoutPass|FormReadout|7Readout",
}


def missing() -> str | None:
    """Why there can be no shares, or None."""
    if not shutil.which("perf"):
        return "perf is not installed"
    if not (PROGRAMS / "rm-kernels").exists():
        return "rm-kernels is not built"
    BUILD.mkdir(parents=True, exist_ok=True)
    tried = subprocess.run(
        ["perf", "record", "-q", "-o", BUILD / "perf.data", "true"], capture_output=True, stdin=subprocess.DEVNULL
    )
    return None if tried.returncode == 0 else "perf may not record here (/proc/sys/kernel/perf_event_paranoid)"


def shares(given: Input, repeats: int) -> dict[str, float]:
    """The share of each part in the time of energy and forces of all structures. Only samples in the program's own code
    count, which leaves reading the file and the matrix products out."""
    data = BUILD / f"perf-{given.name}.data"
    subprocess.run(
        ["perf", "record", "-q", "-F", "2000", "-o", data, PROGRAMS / "rm-kernels", given.model, given.structures,
         "200",
         "--no-gradient"],
        check=True, capture_output=True, stdin=subprocess.DEVNULL, env={**os.environ, "REPEATS": str(repeats)},
    )  # fmt: skip
    report = subprocess.run(
        ["perf", "report", "-i", data, "--stdio", "--no-demangle", "-F", "overhead,dso,symbol", "-t", ";"],
        check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    found = {name: 0.0 for name in FUNCTIONS} | {"neighbours and the rest": 0.0}
    for share, symbol in re.findall(r"^\s*([\d.]+)%\s*;rm-kernels\s*;(.+)$", report.stdout, re.M):
        if "readStructures" in symbol:
            continue
        part = next((name for name, pattern in FUNCTIONS.items() if re.search(pattern, symbol)), None)
        found[part or "neighbours and the rest"] += float(share)
    total = sum(found.values())
    return {name: share / total for name, share in found.items() if share} if total else {}


def gradient_in_single(given: Input, repeats: int) -> float | None:
    """µs per atom at 45 GFLOP/s of the loss's gradient in single precision, by rm-kernels: rm.h has it in double."""
    program = PROGRAMS / "rm-kernels"
    if not program.exists():
        return None
    done = subprocess.run(
        [program, given.model, given.structures, "200", "--single"],
        capture_output=True, text=True, stdin=subprocess.DEVNULL, env={**os.environ, "REPEATS": str(repeats)},
    )  # fmt: skip
    found = re.search(r"loss gradient.*\(\s*([\d.]+) at 45", done.stdout)
    return float(found[1]) if found else None


def potential_share(given: Input, count: int, contents: int) -> float | None:
    """The share of a search's time that the potential takes, by rm-search-speed."""
    program: Path = PROGRAMS / "rm-search-speed"
    if not program.exists():
        return None
    done = subprocess.run(
        [program, given.model, given.structures, "--preset", given.preset, "--count", str(count), "--contents",
         str(contents)],
        capture_output=True, text=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    found = re.search(r"time in the potential ([\d.]+)", done.stdout)
    return float(found[1]) / 100 if found else None
