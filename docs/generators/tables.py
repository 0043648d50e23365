"""The tables of a contact centre: what the store holds and what the files connector accepts."""

from collections.abc import Iterator
from types import ModuleType

from docs.generators.markdown import code, page, table

from navette.tables import TABLES, Field, Table, activity, configuration, conversations

INTRODUCTION = """The store contains these tables, and you can load any of them from a [folder of files](files.md).
Every field that is not part of the key can be missing or null. In a list, each element refers to the table that the
field names. [Files](files.md#values) describes how to write the types: `ObjectId`, `String` and `Text` are text,
`Datetime` is an instant, `Date` a day, `Array` a list of texts, `Json` a JSON object.

The *key* identifies a row. A second row with the same key replaces the first unless it is older by its *update
field*. In a table without an update field, the row of the later load wins. Tables stored *by month* have a folder for
each month of `created_at`."""


def tables() -> str:
    """Return the page."""
    parts = [part for module in (configuration, conversations, activity) for part in _part(module)]
    return page("# Tables", INTRODUCTION, *parts)


def _part(module: ModuleType) -> Iterator[str]:
    title, _, rest = (module.__doc__ or "").partition(":")
    yield f"## {title}"
    yield rest.strip()[0].upper() + rest.strip()[1:]
    declared = [value for value in vars(module).values() if isinstance(value, Table)]
    for described in TABLES.values():
        if described in declared:
            yield f"### {described.name}"
            yield _facts(described)
            yield table(("field", "type", "refers to"), (_row(field) for field in described.fields))


def _facts(described: Table) -> str:
    facts = [
        f"Key: {', '.join(map(code, described.key))}",
        f"update field: {code(described.updated)}" if described.updated else "no update field",
        *(["stored by month"] if described.monthly else []),
    ]
    return "; ".join(facts) + "."


def _row(field: Field) -> list[str]:
    return [code(field.name), field.type.name, f"[{field.references}](#{field.references})" if field.references else ""]
