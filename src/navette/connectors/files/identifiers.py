"""Identifiers of other contact centres, mapped to the 24 hexadecimal digits that the tables hold.

An identifier of 24 lowercase hexadecimal digits stays unchanged. Any other becomes the first 24 digits of the
SHA-256 of itself and of the table whose row it identifies, so that references match whatever file they are in. One
identifier in two notations (``7``, ``7.0``, with a blank before it) is one. A value that cannot be an identifier is
rejected, because its hash would refer to nothing.
"""

import json

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from navette.connectors.connector import Refused
from navette.core.types import Array, ObjectId
from navette.tables import Field, Table

_GUID = r"\{[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}"

# A member of PostgreSQL's {…}: quoted, with backslashes before quotes, or bare.
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_BARE = r'[^",{}\\\s](?:[^",{}\\]*[^",{}\\\s])?'
_MEMBER = f"(?:{_QUOTED}|{_BARE})"
_MEMBERS = rf"(?s)\s*\{{\s*(?:{_MEMBER}\s*(?:,\s*{_MEMBER}\s*)*)?\}}\s*"

MACROS = (
    "CREATE MACRO is_simple(value) AS regexp_full_match(value, '[0-9A-Za-z_-]*')",
    # Includes the blanks of spreadsheets and web pages, and a byte order mark within a file.
    "CREATE MACRO bare(value) AS trim(value, ' ' || chr(9) || chr(10) || chr(13) || chr(160) || chr(65279))",
    # 7.0 is 7, as long as floats represent every whole number.
    "CREATE MACRO whole(value) AS CASE WHEN regexp_full_match(value, '-?[0-9]{1,16}[.]0+') "
    "AND abs(CAST(split_part(value, '.', 1) AS BIGINT)) <= 9007199254740992 THEN split_part(value, '.', 1) "
    "ELSE value END",
    "CREATE MACRO cleaned(value) AS CASE WHEN is_simple(value) THEN value ELSE whole(bare(value)) END",
    "CREATE MACRO object_id(owner, value) AS CASE WHEN value = '' THEN NULL "
    "WHEN regexp_full_match(value, '[0-9a-f]{24}') THEN value ELSE left(sha256(owner || chr(31) || value), 24) END",
    "CREATE MACRO object_ids(owner, members) AS list_filter("
    "list_transform(members, lambda member: object_id(owner, member)), lambda id: id IS NOT NULL)",
    f"CREATE MACRO is_guid(value) AS regexp_full_match(value, '{_GUID}')",
    # Why a cleaned text is not an identifier; null if it is one.
    "CREATE MACRO problem(value) AS CASE WHEN value IN ('NULL', 'NaN', 'nan', '\\N') "
    "THEN 'stands for a missing value: leave it empty' "
    "WHEN is_simple(value) THEN NULL "
    "WHEN regexp_full_match(value, '[+-]?[0-9]+([.,][0-9]+)?[eE][+-][0-9]+|-?[0-9]+[.]0+') "
    "THEN 'is a number that may have been rounded: write identifiers as text' "
    "WHEN regexp_matches(value, '^[\\[{(\"]') AND NOT is_guid(value) THEN 'is not an identifier' END",
    f"CREATE MACRO postgresql_members(value) AS CASE WHEN regexp_full_match(value, '{_MEMBERS}') THEN list_transform("
    f"regexp_extract_all(value, '(?s){_MEMBER}'), lambda member: CASE WHEN starts_with(member, '\"') "
    r"THEN regexp_replace(member[2:-2], '(?s)\\(.)', '\1', 'g') WHEN upper(member) <> 'NULL' THEN member END) END",
    # A list is a JSON array, a PostgreSQL array, or values with commas or semicolons between them; else null.
    "CREATE MACRO members(value) AS CASE "
    """WHEN starts_with(ltrim(value), '[') THEN CASE WHEN TRY(json_type(value)) = 'ARRAY' """
    """THEN from_json(value, '["VARCHAR"]') END """
    "WHEN starts_with(ltrim(value), '{') AND NOT is_guid(bare(value)) THEN postgresql_members(value) "
    "WHEN NOT contains(value, ';') THEN string_split(value, ',') "
    "WHEN NOT contains(value, ',') THEN string_split(value, ';') END",
    "CREATE MACRO named(value, problem) AS '''' || left(value, 60) || ''' ' || problem",
    "CREATE MACRO problem_of(value) AS named(value, problem(value))",
    "CREATE MACRO cleaned_all(members) AS list_transform(members, lambda member: cleaned(member))",
    "CREATE MACRO problem_among(members) AS list_filter("
    "list_transform(members, lambda member: problem_of(member)), lambda problem: problem IS NOT NULL)[1]",
    # Broken JSON stays unchanged, for the store to reject.
    "CREATE MACRO problem_in(value, members) AS CASE WHEN regexp_full_match(value, '[0-9A-Za-z_, -]*') "
    "AND NOT regexp_matches(value, 'NULL|NaN|nan') THEN NULL WHEN members IS NOT NULL THEN problem_among(members) "
    "WHEN starts_with(ltrim(value), '{') THEN named(value, 'is not a list of identifiers') "
    "WHEN contains(value, ';') THEN named(value, 'has both commas and semicolons') END",
)


