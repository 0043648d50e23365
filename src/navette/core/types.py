"""Column types: the published names, and the kind that decides storage and rendering."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How a value is stored and rendered. Several published types share one kind."""

    TEXT = "text"
    INTEGER = "integer"
    FLOAT = "float"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    ARRAY = "array"
    JSON = "json"


@dataclass(frozen=True)
class ColumnType:
    """A published type name and its kind, as in ``Timestamp`` (an integer of Unix seconds)."""

    name: str
    kind: Kind
    # Expressions of this type are in microseconds; files show them in units of this many seconds: 60, 3600 or 1.
    seconds: int | None = None

    def __str__(self) -> str:
        return self.name


ObjectId = ColumnType("ObjectId", Kind.TEXT)
String = ColumnType("String", Kind.TEXT)
Text = ColumnType("Text", Kind.TEXT)
Integer = ColumnType("Integer", Kind.INTEGER)
Float = ColumnType("Float", Kind.FLOAT)
Boolean = ColumnType("Boolean", Kind.BOOLEAN)
Date = ColumnType("Date", Kind.DATE)
Datetime = ColumnType("Datetime", Kind.DATETIME)
Array = ColumnType("Array", Kind.ARRAY)
Timestamp = ColumnType("Timestamp", Kind.INTEGER)

# A JSON object stored as text: open-ended values whose keys differ from record to record.
Json = ColumnType("Json", Kind.JSON)

# The public reference publishes the reply dates of cases as String; they are instants.
DatetimeString = ColumnType("String", Kind.DATETIME)

# Times of presence and of replies: in seconds if the domain "exports in seconds", else in hours or minutes.
Duration = ColumnType("Integer or Float", Kind.FLOAT, seconds=3600)
ReplyTime = ColumnType("Integer", Kind.INTEGER, seconds=60)
# A time in seconds, whatever units the domain uses for others.
Seconds = ColumnType("Integer", Kind.INTEGER, seconds=1)

# The type of a chat variable depends on the data.
Variable = ColumnType("Depends on the chat custom variable type", Kind.TEXT)
