"""Identifiers of other contact centres, mapped to the 24 hexadecimal digits that the tables hold.

What is 24 lowercase hexadecimal digits already is kept. Anything else becomes the first 24 digits of the SHA-256 of
the table that it identifies a row of and itself, so that references still meet in whatever file they come.
"""

import duckdb
import pyarrow as pa

from navette.core.types import Array, ObjectId
from navette.tables import Field, Table

MACROS = (
    "CREATE MACRO object_id(owner, value) AS CASE WHEN value = '' THEN NULL "
    "WHEN regexp_full_match(value, '[0-9a-f]{24}') THEN value ELSE left(sha256(owner || chr(31) || value), 24) END",
    "CREATE MACRO object_ids(owner, members) AS list_filter("
    "list_transform(members, lambda member: object_id(owner, member)), lambda id: id IS NOT NULL)",
    # A list is a JSON array, or values with commas between them; null where it begins like JSON and is not.
    "CREATE MACRO members(value) AS CASE WHEN NOT starts_with(ltrim(value), '[') "
    "THEN list_transform(string_split(value, ','), lambda member: trim(member)) "
    """WHEN TRY(json_type(value)) = 'ARRAY' THEN from_json(value, '["VARCHAR"]') END""",
)


class Identifiers:
    """Maps the identifiers in rows of any table; in SQL, a whole batch at a time."""

    def __init__(self) -> None:
        self._connection = duckdb.connect()
        for macro in MACROS:
            self._connection.execute(macro)

    def mapped(self, table: Table, rows: pa.Table) -> pa.Table:
        """The rows with their own and their referenced identifiers mapped; an empty one becomes null.

        Where the row's own identifier is mapped and the table has a foreign_id that the row leaves null, it gets the
        identifier as it came. Values that are not UTF-8 stay as they are, for the store to reject.
        """
        fields = [f for f in table.fields if f.name in rows.column_names and _owner(table, f)]
        columns = [*(f.name for f in fields), *_foreign_id(table, rows)]
        if not columns:
            return rows
        incoming = _as_bytes(rows.select([name for name in columns if name in rows.column_names]))
        values = {field.name: _mapped(table, field, incoming.schema.field(field.name).type) for field in fields}
        if "foreign_id" in columns:
            values["foreign_id"] = _filled_foreign_id(values["id"], "foreign_id" in incoming.column_names)
        select = ", ".join(f'{value} AS "{name}"' for name, value in values.items())
        return _replaced(rows, self._query(f"SELECT {select} FROM incoming", incoming))

    def _query(self, sql: str, incoming: pa.Table) -> pa.Table:
        self._connection.register("incoming", incoming)
        result = self._connection.sql(sql).to_arrow_table()
        self._connection.unregister("incoming")
        return result


def _owner(table: Table, field: Field) -> str | None:
    """The table whose rows the field's values identify."""
    if field.name == "id" and field.type == ObjectId:
        return table.name
    return field.references if field.type in (ObjectId, Array) else None


def _foreign_id(table: Table, rows: pa.Table) -> list[str]:
    return ["foreign_id"] if "id" in rows.column_names and any(f.name == "foreign_id" for f in table.fields) else []


def _as_bytes(rows: pa.Table) -> pa.Table:
    """Texts as bytes: what is not UTF-8 would stop the engine."""
    types = [pa.binary() if pa.types.is_string(field.type) else field.type for field in rows.schema]
    return rows.cast(pa.schema(zip(rows.column_names, types, strict=True)))


def _mapped(table: Table, field: Field, given: pa.DataType) -> str:
    owner, text = f"'{_owner(table, field)}'", f'TRY(decode("{field.name}"))'
    if pa.types.is_list(given):
        return f'object_ids({owner}, "{field.name}")'
    if field.type == Array:
        return f'coalesce(encode(to_json(object_ids({owner}, members({text})))::VARCHAR), "{field.name}")'
    kept = f'coalesce(encode(object_id({owner}, {text})), "{field.name}")'
    return f'CASE WHEN octet_length("{field.name}") > 0 THEN {kept} END'


def _filled_foreign_id(mapped_id: str, given: bool) -> str:
    original = f'CASE WHEN {mapped_id} <> "id" THEN "id" END'
    return f"coalesce(foreign_id, {original})" if given else original


def _replaced(rows: pa.Table, columns: pa.Table) -> pa.Table:
    for name in columns.column_names:
        if name in rows.column_names:
            rows = rows.set_column(rows.column_names.index(name), name, columns[name])
        else:
            rows = rows.append_column(name, columns[name])
    return rows
