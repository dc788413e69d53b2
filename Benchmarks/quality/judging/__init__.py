"""Judging what models generate, with the measures of the field. README.md has the protocols."""
