"""``load-power-query.pq``: an expression of the language M, for Power BI and Excel, that loads each file as a table."""

import re
from collections.abc import Sequence

from navette.core.types import Kind
from navette.exporting.package.resource import Resource

# The names that the head of the file gives to conversions, each with the type that it makes.
TYPES = {
    Kind.TEXT: "AsText",
    Kind.INTEGER: "AsWhole",
    Kind.FLOAT: "AsNumber",
    Kind.BOOLEAN: "AsLogical",
    Kind.DATE: "AsDate",
    Kind.DATETIME: "AsInstant",
    Kind.ARRAY: "AsText",
    Kind.JSON: "AsText",
}

HEAD = """\
// Loads the files of this folder, every column with its type. In Power BI or Excel: Get data, Blank query, Advanced
// editor; paste all of this, put the folder's path below, and choose Done. The result is a record of tables: click on
// one to load it, or write Query1[messages] in another query.
//
// An empty cell becomes null. Elements of lists are joined with ", " in one text. Instants keep their offset, which the
// models of Power BI, having no type for it, leave out.
let
    Folder = "C:\\exports",

    // How the text of a cell becomes a value, and the type of such values.
    Filled = (convert as function) as function => (cell) => if cell = null or cell = "" then null else convert(cell),
    AsText = {Filled((cell) => cell), type nullable text},
    AsWhole = {Filled((cell) => Int64.From(cell, "en-US")), Int64.Type},
    AsNumber = {Filled((cell) => Number.From(cell, "en-US")), type nullable number},
    AsLogical = {Filled((cell) => cell = "1"), type nullable logical},
    AsDate = {Filled((cell) => Date.From(cell, "en-US")), type nullable date},
    AsInstant = {Filled((cell) => DateTimeZone.From(cell, "en-US")), type nullable datetimezone},

    // A file as a table; columns are pairs of a name and one of the above.
    Load = (content as binary, columns as list) as table =>
        let
            Names = List.Transform(columns, each _{0}),
            Options = [Delimiter = ",", Columns = Names, Encoding = 65001, QuoteStyle = QuoteStyle.Csv],
            Rows = Table.Skip(Csv.Document(content, Options), 1)
        in
            Table.TransformColumns(Rows, List.Transform(columns, each {_{0}, _{1}{0}, _{1}{1}}))
in
"""


def power_query(resources: Sequence[Resource]) -> str:
    """The expression's text."""
    return HEAD + "    [\n" + ",\n".join(map(_table, resources)) + "\n    ]\n"


def _table(resource: Resource) -> str:
    columns = ",\n".join(
        f"            {{{m_text(column.name)}, {TYPES[column.type.kind]}}}" for column in resource.columns
    )
    return f"        {m_name(resource.name)} = Load({_content(resource)}, {{\n{columns}\n        }})"


def _content(resource: Resource) -> str:
    content = f"File.Contents(Folder & {m_text(chr(92) + resource.path)})"
    return f"Binary.Decompress({content}, Compression.GZip)" if resource.is_gzipped else content


def m_text(value: str) -> str:
    """A text as M writes it: quotes twice, control characters and what would begin an escape by their codes."""
    return '"' + re.sub(r'"|#(?=\()|[\0-\x1f\x7f\x85\u2028\u2029]', _escaped, value) + '"'


def m_name(value: str) -> str:
    """A quoted name in M."""
    return "#" + m_text(value)


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    return {'"': '""', "#": "#(#)"}.get(character, f"#({ord(character):04x})")
