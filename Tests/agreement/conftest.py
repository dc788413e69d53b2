"""The models and golden numbers of Tests/fixtures."""

from __future__ import annotations

import json
import os
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import librm

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "Tests" / "fixtures"
GOLDEN = ["random-carbon-l3-nu3", "random-inorganic-l2-nu2-receiver", "random-organic-l3-nu3", "random-organic-l3-nu4"]


def golden(name: str) -> dict:
    """The golden numbers of a model."""
    return json.loads((FIXTURES / f"{name}.json").read_text())


def load(name: str) -> librm.Model:
    return librm.Model.load(FIXTURES / "models" / f"{name}.safetensors")
