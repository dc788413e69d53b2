"""Correlation; apart from the measures of molecules, which need RDKit."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np


def pearson(one: Sequence[float], other: Sequence[float]) -> float:
    """Pearson's correlation; not a number where there are less than two."""
    return float(np.corrcoef(one, other)[0, 1]) if len(one) > 1 else math.nan
