"""Rows in, rows out: each file of ``cases/`` holds rows of tables, a request, and the rows that must come out.

``@name`` stands for an id of 24 hexadecimal digits, the same one everywhere in the file.
"""

import hashlib
import json
import re
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
import yaml

from navette.catalogue.request import Fields, Request
from navette.core.settings import Settings
from navette.core.windows import window
from navette.engines import DuckDBEngine
from navette.exporting.prepare import prepare
from navette.formats import FORMATS, Rendering
from navette.store import Store
from navette.tables import TABLES

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))


def with_ids(text: str) -> str:
    return re.sub(r"@(\w+)", lambda match: hashlib.sha256(match[1].encode()).hexdigest()[:24], text)


def texts(rows: list[Any]) -> pa.Table:
    """The rows as a files connector would give them: every value as text."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    return pa.table({name: pa.array([as_text(row.get(name)) for row in rows], pa.string()) for name in names})


def as_text(value: str | None) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return value.isoformat() if isinstance(value, date) else json.dumps(value)


@pytest.mark.parametrize("path", CASES, ids=[path.stem for path in CASES])
def test_rows_come_out_as_written_down(path: Path, store: Store, settings: Settings, tmp_path: Path) -> None:
    case = yaml.safe_load(with_ids(path.read_text(encoding="utf-8")))
    for table, rows in case["tables"].items():
        assert store.merge(TABLES[table], texts(rows)).rejected == 0
    asked = case["request"]
    zone = ZoneInfo(asked.get("timezone", "UTC"))
    request = Request(
        export=asked["export"],
        window=window(asked.get("from"), asked.get("to"), zone),
        by=asked.get("by"),
        filters={name: tuple(values) for name, values in asked.get("filters", {}).items()},
        fields=Fields.parse(asked["fields"]) if "fields" in asked else Fields(all=True),
        zone=zone,
        seconds=asked.get("seconds", True),
    )
    run = prepare(request, DuckDBEngine(store.snapshot(), settings), FORMATS["bi"], Rendering("en", zone))
    run.produce(tmp_path)
    written = (tmp_path / run.file_name).read_text(encoding="utf-8").rstrip("\n").split("\n")
    assert written == case["expected"].rstrip("\n").split("\n")
