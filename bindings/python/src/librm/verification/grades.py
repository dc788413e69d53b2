"""What a check looks at, and what it finds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple, Protocol

from ..model import Results
from ..structure import StructureLike


class Potential(Protocol):
    """What is checked: librm.Model, or whatever else answers like one."""

    @property
    def elements(self) -> list[int]: ...

    @property
    def cutoff(self) -> float: ...

    def evaluate(self, structure: StructureLike, /) -> Results: ...

    def evaluate_batch(self, structures: Iterable[StructureLike], /, *, threads: int = 1) -> list[Results]: ...


class Finding(NamedTuple):
    """A grade, the error that it is for (0 where there is nothing to measure), and what was looked at."""

    grade: str
    error: float
    detail: str


class Outcome(NamedTuple):
    """A finding with the check's name and the seconds that it took."""

    check: str
    grade: str
    error: float
    detail: str
    seconds: float

    @property
    def passed(self) -> bool:
        return self.grade != "F"

    def as_dict(self) -> dict[str, Any]:
        """For JSON, which has no number for what is not finite."""
        error = self.error if self.error < float("inf") else None
        return {**self._asdict(), "error": error, "passed": self.passed}


LIMITS = {"A": 1e-7, "B": 1e-5, "C": 1e-3, "D": 1e-2}


def letter(error: float) -> str:
    """The grade of a derivative that is off by a share of the largest of its kind; NaN fails."""
    return next((grade for grade, limit in LIMITS.items() if error <= limit), "F")


def passes(error: float, limit: float) -> str:
    """P up to the limit, F beyond; NaN fails."""
    return "P" if error <= limit else "F"
