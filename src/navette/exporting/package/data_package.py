"""``datapackage.json``: the files and their columns as a Data Package, version 2 (https://datapackage.org)."""

import json
from collections.abc import Sequence
from typing import Any

from navette.core.columns import OutputColumn
from navette.core.types import Kind
from navette.exporting.package.resource import Resource

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"

# The standard's "default" datetime is XML Schema's, with an offset as BI files have it. Its lists are split at each
# comma, which an element may hold: what is joined stays text.
TYPES: dict[Kind, dict[str, Any]] = {
    Kind.TEXT: {"type": "string", "format": "default"},
    Kind.INTEGER: {"type": "integer", "format": "default"},
    Kind.FLOAT: {"type": "number", "format": "default"},
    Kind.BOOLEAN: {"type": "boolean", "format": "default", "trueValues": ["1"], "falseValues": ["0"]},
    Kind.DATE: {"type": "date", "format": "default"},
    Kind.DATETIME: {"type": "datetime", "format": "default"},
    Kind.ARRAY: {"type": "string", "format": "default"},
    Kind.JSON: {"type": "object", "format": "default"},
}

DIALECT = {"header": True, "delimiter": ",", "lineTerminator": "\n", "quoteChar": '"', "doubleQuote": True}

JOINED = "Elements joined with a comma and a space."


def data_package(resources: Sequence[Resource]) -> str:
    """The descriptor's text."""
    package = {"$schema": PROFILE, "name": "navette", "resources": [_resource(resource) for resource in resources]}
    return json.dumps(package, ensure_ascii=False, indent=2) + "\n"


def _resource(resource: Resource) -> dict[str, Any]:
    return {
        "name": resource.name,
        "type": "table",
        "path": resource.path,
        "title": resource.title,
        "description": resource.description,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        **({"compression": "gz"} if resource.is_gzipped else {}),
        "bytes": resource.bytes,
        "hash": f"sha256:{resource.sha256}",
        "dialect": DIALECT,
        "schema": _schema(resource),
    }


def _schema(resource: Resource) -> dict[str, Any]:
    fields = [_field(column, column.name in resource.key) for column in resource.columns]
    key = {"primaryKey": list(resource.key)} if resource.key else {}
    return {"fields": fields, "missingValues": [""], **key}


def _field(column: OutputColumn, in_key: bool) -> dict[str, Any]:
    """One column; ``sensitive``, which is not of the standard, marks those that hold personal data."""
    constraints = ({"required": True} if in_key else {}) | ({"pattern": "[0-9a-f]{24}"} if column.is_id else {})
    return {
        "name": column.name,
        **TYPES[column.type.kind],
        "title": column.label,
        "description": _description(column),
        **({"constraints": constraints} if constraints else {}),
        **({"sensitive": True} if column.sensitive else {}),
    }


def _description(column: OutputColumn) -> str:
    return f"{column.description} {JOINED}".strip() if column.type.kind is Kind.ARRAY else column.description
