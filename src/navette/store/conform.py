"""Separate bad rows from good ones: read incoming rows as the table's types, in SQL, a whole batch at a time."""

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from math import isfinite
from typing import Any

import duckdb
import pyarrow as pa
from duckdb.sqltypes import BOOLEAN, VARCHAR

from navette.core.arrow import ARROW
from navette.core.sql import identifier
from navette.core.types import Kind
from navette.tables import Field, RowReader, Table

_DAY = "[0-9]{{4}}-[0-9]{{1,2}}-[0-9]{{1,2}}"
_TIME = "[0-9]{{1,2}}:[0-9]{{2}}(:[0-9]{{2}}([.][0-9]+)?)?"
_OFFSET = "(Z| ?UTC|[+-](0[0-9]|1[0-5])(:?[0-5][0-9])?)"

# How to read a text {v} as each kind; a text that cannot be read becomes null.
_READERS = {
    Kind.TEXT: "{v}",
    # Accepts 4.0 too: programs write whole numbers like this if a missing value made the column a float.
    Kind.INTEGER: "CASE WHEN regexp_full_match({v}, '[+-]?[0-9]+([.]0+)?') "
    "THEN TRY_CAST(split_part({v}, '.', 1) AS BIGINT) END",
    Kind.FLOAT: "CASE WHEN NOT contains({v}, '_') THEN TRY_CAST({v} AS DOUBLE) END",
    Kind.BOOLEAN: "TRY_CAST({v} AS BOOLEAN)",
    Kind.DATE: f"CASE WHEN regexp_full_match({{v}}, '{_DAY}') THEN TRY_CAST({{v}} AS DATE) END",
    Kind.DATETIME: f"CASE WHEN regexp_full_match({{v}}, '{_DAY}([T ]{_TIME}{_OFFSET}?)?') "
    "THEN TRY_CAST({v} AS TIMESTAMPTZ) END",
    Kind.ARRAY: "CASE WHEN TRY(json_type({v})) = 'ARRAY' THEN TRY_CAST(TRY({v}::JSON) AS VARCHAR[]) END",
    # The engine accepts a comma after the last member. It is removed; everything else is stored as it came.
    Kind.JSON: "CASE WHEN TRY(json_type({v})) = 'OBJECT' "
    r"THEN CASE WHEN regexp_matches({v}, ',\s*[\]}}]') THEN json({v}) ELSE {v} END END",
}

# JSON objects whose members must be checked one by one: nested ones, and those with a repeated key or an odd number.
_DOUBTFUL = (
    "contains(substr({v}, 2), '{{') OR len(json_keys({v})) > len(list_distinct(json_keys({v}))) "
    "OR regexp_matches({v}, '(?i)nan|inf|e[+]?[0-9]{{3}}')"
)

# Checks for every value, even one that came in its type, so that other programs can read it too.
_SOUND = {
    Kind.FLOAT: "isfinite({v})",
    Kind.DATE: "{v} BETWEEN DATE '0001-01-01' AND DATE '9999-12-31'",
    Kind.DATETIME: "{v} BETWEEN TIMESTAMPTZ '0001-01-01 00:00Z' AND TIMESTAMPTZ '9999-12-31 23:59:59.999999Z'",
    Kind.JSON: f"CASE WHEN {_DOUBTFUL} THEN is_sound_json({{v}}) ELSE true END",
}

_EXPECTED = {
    Kind.TEXT: "UTF-8 text",
    Kind.INTEGER: "a whole number",
    Kind.FLOAT: "a number",
    Kind.BOOLEAN: "true or false",
    Kind.DATE: "a day such as 2020-01-31",
    Kind.DATETIME: "an instant such as 2020-01-31T13:00:00Z",
    Kind.ARRAY: "a JSON array of texts",
    Kind.JSON: "a JSON object whose keys differ",
}


@dataclass(frozen=True)
class Conformed:
    """``good`` has rows in the table's schema, ``bad`` the ``reason`` and ``row`` (JSON text) of each rejected one."""

    good: pa.Table
    bad: pa.Table


def conform(connection: duckdb.DuckDBPyConnection, table: Table, rows: pa.Table) -> Conformed:
    """Read ``rows`` as ``table``'s types.

    A column has its field's Arrow type already, or is text (or bytes of UTF-8) to be read. In a column that is not
    text, an empty text means null. An instant without an offset is UTC. A row with a missing key, an unreadable
    value, a day outside the years 1 to 9999 or bytes that are not UTF-8 is rejected, never dropped.
    """
    with _json_function(connection):
        return _conformed(connection, table, _readable(rows))


