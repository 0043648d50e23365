"""What every page shows around its content: the navigation, the domain, the languages."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from navette.control.models import Domain

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

    from navette.control.models import User


@dataclass(frozen=True)
class NavigationEntry:
    """One line of the navigation, shown to users with one of the permissions."""

    label: "StrPromise"
    address: str
    icon: str
    permissions: tuple[str, ...]


@dataclass(frozen=True)
class Section:
    """A heading of the navigation with its lines."""

    label: "StrPromise"
    entries: tuple[NavigationEntry, ...]


NAVIGATION = (
    Section(
        _("Digital"),
        (
            NavigationEntry(_("Exports"), "exports", "file-export", ("read_export",)),
            NavigationEntry(_("Automated exports"), "tasks", "repeat", ("manage_automatic_exports",)),
            NavigationEntry(_("History"), "runs", "history", ("read_export", "read_all_runs", "download_all_runs")),
        ),
    ),
    Section(
        _("Settings"),
        (
            NavigationEntry(_("Domain"), "domain", "building", ("update_settings",)),
            NavigationEntry(_("Users"), "users", "users", ("manage_users",)),
            NavigationEntry(_("Roles"), "roles", "shield-lock", ("manage_roles",)),
            NavigationEntry(_("Connectors"), "connectors", "plug", ("manage_connectors",)),
            NavigationEntry(_("Extensions"), "extensions", "puzzle", ("create_and_destroy_extension",)),
            NavigationEntry(_("Audit log"), "journal", "clipboard-list", ("search_event",)),
        ),
    ),
)


def entries_for(user: "User") -> list[NavigationEntry]:
    """The lines of the navigation that the user sees, from top to bottom."""
    return [entry for section in NAVIGATION for entry in section.entries if _may_see(entry, user)]


def console(request: HttpRequest) -> dict[str, Any]:
    """The variables of every template. A page that shows an error may have a request that no middleware saw."""
    user = getattr(request, "user", None)
    domain = getattr(request, "domain", None) or Domain()
    variables = {
        "domain": domain,
        "languages": settings.LANGUAGES,
        "sign_in_notice": settings.NAVETTE.sign_in_notice,
    }
    return {**variables, "navigation": _navigation(user, request.path)} if user and user.is_authenticated else variables


def _navigation(user: "User", path: str) -> list[dict[str, Any]]:
    sections = [
        {"label": section.label, "entries": [_line(entry, path) for entry in section.entries if _may_see(entry, user)]}
        for section in NAVIGATION
    ]
    return [section for section in sections if section["entries"]]


def _line(entry: NavigationEntry, path: str) -> dict[str, Any]:
    address = reverse(entry.address)
    return {"label": entry.label, "address": address, "icon": entry.icon, "here": path.startswith(address)}


def _may_see(entry: NavigationEntry, user: "User") -> bool:
    return any(user.may(permission) for permission in entry.permissions)
