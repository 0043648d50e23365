"""The declaration of a table: its fields with their types, its key, and its references."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from navette.core.types import ColumnType, Datetime, Kind, ObjectId

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Field:
    """One field of a table. ``references`` names the table whose id it holds (in a list, the id of each element)."""

    name: str
    type: ColumnType
    references: str | None = None

    @property
    def is_id(self) -> bool:
        """Whether it holds ids of this domain, which the store accepts only as 24 hexadecimal digits."""
        return self.type == ObjectId and (self.references is not None or self.name == "id")


@dataclass(frozen=True)
class RowReader:
    """How to read some fields of a table from a row's original values, which are texts or of the fields' types.

    ``read`` returns the values of all ``fields`` as they are stored. It raises ValueError with the reason if it
    rejects a row.
    """

    fields: tuple[str, ...]
    read: Callable[[Mapping[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True)
class Projection:
    """A copy of some columns of a large data file, sorted by ``by``, through which its rows are looked up.

    ``by`` holds the id of the row's parent; ``columns`` are those that lookups need besides it. For a list of
    ids, the copy has one row per id, for filters by an id, which read only ``columns``.
    """

    by: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Summary:
    """What is known about all rows of a large table without reading them, because it is stored for each data file.

    ``query`` reads the table and returns distinct rows. The result for several files is the union of their results.
    """

    name: str
    query: str


@dataclass(frozen=True)
class Table:
    """One table of the contact centre, declared as data.

    ``key`` identifies a row. ``updated`` is the field that decides which of two rows with one key is newer; without
    it the later load wins. ``monthly`` tables are stored in a folder per month of ``created_at``. ``reader`` is for
    small tables whose texts come in several notations. ``projections`` are the ways in which exports look rows up,
    ``summaries`` what their columns depend on.
    """

    name: str
    fields: tuple[Field, ...]
    key: tuple[str, ...] = ("id",)
    updated: str | None = "updated_at"
    monthly: bool = False
    reader: RowReader | None = None
    projections: tuple[Projection, ...] = ()
    summaries: tuple[Summary, ...] = ()

    @property
    def schema(self) -> "pa.Schema":
        """The Arrow schema: instants are UTC microseconds, lists are lists of strings, JSON is text."""
        from navette.core.arrow import schema

        return schema((field.name, field.type.kind) for field in self.fields)

    @property
    def statistics(self) -> tuple[str, ...]:
        """The columns whose bounds the store records for each file: key, times and parents; never names or texts."""
        times = [field.name for field in self.fields if field.name in ("created_at", "updated_at", "started_at")]
        parents = [
            projection.by for projection in self.projections if self.field(projection.by).type.kind is not Kind.ARRAY
        ]
        return tuple(dict.fromkeys([*self.key, *times, *parents]))

    def field(self, name: str) -> Field:
        """The field of that name. Raises KeyError if there is none."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)


ID = Field("id", ObjectId)
CREATED_AT = Field("created_at", Datetime)
UPDATED_AT = Field("updated_at", Datetime)