class Identifiers:
    """Maps the identifiers in rows of any table; in SQL, a whole batch at a time."""

    def __init__(self) -> None:
        self._connection = duckdb.connect()
        for macro in MACROS:
            self._connection.execute(macro)

    def mapped(self, table: Table, rows: pa.Table, origin: str) -> tuple[pa.Table, list[Refused]]:
        """The rows with their own and their referenced identifiers mapped, and the rows with an invalid identifier.

        An empty identifier becomes null. If the row's own identifier is mapped and the table has a foreign_id that
        the row leaves null, that gets the identifier. Values that are not UTF-8 stay unchanged, for the store to
        reject.
        """
        fields = [f for f in table.fields if f.name in rows.column_names and _owner(table, f)]
        columns = [*(f.name for f in fields), *_foreign_id(table, rows)]
        if not columns:
            return rows, []
        incoming = _as_bytes(rows.select([name for name in columns if name in rows.column_names]))
        readings = [_Reading(table, field, incoming.schema.field(field.name).type) for field in fields]
        values = {reading.field.name: reading.value for reading in readings}
        if "foreign_id" in columns:
            values["foreign_id"] = _filled_foreign_id(values["id"], "foreign_id" in incoming.column_names)
        select = ", ".join(f'{value} AS "{name}"' for name, value in values.items())
        problems = ", ".join(reading.problem for reading in readings)
        # In sequence, so that each is computed once.
        texts = ", ".join(f'{reading.text} AS "{reading.field.name} text"' for reading in readings)
        cleaned = ", ".join(f'{reading.cleaned} AS "{reading.field.name} cleaned"' for reading in readings)
        stages = f"(SELECT *, {cleaned} FROM (SELECT *, {texts} FROM incoming))"
        result = self._query(f"SELECT {select}, coalesce({problems}) AS _problem FROM {stages}", incoming)
        return _parted(table, rows, _replaced(rows, result.drop_columns("_problem")), result["_problem"], origin)

    def _query(self, sql: str, incoming: pa.Table) -> pa.Table:
        self._connection.register("incoming", incoming)
        result = self._connection.sql(sql).to_arrow_table()
        self._connection.unregister("incoming")
        return result


class _Reading:
    """How to read the identifiers of one field, as SQL: its text, that text cleaned, its value, its problem."""

    def __init__(self, table: Table, field: Field, type_: pa.DataType) -> None:
        self.field = field
        self._name, self._text, self._cleaned = (f'"{field.name}{stage}"' for stage in ("", " text", " cleaned"))
        self._owner = f"'{_owner(table, field)}'"
        self._is_array = field.type == Array
        self._is_typed = pa.types.is_list(type_)

    @property
    def text(self) -> str:
        return self._name if self._is_typed else f"TRY(decode({self._name}))"

    @property
    def cleaned(self) -> str:
        if not self._is_array:
            return f"cleaned({self._text})"
        return f"cleaned_all({self._text if self._is_typed else f'members({self._text})'})"

    @property
    def value(self) -> str:
        if self._is_typed:
            return f"object_ids({self._owner}, {self._cleaned})"
        if self._is_array:
            return f"coalesce(encode(to_json(object_ids({self._owner}, {self._cleaned}))::VARCHAR), {self._name})"
        mapped = f"encode(object_id({self._owner}, {self._cleaned}))"
        return f"CASE WHEN {self._text} IS NULL THEN {self._name} ELSE {mapped} END"

    @property
    def problem(self) -> str:
        if self._is_typed:
            problem = f"problem_among({self._cleaned})"
        elif self._is_array:
            problem = f"problem_in({self._text}, {self._cleaned})"
        else:
            problem = f"problem_of({self._cleaned})"
        return f"'{self.field.name}: ' || {problem}"


def _owner(table: Table, field: Field) -> str | None:
    """The table whose rows the field's values identify."""
    if field.name == "id" and field.type == ObjectId:
        return table.name
    return field.references if field.type in (ObjectId, Array) else None


def _foreign_id(table: Table, rows: pa.Table) -> list[str]:
    return ["foreign_id"] if "id" in rows.column_names and any(f.name == "foreign_id" for f in table.fields) else []


def _as_bytes(rows: pa.Table) -> pa.Table:
    """Texts as bytes, because text that is not UTF-8 would stop the engine."""
    types = [pa.binary() if pa.types.is_string(field.type) else field.type for field in rows.schema]
    return rows.cast(pa.schema(zip(rows.column_names, types, strict=True)))


def _filled_foreign_id(mapped_id: str, has_foreign_id: bool) -> str:
    own = 'encode("id cleaned")'
    original = f"CASE WHEN {mapped_id} <> {own} THEN {own} END"
    return f"coalesce(foreign_id, {original})" if has_foreign_id else original


def _replaced(rows: pa.Table, columns: pa.Table) -> pa.Table:
    for name in columns.column_names:
        if name in rows.column_names:
            rows = rows.set_column(rows.column_names.index(name), name, columns[name])
        else:
            rows = rows.append_column(name, columns[name])
    return rows


def _parted(
    table: Table, rows: pa.Table, mapped: pa.Table, problems: pa.ChunkedArray, origin: str
) -> tuple[pa.Table, list[Refused]]:
    """The mapped rows without a problem, and the original rows with one."""
    if problems.null_count == len(problems):
        return mapped, []
    came = _as_came(rows.filter(pc.is_valid(problems)))
    reasons = problems.drop_null().to_pylist()
    refused = [Refused(table.name, reason, row, origin) for reason, row in zip(reasons, came, strict=True)]
    return mapped.filter(pc.is_null(problems)), refused


def _as_came(rows: pa.Table) -> list[str]:
    types = [
        field.type if pa.types.is_binary(field.type) or pa.types.is_list(field.type) else pa.string()
        for field in rows.schema
    ]
    texts = rows.cast(pa.schema(zip(rows.column_names, types, strict=True))).to_pylist()
    return [
        json.dumps(row, ensure_ascii=False, default=lambda raw: raw.decode("utf-8", "backslashreplace"))
        for row in texts
    ]
