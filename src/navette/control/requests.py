"""A stored request: plain values that survive as JSON, in runs and in presets."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from navette.catalogue.export import Column, Export, Family
from navette.catalogue.exports import EXPORTS
from navette.catalogue.request import Fields, Request
from navette.control.errors import ForbiddenError
from navette.control.extensions import EXTENSIONS
from navette.control.models import Extension, User
from navette.control.permissions import require, sensitive_among
from navette.core.columns import OutputColumn
from navette.core.errors import RequestError, unknown
from navette.core.periods import period
from navette.core.windows import Window, window
from navette.core.zones import zone
from navette.exporting.file_choice import FileChoice
from navette.formats import FOR_PEOPLE


@dataclass(frozen=True)
class SavedRequest:
    """A request for one export.

    ``start`` and ``end`` are ISO days or instants, of ``timezone`` where they have no offset; a ``period`` (see
    ``core.periods``) stands for two days instead, counted from the day on which it is asked. ``fields`` are the columns
    wanted, none of them for the default ones. ``compression`` may be empty.
    """

    export: str
    start: str | None = None
    end: str | None = None
    period: str = ""
    by: str | None = None
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fields: tuple[str, ...] = ()
    format: str = FOR_PEOPLE
    compression: str = ""
    locale: str = "en"
    timezone: str = "UTC"
    seconds: bool = False

    def to_json(self) -> dict[str, Any]:
        """Plain values that ``from_json`` reads."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "SavedRequest":
        """The request of these values; names that it does not know are left out."""
        saved = {field.name: values[field.name] for field in fields(cls) if field.name in values}
        saved["filters"] = {name: tuple(chosen) for name, chosen in saved.get("filters", {}).items()}
        saved["fields"] = tuple(saved.get("fields", ()))
        return cls(**saved)

    @property
    def declared(self) -> Export:
        """The export. Raises RequestError where there is none of that name."""
        if self.export not in EXPORTS:
            raise unknown("export", self.export, EXPORTS)
        return EXPORTS[self.export]

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of days and of the datetimes shown."""
        return zone(self.timezone)

    @property
    def window(self) -> Window:
        """The half-open window in UTC. Raises RequestError where start and end mean none."""
        return window(self.start, self.end, self.zone)

    @property
    def file_choice(self) -> FileChoice:
        """How the file is to be written."""
        return FileChoice(self.format, self.compression, self.locale)

    @property
    def sensitive(self) -> list[str]:
        """The sensitive columns among the fields."""
        return sensitive_among(self.declared, self.fields)

    def dated(self, now: datetime, first_day_of_week: int) -> "SavedRequest":
        """The same request with the days that its period means at that instant."""
        if not self.period:
            return self
        first, last = period(self.period, now.astimezone(self.zone).date(), first_day_of_week)
        return replace(self, start=first.isoformat(), end=last.isoformat(), period="")

    def without_sensitive(self) -> "SavedRequest":
        """The same request without its sensitive columns. Raises RequestError where none would be left."""
        permitted = tuple(name for name in self.fields if name not in self.sensitive)
        if self.fields and not permitted:
            raise RequestError("your role no longer permits any of the requested fields: choose others.")
        return replace(self, fields=permitted)

    def compiled(self) -> Request:
        """What the catalogue compiles."""
        fields = Fields(only=self.fields) if self.fields else Fields(left_out=_off_among(self.declared))
        return Request(self.export, self.window, self.by, dict(self.filters), fields, self.zone, self.seconds)


def exports_for(user: User) -> dict[str, Export]:
    """The exports that the user may run; none without the permission.

    What comes with an extension is there only where that is on, be it an export or a column of one. An export that
    declares a permission needs that besides.
    """
    if not user.may("read_export"):
        return {}
    on = _on()
    available = (export for export in EXPORTS.values() if export.extension is None or export.extension in on)
    permitted = (export for export in available if export.permission is None or user.may(export.permission))
    return {export.name: _trimmed(export, on) for export in permitted}


def _on() -> set[str]:
    """The extensions that are on, as the catalogue calls them."""
    names = Extension.objects.values_list("name", flat=True)
    return {called for name in names if name in EXTENSIONS for called in EXTENSIONS[name].catalogue_names}


def _trimmed(export: Export, on: set[str]) -> Export:
    """The export without the columns of extensions that are off."""
    columns = tuple(column for column in export.columns if isinstance(column, Family) or not _is_off(column, on))
    return export if columns == export.columns else replace(export, columns=columns)


def _is_off(column: Column, on: set[str]) -> bool:
    return column.extension is not None and column.extension not in on


def _off_among(export: Export, names: Iterable[str] | None = None) -> tuple[str, ...]:
    """The columns, of those names or all, that come with extensions that are off; a query only where some can."""
    coming = [column for column in export.all_columns() if column.extension and (names is None or column.name in names)]
    on = _on() if coming else set()
    return tuple(column.name for column in coming if _is_off(column, on))


def check_allowed(user: User | None, request: SavedRequest) -> None:
    """Raise ForbiddenError unless the user may have all of this, RequestError where there is no such export."""
    user = require(user, "read_export")
    if request.declared.permission:
        require(user, request.declared.permission)
    if request.declared.name not in exports_for(user):
        raise ForbiddenError(
            "the export “{export}” needs an extension that is off: an administrator can turn it on.",
            export=request.export,
        )
    if off := _off_among(request.declared, request.fields):
        raise ForbiddenError(
            "the fields {columns} need an extension that is off: an administrator can turn it on.", columns=off
        )
    _require_sensitive(user, request.sensitive)


def require_columns(user: User | None, columns: Iterable[OutputColumn]) -> None:
    """Raise ForbiddenError unless the user may have those columns of a compiled request.

    A request can name the members of a family, such as one chat variable, that only the store knows.
    """
    _require_sensitive(user, [column.name for column in columns if column.sensitive])


def _require_sensitive(user: User | None, names: Sequence[str]) -> None:
    """Raise ForbiddenError if there are such columns, unless the user may see them."""
    if names and not (user and user.may("view_sensitive_columns")):
        raise ForbiddenError("your role does not permit the sensitive fields {columns}: leave them out.", columns=names)


def new_request(user: User, export: str, **values: Any) -> SavedRequest:
    """A request with the user's language and time zone, and the domain's way of showing durations."""
    defaults: dict[str, Any] = {
        "locale": user.language,
        "timezone": user.zone.key,
        "seconds": user.domain.export_in_seconds,
    }
    return SavedRequest(export, **(defaults | values))
