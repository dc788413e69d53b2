"""Paths, models and structures that many tests share."""
