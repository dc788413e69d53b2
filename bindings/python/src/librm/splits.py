"""Splitting and choosing by identifier: stable, so that further structures move none of those that there are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TypeVar

Name = TypeVar("Name", bound=str)


def place(identifier: str, seed: int) -> float:
    """A number in [0, 1) that depends on the seed and the identifier alone, evenly spread."""
    digest = hashlib.sha256(f"{seed}:{identifier}".encode()).digest()
    return int.from_bytes(digest[:7], "big") / 2**56


def seed_for(identifier: str, seed: int) -> int:
    """A seed of its own for everything that has an identifier, from 0 to 2^63 - 1."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{identifier}".encode()).digest()[:8], "big") >> 1


def chosen(identifiers: Iterable[Name], count: int | None, seed: int) -> list[Name]:
    """`count` of the identifiers (None: all), those of lowest place: a larger choice contains every smaller one."""
    return sorted(identifiers, key=lambda identifier: place(identifier, seed))[:count]
