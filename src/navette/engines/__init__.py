"""Engines: they run a compiled query over a snapshot."""

from navette.engines.duckdb import DuckDBEngine

__all__ = ["DuckDBEngine"]