@contextmanager
def _json_function(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Let queries call ``is_sound_json``. The engine's own ``json_tree`` takes time and memory with the square of the
    depth: one row could stop a load."""
    connection.create_function("is_sound_json", _is_sound, [VARCHAR], BOOLEAN)
    try:
        yield
    finally:
        connection.remove_function("is_sound_json")


def _is_sound(text: str) -> bool:
    """Whether every program reads this JSON alike: keys differ, numbers are finite, levels are some hundred at most."""
    try:
        _DECODER.decode(text)
    except (ValueError, RecursionError):
        return False
    return True


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) < len(members):
        raise ValueError
    return found


def _number(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError
    return number


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=_number, parse_int=_number, parse_constant=_number, strict=False
)


def _conformed(connection: duckdb.DuckDBPyConnection, table: Table, rows: pa.Table) -> Conformed:
    connection.register("incoming", _read(table, rows))
    query = _query(table, rows.schema)
    refused = f"FROM ({query}) WHERE _reason IS NOT NULL"
    if _is_typed(table, rows.schema) and not _any(connection, [refused, *_rewritten(table, rows.schema)]):
        # Rows of Navette's own connectors, with nothing to read and nothing to reject.
        return Conformed(in_schema(table, rows), _NONE_BAD)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE conformed AS {query}")
    good = connection.sql("SELECT * EXCLUDE (_reason, _row) FROM conformed WHERE _reason IS NULL").to_arrow_table()
    bad = connection.sql("SELECT _reason AS reason, _row AS row FROM conformed WHERE _reason IS NOT NULL")
    conformed = Conformed(good.cast(table.schema), bad.to_arrow_table())
    connection.execute("DROP TABLE conformed")
    connection.unregister("incoming")
    return conformed


_NONE_BAD = pa.table({"reason": pa.array([], pa.string()), "row": pa.array([], pa.string())})


def _read(table: Table, rows: pa.Table) -> pa.Table:
    """The rows with the result of the table's own reader for each: the values, or the reason for rejecting them."""
    if table.reader is None:
        return rows
    names = [field.name for field in table.fields if field.name in rows.column_names]
    readings = [_read_row(table.reader, row) for row in rows.select(names).to_pylist()]
    types = [(field.name, field.type) for field in table.schema if field.name in table.reader.fields]
    return rows.append_column(_OWN, pa.array(readings, pa.struct([*types, ("reason", pa.string())])))


# The name of the column that ``_read`` adds.
_OWN = "_read by the table"


def _read_row(reader: RowReader, row: dict[str, Any]) -> Mapping[str, Any]:
    try:
        texts = {name: value.decode() if isinstance(value, bytes) else value for name, value in row.items()}
        return reader.read(texts)
    except UnicodeDecodeError:
        return {}  # rejected like any other text that is not UTF-8
    except ValueError as error:
        return {"reason": str(error)}


def _is_typed(table: Table, incoming: pa.Schema) -> bool:
    return table.reader is None and all(
        field.name not in incoming.names or incoming.field(field.name).type == field.type for field in table.schema
    )


def _rewritten(table: Table, incoming: pa.Schema) -> list[str]:
    """The queries of rows whose JSON must be rewritten."""
    json = (_Reading(field, incoming) for field in table.fields if field.type.kind is Kind.JSON)
    return [
        f"FROM incoming WHERE CAST({reading.value} AS VARCHAR) IS DISTINCT FROM {identifier(reading.field.name)}"
        for reading in json
        if reading.present
    ]


def _any(connection: duckdb.DuckDBPyConnection, queries: list[str]) -> bool:
    return any(connection.execute(f"SELECT 1 {query} LIMIT 1").fetchone() for query in queries)


def in_schema(table: Table, rows: pa.Table) -> pa.Table:
    """The rows with every field of the table; those that they lack are null."""
    columns = [
        rows[field.name] if field.name in rows.column_names else pa.nulls(rows.num_rows, field.type)
        for field in table.schema
    ]
    return pa.Table.from_arrays(columns, schema=table.schema)


def _readable(rows: pa.Table) -> pa.Table:
    """The rows; if a text is not UTF-8, which would stop the engine, all texts are bytes."""
    try:
        rows.validate(full=True)
    except pa.ArrowInvalid:
        types = [pa.binary() if pa.types.is_string(field.type) else field.type for field in rows.schema]
        return rows.cast(pa.schema(zip(rows.column_names, types, strict=True)))
    return rows


def _query(table: Table, incoming: pa.Schema) -> str:
    """The query: it reads every value beside the original row, then compares both."""
    own = table.reader.fields if table.reader else ()
    readings = [_Reading(field, incoming, own) for field in table.fields]
    came = ", ".join(f"{identifier(name)} := {identifier(name)}" for name in incoming.names)
    values = ", ".join(f"{reading.value} AS {identifier(reading.field.name)}" for reading in readings)
    refusal = f"{identifier(_OWN)}.reason" if own else "NULL"
    checks = ", ".join(["_refusal", *(check for reading in readings for check in reading.checks(table.key))])
    originals = ", ".join(f"{identifier(field.name)} := {_as_shown(field)}" for field in incoming)
    return (
        "SELECT * EXCLUDE (_came, _refusal), "
        f"CASE WHEN _reason IS NOT NULL THEN to_json(struct_pack({originals}))::VARCHAR END AS _row "
        f"FROM (SELECT *, coalesce({checks}, NULL::VARCHAR) AS _reason "
        f"FROM (SELECT struct_pack({came}) AS _came, {refusal} AS _refusal, {values} FROM incoming))"
    )


def _as_shown(field: pa.Field) -> str:
    """A value of a rejected row: bytes as text if they are UTF-8, else with ``\\x`` and the digits of each."""
    came = f"_came.{identifier(field.name)}"
    return f"coalesce(TRY(decode({came})), {came}::VARCHAR)" if _is_binary(field.type) else came


class _Reading:
    """How to read one field from the incoming columns; ``own`` are the fields that the table reads itself."""

    def __init__(self, field: Field, schema: pa.Schema, own: Collection[str] = ()) -> None:
        self.field = field
        self.own = field.name in own
        self.kind = field.type.kind
        self.present = field.name in schema.names
        self.type = schema.field(field.name).type if self.present else ARROW[self.kind]
        self.binary = _is_binary(self.type)
        self.textual = self.binary or pa.types.is_string(self.type) or pa.types.is_large_string(self.type)

    @property
    def value(self) -> str:
        """The value in the field's type, null if it cannot be read."""
        if self.own:
            return f"{identifier(_OWN)}.{identifier(self.field.name)}"
        if not self.present:
            return "NULL"
        original = self._original(identifier(self.field.name))
        value = _READERS[self.kind].format(v=original) if self.textual else original
        return (
            f"CASE WHEN {_SOUND[self.kind].format(v=f'({value})')} THEN {value} END" if self.kind in _SOUND else value
        )

    def checks(self, key: tuple[str, ...]) -> list[str]:
        """Expressions over the read values, and ``_came``, for the reason why a row is bad, or null."""
        name, value = self.field.name, identifier(self.field.name)
        if not self.present:
            return [f"'{name}: missing'"] if name in key else []
        came = f"_came.{value}"
        checks = []
        if self.binary:
            broken = f"{came} IS NOT NULL AND TRY(decode({came})) IS NULL"
            checks.append(f"CASE WHEN {broken} THEN '{name}: not UTF-8' END")
        if self.kind is not Kind.TEXT and not self.own:
            unreadable = f"{self._original(came)} IS NOT NULL AND {value} IS NULL"
            checks.append(f"CASE WHEN {unreadable} THEN '{name}: not {_EXPECTED[self.kind]}' END")
        if self.field.is_id:
            wrong = f"NOT regexp_full_match({value}, '[0-9a-f]{{24}}')"
            checks.append(f"CASE WHEN {wrong} THEN '{name}: not an id of 24 hexadecimal digits' END")
        if name in key:
            checks.append(f"CASE WHEN nullif({value}, '') IS NULL THEN '{name}: missing' END")
        return checks

    def _original(self, column: str) -> str:
        """The original value: bytes as text, a missing one as null."""
        text = f"TRY(decode({column}))" if self.binary else column
        return text if self.kind is Kind.TEXT or not self.textual else f"nullif(trim({text}), '')"


def _is_binary(type_: pa.DataType) -> bool:
    return bool(pa.types.is_binary(type_) or pa.types.is_large_binary(type_))
