"""Navette: data exports for digital contact centres."""

__version__ = "0.1.0"
