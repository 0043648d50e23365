"""DuckDB, in slices that keep the order of rows."""

from navette.engines.duckdb.engine import DuckDBEngine

__all__ = ["DuckDBEngine"]
