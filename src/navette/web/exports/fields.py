"""The columns that a user can choose from, in groups: default ones, sensitive ones, extra ones by kind of record."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from navette.catalogue.export import Column, Export, is_default
from navette.control.models import User
from navette.wording.reader import current_reader


@dataclass(frozen=True)
class Option:
    """One column: its name in the file, and what it is in the user's language."""

    name: str
    label: str
    description: str
    sensitive: bool
    chosen: bool


@dataclass(frozen=True)
class Group:
    """Columns under one heading. ``kind`` is ``default``, ``sensitive`` or ``extra``."""

    kind: str
    label: str
    options: tuple[Option, ...]


def offered(export: Export, user: User) -> list[Column]:
    """The columns that the user may have, in file order."""
    may = user.may("view_sensitive_columns")
    return [column for column in export.all_columns() if may or not column.sensitive]


def default_names(export: Export) -> list[str]:
    """The columns of a file when nobody asks for others."""
    return [column.name for column in export.all_columns() if is_default(column)]


def field_groups(export: Export, user: User, chosen: Iterable[str]) -> list[Group]:
    """The headings and their columns; empty headings are left out."""
    columns, names = offered(export, user), set(chosen)
    extras = sorted({column.extra for column in columns if column.extra and not column.sensitive}, key=str.casefold)
    all_groups = [
        Group("default", _("Default fields"), _options((c for c in columns if is_default(c)), names)),
        Group("sensitive", _("Sensitive fields"), _options((c for c in columns if c.sensitive), names)),
        *(Group("extra", _extra_label(extra), _options(_extra(columns, extra), names)) for extra in extras),
    ]
    return [group for group in all_groups if group.options]


def _extra_label(kind: str) -> str:
    return _("Only for %(kind)s") % {"kind": kind}


def _extra(columns: Iterable[Column], kind: str) -> Iterator[Column]:
    return (column for column in columns if column.extra == kind and not column.sensitive)


def _options(columns: Iterable[Column], chosen: set[str]) -> tuple[Option, ...]:
    text = current_reader().catalogue_text
    return tuple(
        Option(column.name, text(column.label), text(column.description), column.sensitive, column.name in chosen)
        for column in columns
    )
