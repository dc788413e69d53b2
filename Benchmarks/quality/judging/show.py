"""Figures as tables and as JSON."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

from rich.table import Table

from .records import console


def table(title: str, figures: dict[str, Any]) -> None:
    """Prints figures, those of a dictionary within under its name."""
    shown = Table(title=title, title_justify="left", show_header=False)
    shown.add_column()
    shown.add_column(justify="right")
    _rows(shown, figures, "")
    console.print(shown)


def _rows(shown: Table, figures: dict[str, Any], indent: str) -> None:
    for name, value in figures.items():
        if isinstance(value, dict):
            shown.add_row(f"{indent}[bold]{name}[/bold]", "")
            _rows(shown, value, indent + "  ")
        else:
            shown.add_row(indent + name, _text(value))


def _text(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def write(path: Path, figures: dict[str, Any]) -> None:
    """Writes JSON; the file appears whole or not at all. What is not a number becomes null."""
    temporary = path.with_name(path.name + ".part")
    temporary.write_text(json.dumps(_finite(figures), indent=1) + "\n")
    os.replace(temporary, path)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(each) for name, each in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value
