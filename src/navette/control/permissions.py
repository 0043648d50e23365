"""The permissions of roles, and the only place that decides who may do what.

The names are those of the contact centre's own permissions where it has them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _

from navette.catalogue.export import Export
from navette.catalogue.exports import EXPORTS
from navette.control.actor import Actor
from navette.control.errors import ForbiddenError
from navette.core.messages import Message

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

    from navette.control.models import Run, User


@dataclass(frozen=True)
class Permission:
    """One thing that a role may permit, with a label and a help text in English.

    ``needs_confirmation``: whoever uses it in the console has recently entered their own password or code again. That
    is for what opens somebody's account or gives it more rights: a stolen session is not enough for either.
    """

    name: str
    english_label: str
    english_help: str
    needs_confirmation: bool = False

    @property
    def label(self) -> "StrPromise":
        """What it is called, in the language of whoever reads it."""
        return gettext_lazy(self.english_label)

    @property
    def help(self) -> "StrPromise":
        """What it permits, in the language of whoever reads it."""
        return gettext_lazy(self.english_help)


PERMISSIONS = {
    permission.name: permission
    for permission in (
        Permission("read_export", _("Export data"), _("See the exports, run them and receive their files.")),
        Permission("manage_automatic_exports", _("Manage automated exports"), _("Add, change, run and delete tasks.")),
        Permission(
            "view_sensitive_columns",
            _("Export sensitive fields"),
            _("Add fields with personal data, such as names and phone numbers, to exports."),
        ),
        Permission("read_all_runs", _("See all runs"), _("See the runs of all users, without their files.")),
        Permission(
            "download_all_runs",
            _("Download all files"),
            _("Download and resend all users' files, and cancel their runs."),
        ),
        Permission(
            "create_and_destroy_extension", _("Manage extensions"), _("Turn extensions on and off for everyone.")
        ),
        Permission(
            "search_event",
            _("Read the audit log"),
            _("See who did what, and when; with the permission to export data, export it too."),
        ),
        Permission(
            "manage_users",
            _("Manage users"),
            _("Add users, change them, and close their accounts."),
            needs_confirmation=True,
        ),
        Permission(
            "manage_roles", _("Manage roles"), _("Add roles, and change what they permit."), needs_confirmation=True
        ),
        Permission("manage_connectors", _("Manage connectors"), _("See where the data comes from.")),
        Permission("update_settings", _("Change the settings"), _("Change the domain's settings.")),
    )
}

ROLES_AT_SETUP = {
    _("Administrator"): tuple(PERMISSIONS),
    _("Supervisor"): ("read_export", "manage_automatic_exports"),
    _("Auditor"): ("search_event", "read_all_runs"),
}
"""The roles that ``navette init`` makes, and what they permit."""


def require(user: "User | None", permission: str) -> "User":
    """The user. Raises ForbiddenError unless there is one whose role permits it."""
    if user is None or not user.may(permission):
        label = Message(PERMISSIONS[permission].english_label)
        raise ForbiddenError("your role does not permit this: {label} ({name}).", label=label, name=permission)
    return user


def require_user(user: "User | None") -> "User":
    """The user. Raises ForbiddenError where nobody is signed in."""
    if user is None:
        raise ForbiddenError("sign in first.")
    return user


def require_operator(actor: Actor) -> None:
    """Raise ForbiddenError unless the actor runs Navette's commands."""
    if not actor.is_operator:
        raise ForbiddenError("only whoever runs Navette's commands may do this.")


def may_see_run(user: "User", run: "Run") -> bool:
    """Whether the run and what it did, though not its file, may be shown."""
    mine = run.requested_by_id == user.pk and user.may("read_export")
    return mine or user.may("read_all_runs") or user.may("download_all_runs")


def may_have_file(user: "User", run: "Run", sensitive: bool) -> bool:
    """Whether the user may download the run's file; ``sensitive``: it holds sensitive columns.

    The requester may, and anybody who may download all files, if they have the permissions for its contents.
    """
    mine = run.requested_by_id == user.pk and user.may("read_export")
    return (mine or user.may("download_all_runs")) and may_have_contents(user, run.export, sensitive)


def may_have_contents(user: "User", export: str, sensitive: bool) -> bool:
    """Whether the user has permission for the contents of a file of this export, whoever requested it."""
    of_export = EXPORTS[export].permission if export in EXPORTS else None
    return (not sensitive or user.may("view_sensitive_columns")) and (of_export is None or user.may(of_export))


def sensitive_among(export: Export, names: Iterable[str]) -> list[str]:
    """Those of the names that are sensitive columns of the export."""
    sensitive = {column.name for column in export.all_columns() if column.sensitive}
    return [name for name in names if name in sensitive]
