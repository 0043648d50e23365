"""The tables of a contact centre: what the store holds and what the files connector accepts."""

from collections.abc import Iterator
from types import ModuleType

from docs.generators.markdown import code, page, table

from navette.tables import TABLES, Field, Table, activity, configuration, conversations

INTRODUCTION = """The store holds these tables, and a [folder of files](files.md) may bring any of them. Every field
that is not part of the key may be missing or null. A list refers, element by element, to the table that it names.
Types are written as [files](files.md#values) tells: `ObjectId`, `String` and `Text` are text, `Datetime` is an instant,
`Date` a day, `Array` a list of texts, `Json` a JSON object.

The *key* identifies a row: a second row of the same key replaces the first where it is not older by its *update field*;
in a table without one, the later load counts. Tables kept *by month* have a folder for each month of `created_at`."""


def tables() -> str:
    """The page."""
    parts = [part for module in (configuration, conversations, activity) for part in _part(module)]
    return page("# Tables", INTRODUCTION, *parts)


def _part(module: ModuleType) -> Iterator[str]:
    title, _, rest = (module.__doc__ or "").partition(":")
    yield f"## {title}"
    yield rest.strip()[0].upper() + rest.strip()[1:]
    declared = [value for value in vars(module).values() if isinstance(value, Table)]
    for one in TABLES.values():
        if one in declared:
            yield f"### {one.name}"
            yield _facts(one)
            yield table(("field", "type", "refers to"), (_row(field) for field in one.fields))


def _facts(one: Table) -> str:
    facts = [
        f"Key: {', '.join(map(code, one.key))}",
        f"update field: {code(one.updated)}" if one.updated else "no update field",
        *(["kept by month"] if one.monthly else []),
    ]
    return "; ".join(facts) + "."


def _row(field: Field) -> list[str]:
    return [code(field.name), field.type.name, f"[{field.references}](#{field.references})" if field.references else ""]
