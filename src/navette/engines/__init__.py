"""Engines: they run a compiled query over a snapshot."""

from navette.engines.duckdb import DuckDBEngine
from navette.engines.engine import CompiledQuery, Engine

__all__ = ["CompiledQuery", "DuckDBEngine", "Engine"]
