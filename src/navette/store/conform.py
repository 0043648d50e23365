"""Bad rows told from good ones: incoming rows are read as the table's types, in SQL, a whole batch at a time."""

from dataclasses import dataclass

import duckdb
import pyarrow as pa

from navette.core.types import ARROW, Kind, ObjectId
from navette.tables import Field, Table

# How a text is read as each kind; what cannot be read becomes null.
_READ = {
    Kind.TEXT: "{v}",
    Kind.INTEGER: "CASE WHEN regexp_full_match(trim({v}), '[+-]?[0-9]+') THEN TRY_CAST(trim({v}) AS BIGINT) END",
    Kind.FLOAT: "CASE WHEN isfinite(TRY_CAST({v} AS DOUBLE)) THEN TRY_CAST({v} AS DOUBLE) END",
    Kind.BOOLEAN: "TRY_CAST(trim({v}) AS BOOLEAN)",
    Kind.DATE: "CASE WHEN regexp_full_match(trim({v}), '[0-9-]{{10}}') THEN TRY_CAST(trim({v}) AS DATE) END",
    Kind.DATETIME: "CASE WHEN regexp_matches({v}, '^\\s*[0-9]{{4}}-') THEN TRY_CAST(trim({v}) AS TIMESTAMPTZ) END",
    Kind.ARRAY: "CASE WHEN TRY(json_type({v})) = 'ARRAY' THEN TRY_CAST(TRY({v}::JSON) AS VARCHAR[]) END",
    Kind.JSON: "CASE WHEN TRY(json_type({v})) = 'OBJECT' THEN {v} END",
}

_EXPECTED = {
    Kind.TEXT: "UTF-8 text",
    Kind.INTEGER: "a whole number",
    Kind.FLOAT: "a number",
    Kind.BOOLEAN: "true or false",
    Kind.DATE: "a day (2020-01-31)",
    Kind.DATETIME: "an instant (2020-01-31T13:00:00Z)",
    Kind.ARRAY: "a JSON array of texts",
    Kind.JSON: "a JSON object",
}


@dataclass(frozen=True)
class Conformed:
    """``good``: rows in the table's schema. ``bad``: ``reason`` and ``row`` (JSON text) of each rejected one."""

    good: pa.Table
    bad: pa.Table


def conform(connection: duckdb.DuckDBPyConnection, table: Table, rows: pa.Table) -> Conformed:
    """Read ``rows`` as ``table``'s types.

    A column has its field's Arrow type already, or is text (or bytes of UTF-8) to be read; an empty text in a column
    that is not text means null; an instant without an offset is UTC. A row with a missing key, an unreadable value or
    bytes that are not UTF-8 is told apart, never dropped.
    """
    readings = [_Reading(field, rows.schema) for field in table.fields]
    raw = ", ".join(f"{_quoted(name)} := {_quoted(name)}" for name in rows.schema.names)
    values = ", ".join(f"{reading.value} AS {_quoted(reading.field.name)}" for reading in readings)
    checks = ", ".join(check for reading in readings for check in reading.checks(table.key))
    connection.register("incoming", rows)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE conformed AS SELECT {values}, reason AS _reason, "
        f"CASE WHEN reason IS NOT NULL THEN to_json(struct_pack({raw}))::VARCHAR END AS _row "
        f"FROM (SELECT *, coalesce({checks}, NULL::VARCHAR) AS reason FROM incoming)"
    )
    good = connection.sql("SELECT * EXCLUDE (_reason, _row) FROM conformed WHERE _reason IS NULL").to_arrow_table()
    bad = connection.sql("SELECT _reason AS reason, _row AS row FROM conformed WHERE _reason IS NOT NULL")
    conformed = Conformed(good.cast(table.schema), bad.to_arrow_table())
    connection.execute("DROP TABLE conformed")
    connection.unregister("incoming")
    return conformed


class _Reading:
    """How one field of the table is read from the incoming columns."""

    def __init__(self, field: Field, schema: pa.Schema) -> None:
        self.field = field
        self.present = field.name in schema.names
        self.type = schema.field(field.name).type if self.present else ARROW[field.type.kind]
        self.binary = pa.types.is_binary(self.type) or pa.types.is_large_binary(self.type)
        self.textual = self.binary or pa.types.is_string(self.type) or pa.types.is_large_string(self.type)

    @property
    def given(self) -> str:
        """The value as it came, bytes as text, nothing as null."""
        name = _quoted(self.field.name)
        text = f"TRY(decode({name}))" if self.binary else name
        return text if self.field.type.kind is Kind.TEXT or not self.textual else f"nullif(trim({text}), '')"

    @property
    def value(self) -> str:
        """The value in the field's type, null where it cannot be read."""
        if not self.present:
            return "NULL"
        return _READ[self.field.type.kind].format(v=self.given) if self.textual else self.given

    def checks(self, key: tuple[str, ...]) -> list[str]:
        """Expressions that give the reason why a row is bad, or null."""
        name, kind = self.field.name, self.field.type.kind
        if not self.present:
            return [f"'{name}: missing'"] if name in key else []
        checks = []
        if self.binary:
            broken = f"{_quoted(name)} IS NOT NULL AND TRY(decode({_quoted(name)})) IS NULL"
            checks.append(f"CASE WHEN {broken} THEN '{name}: not UTF-8' END")
        if self.textual and kind is not Kind.TEXT:
            unreadable = f"{self.given} IS NOT NULL AND {self.value} IS NULL"
            checks.append(f"CASE WHEN {unreadable} THEN '{name}: not {_EXPECTED[kind]}' END")
        if self.field.type == ObjectId and (self.field.references or name == "id"):
            wrong = f"NOT regexp_full_match({self.given}, '[0-9a-f]{{24}}')"
            checks.append(f"CASE WHEN {wrong} THEN '{name}: not an id of 24 hexadecimal digits' END")
        if name in key:
            checks.append(f"CASE WHEN {self.value} IS NULL THEN '{name}: missing' END")
        return checks


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
