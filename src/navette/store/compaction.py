"""Compaction: write each month of a table (or the whole table) as one file in time order, without changing a row."""

import json
import secrets
import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import duckdb
from deltalake import DeltaTable
from deltalake.transaction import AddAction, RemoveAction
from pyarrow.parquet import ParquetWriter

from navette.store.layout import MONTH, ROW_GROUP_ROWS, STATISTICS, month_of_file, partitions, time_order
from navette.store.snapshot import pin
from navette.tables import Table


def compact(connection: duckdb.DuckDBPyConnection, table: Table, delta: DeltaTable) -> int:
    """Write rows that are in several files, or not in time order, as one file. Returns the number of replaced files.

    Rows that do not fit into the connection's memory are sorted on its disk.
    """
    parts: dict[str | None, list[str]] = defaultdict(list)
    for file in pin(table, delta).files:
        parts[month_of_file(table, file.path)].append(file.path)
    replaced = 0
    for month, paths in parts.items():
        if len(paths) > 1 or not _in_order(connection, table, paths[0]):
            _rewrite(connection, table, delta, month, paths)
            delta.update_incremental()
            replaced += len(paths)
    return replaced


def _in_order(connection: duckdb.DuckDBPyConnection, table: Table, path: str) -> bool:
    # Tuples compare as they are sorted, nulls last; without a PARTITION or ORDER the window streams in file order.
    row = f"({', '.join(time_order(table))})"
    steps = f"SELECT {row} < lag({row}) OVER () AS back FROM read_parquet($path, hive_partitioning = false)"
    return connection.execute(f"SELECT 1 FROM ({steps}) WHERE back LIMIT 1", {"path": path}).fetchall() == []


def _rewrite(
    connection: duckdb.DuckDBPyConnection, table: Table, delta: DeltaTable, month: str | None, paths: Sequence[str]
) -> None:
    """Replace these files by one, in one commit. deltalake's own writer does not keep the order of rows."""
    root = Path(unquote(delta.table_uri.removeprefix("file://")))
    folder = f"{MONTH}={month}/" if month else ""
    name = f"{folder}part-00000-{secrets.token_hex(16)}-c000.zstd.parquet"
    _write_sorted(connection, table, paths, root / name)
    added = AddAction(
        path=name,
        size=(root / name).stat().st_size,
        partition_values={MONTH: month} if month else {},
        modification_time=_now(),
        data_change=False,
        stats=json.dumps(_statistics(connection, table, root / name)),
    )
    removed = [_removed(table, root, path) for path in paths]
    delta.create_write_transaction([added, *removed], "append", delta.schema(), partitions(table))


def _write_sorted(connection: duckdb.DuckDBPyConnection, table: Table, paths: Sequence[str], target: Path) -> None:
    columns = ", ".join(f'"{name}"' for name in table.schema.names)
    query = (
        f"SELECT {columns} FROM read_parquet($paths, hive_partitioning = false) "
        f"ORDER BY {', '.join(time_order(table))} NULLS LAST"
    )
    rows = connection.sql(query, params={"paths": list(paths)}).to_arrow_reader(ROW_GROUP_ROWS)
    with ParquetWriter(target, table.schema, compression="zstd", compression_level=1) as writer:
        for batch in rows.cast(table.schema):
            writer.write_batch(batch)


def _removed(table: Table, root: Path, path: str) -> RemoveAction:
    month = month_of_file(table, path)
    return RemoveAction(
        path=str(Path(path).relative_to(root)),
        deletion_timestamp=_now(),
        data_change=False,
        partition_values={MONTH: month} if month else {},
        size=Path(path).stat().st_size,
    )


def _statistics(connection: duckdb.DuckDBPyConnection, table: Table, path: Path) -> dict[str, object]:
    """The log's statistics of the file: its rows, and the bounds of keys and times."""
    names = [name for name in STATISTICS if name in table.schema.names]
    terms = ["count(*)", *(f"{bound}({name})" for bound in ("min", "max", "count") for name in names)]
    query = f"SELECT {', '.join(terms)} FROM read_parquet($path, hive_partitioning = false)"
    statistics = connection.sql(query, params={"path": str(path)}).to_arrow_table()
    rows, *values = (_as_json(column[0].as_py()) for column in statistics.columns)
    least, greatest, counts = (dict(zip(names, values[n * len(names) :], strict=False)) for n in range(3))
    return {
        "numRecords": rows,
        "minValues": {name: value for name, value in least.items() if value is not None},
        "maxValues": {name: value for name, value in greatest.items() if value is not None},
        "nullCount": {name: rows - count for name, count in counts.items()},
    }


def _as_json(value: Any) -> Any:
    return value.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z" if isinstance(value, datetime) else value


def _now() -> int:
    return int(time.time() * 1000)
