"""How a source's records become rows of the tables, declared: one line a field."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from navette.connectors.connector import Batch, Refused
from navette.connectors.http.pages import Record

_OUTER = "^"


@dataclass(frozen=True)
class From:
    """A field of a table, and where a record has its value.

    ``path`` is the field's own name unless given: names with dots between them, such as ``author.id``. In the elements
    of ``Rows.each``, a path that begins with ``^`` leads into the record around them. ``read`` turns the value, if
    there is one, into the field's.
    """

    field: str
    path: str = ""
    read: Callable[[Any], Any] | None = None

    def text(self, element: Record, outer: Record) -> str | None:
        """The text of the value, which is in JSON unless it is a text itself."""
        source = outer if self.path.startswith(_OUTER) else element
        value = _value(source, (self.path or self.field).removeprefix(_OUTER))
        if value is not None and self.read is not None:
            value = self.read(value)
        return value if value is None or isinstance(value, str) else _json(value)


@dataclass(frozen=True)
class Rows:
    """The rows of ``table`` that records become: one each, or one for each element of the list ``each`` in them.

    ``ignored`` are members of a record that no field takes and that are not worth keeping.
    """

    table: str
    fields: tuple[From, ...]
    each: str = ""
    ignored: frozenset[str] = frozenset()

    def read(self, records: Sequence[Record], origin: str) -> Iterator[Batch | Refused]:
        """The rows of some records, as texts that the store reads as its fields' types.

        A row with a value that ``From.read`` cannot read is refused, and stands for the whole record.
        """
        elements, good = list(self._elements(records)), []
        for element, outer in elements:
            try:
                good.append([mapped.text(element, outer) for mapped in self.fields])
            except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
                yield Refused(self.table, f"{type(error).__name__}: {error}", _json(outer), origin)
        columns = zip(*good, strict=True) if good else ([] for _ in self.fields)
        arrays = [pa.array(column, pa.string()) for column in columns]
        yield Batch(self.table, pa.table(arrays, [mapped.field for mapped in self.fields]), origin)

    def unmapped(self, record: Record) -> dict[str, Any]:
        """The members of a record that no field takes, and that have a value."""
        taken = {(mapped.path or mapped.field).split(".")[0] for mapped in self.fields}
        left = {name: value for name, value in record.items() if name not in taken | self.ignored}
        return {name: value for name, value in left.items() if value not in (None, "", [], {})}

    def _elements(self, records: Sequence[Record]) -> Iterator[tuple[Record, Record]]:
        """Each element with the record around it."""
        for record in records:
            if not self.each:
                yield record, record
            else:
                value = _value(record, self.each)
                yield from (
                    ((element, record) for element in value if isinstance(element, Mapping))
                    if isinstance(value, list)
                    else ()
                )


def _value(record: Any, path: str) -> Any:
    for name in path.split("."):
        if not isinstance(record, Mapping):
            return None
        record = record.get(name)
    return record


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
