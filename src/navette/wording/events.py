"""The journal in words: what its events and their details are called on screen."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from navette.control.extensions import EXTENSIONS
from navette.control.journal import stored_message
from navette.control.permissions import PERMISSIONS
from navette.wording.errors import in_words as message_in_words
from navette.wording.labels import FILTER_WORDS, STEP_WORDS, TIMES
from navette.wording.reader import Reader
from navette.wording.tasks import ORIGINS

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

EVENTS: dict[str, "StrPromise"] = {
    "session.created": gettext_lazy("Signed in"),
    "session.destroyed": gettext_lazy("Signed out"),
    "password.updated": gettext_lazy("Password changed"),
    "security.updated": gettext_lazy("Security changed"),
    "user.created": gettext_lazy("User added"),
    "user.updated": gettext_lazy("User changed"),
    "user.destroyed": gettext_lazy("User removed"),
    "user.password_recovery_instructions_sent": gettext_lazy("Password link created"),
    "role.created": gettext_lazy("Role added"),
    "role.updated": gettext_lazy("Role changed"),
    "role.destroyed": gettext_lazy("Role deleted"),
    "extension.created": gettext_lazy("Extension turned on"),
    "extension.destroyed": gettext_lazy("Extension turned off"),
    "settings.created": gettext_lazy("Domain created"),
    "secrets.updated": gettext_lazy("Secrets encrypted anew"),
    "settings.updated": gettext_lazy("Settings changed"),
    "export.requested": gettext_lazy("Export requested"),
    "export.created": gettext_lazy("Export completed"),
    "export.cancelled": gettext_lazy("Export cancelled"),
    "export.previewed": gettext_lazy("Export previewed"),
    "export.downloaded": gettext_lazy("File downloaded"),
    "export.sent_again": gettext_lazy("File resent"),
    "export.link_revoked": gettext_lazy("Link revoked"),
    "preset.created": gettext_lazy("Saved settings added"),
    "preset.updated": gettext_lazy("Saved settings replaced"),
    "preset.destroyed": gettext_lazy("Saved settings deleted"),
    "automatic_exports_task.created": gettext_lazy("Task added"),
    "automatic_exports_task.updated": gettext_lazy("Task changed"),
    "automatic_exports_task.destroyed": gettext_lazy("Task deleted"),
    "automatic_exports_task.succeed": gettext_lazy("Task succeeded"),
    "automatic_exports_task.failed": gettext_lazy("Task failed"),
    "ssh_key.created": gettext_lazy("SSH key created"),
    "ssh_key.destroyed": gettext_lazy("SSH key removed"),
    "sftp_connection.tested": gettext_lazy("Connection tested"),
    "expired_data_purge.deleted": gettext_lazy("Expired files deleted"),
    "data_store.loaded": gettext_lazy("Data loaded"),
    "data_store.vacuumed": gettext_lazy("Old versions removed"),
}
"""What is done here; the label of any other event is its name."""

DETAILS: dict[str, "StrPromise"] = {
    "added": pgettext_lazy("journal", "added"),
    "address": gettext_lazy("address"),
    "attachment": gettext_lazy("attached"),
    "by": gettext_lazy("filtered by"),
    "bytes": gettext_lazy("bytes"),
    "changed": gettext_lazy("changed"),
    "columns": gettext_lazy("fields"),
    "connector": gettext_lazy("connector"),
    "count": pgettext_lazy("journal", "count"),
    "delivery": gettext_lazy("delivery"),
    "end": gettext_lazy("to"),
    "export": gettext_lazy("export"),
    "extension": gettext_lazy("extension"),
    "exports": gettext_lazy("exports"),
    "file": gettext_lazy("file"),
    "file_name": gettext_lazy("file"),
    "files": gettext_lazy("files"),
    "filters": gettext_lazy("filters"),
    "fingerprint": gettext_lazy("fingerprint"),
    "format": gettext_lazy("format"),
    "host_keys": gettext_lazy("accepted host keys"),
    "inserted": gettext_lazy("inserted"),
    "is_active": gettext_lazy("may sign in"),
    "keep_hours": gettext_lazy("hours kept"),
    "kind": gettext_lazy("type"),
    "loaded_rows": gettext_lazy("rows"),
    "on": pgettext_lazy("journal", "active"),
    "part": gettext_lazy("byte range"),
    "paused": gettext_lazy("paused"),
    "permissions": gettext_lazy("permissions"),
    "preset": gettext_lazy("saved settings"),
    "problems": gettext_lazy("problems"),
    "reason": gettext_lazy("reason"),
    "recipient": gettext_lazy("recipient"),
    "recipients": gettext_lazy("recipients"),
    "rejected": gettext_lazy("rejected"),
    "removed": pgettext_lazy("journal", "removed"),
    "result": gettext_lazy("result"),
    "role": gettext_lazy("role"),
    "roles": gettext_lazy("roles"),
    "rows": gettext_lazy("rows"),
    "run": gettext_lazy("run"),
    "sensitive_columns": gettext_lazy("sensitive fields"),
    "sha256": gettext_lazy("SHA-256"),
    "slot": gettext_lazy("slot"),
    "start": gettext_lazy("from"),
    "step": gettext_lazy("failed step"),
    "task": gettext_lazy("task"),
    "unchanged": gettext_lazy("unchanged"),
    "updated": gettext_lazy("updated"),
    "user": gettext_lazy("user"),
    "what": gettext_lazy("details"),
    "window": gettext_lazy("period"),
}
"""The keys of an event's details; any other is shown as it is."""

VALUES: dict[str, Mapping[str, "StrPromise | str"]] = {
    "what": {
        "sign_in_locked": gettext_lazy("sign-in locked after failed attempts"),
        "second_factor_added": gettext_lazy("second factor added"),
        **ORIGINS,
        "second_factor_removed": gettext_lazy("second factor removed"),
    },
    "kind": {"totp": gettext_lazy("authenticator app"), "recovery_codes": gettext_lazy("recovery codes")},
    "reason": {
        "signed_out": gettext_lazy("by the user"),
        "idle": gettext_lazy("inactive for too long"),
        "longest": gettext_lazy("session time limit reached"),
        "host_key_unknown": gettext_lazy("its key is not accepted yet"),
        "host_key_changed": gettext_lazy("its key has changed"),
    },
    "result": {"ok": gettext_lazy("succeeded"), "failed": gettext_lazy("failed")},
    "step": STEP_WORDS,
    "by": {name: word.label for name, word in TIMES.items()},
    "extension": {name: kind.label for name, kind in EXTENSIONS.items()},
    **{
        key: {name: permission.label for name, permission in PERMISSIONS.items()}
        for key in ("permissions", "added", "removed")
    },
    "changed": {
        "name": gettext_lazy("name"),
        "email": gettext_lazy("e-mail address"),
        "role": gettext_lazy("role"),
        "locale": gettext_lazy("language"),
        "timezone": gettext_lazy("time zone"),
        "is_active": gettext_lazy("may sign in"),
        "first_day_of_week": gettext_lazy("first day of the week"),
        "export_in_seconds": gettext_lazy("durations in seconds"),
        "retention_days": gettext_lazy("retention"),
        "link_days": gettext_lazy("link validity"),
        "file_name_pattern": gettext_lazy("pattern of file names"),
        "monday": gettext_lazy("Monday's hours"),
        "tuesday": gettext_lazy("Tuesday's hours"),
        "wednesday": gettext_lazy("Wednesday's hours"),
        "thursday": gettext_lazy("Thursday's hours"),
        "friday": gettext_lazy("Friday's hours"),
        "saturday": gettext_lazy("Saturday's hours"),
        "sunday": gettext_lazy("Sunday's hours"),
    },
}
"""The words for the values of some details."""


def event_label(name: str) -> str:
    """What an event is called on screen."""
    return str(EVENTS.get(name, name))


def event_in_words(details: dict[str, Any], reader: Reader) -> Iterator[tuple[str, str]]:
    """Each detail that says something: its label and its value."""
    for key, value in details.items():
        if value not in (None, "", [], {}):
            yield str(DETAILS.get(key, key)), _value(key, value, reader)


def _value(key: str, value: Any, reader: Reader) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int | float):
        return reader.number(value)
    if isinstance(value, list | tuple):
        return ", ".join(_value(key, item, reader) for item in value)
    if isinstance(value, dict):
        return _parts(value, reader)
    if key == "slot":
        return _instant(value, reader)
    return str(VALUES.get(key, {}).get(value, value))


def _instant(text: str, reader: Reader) -> str:
    """An ISO instant as the reader writes it; any other text as it is."""
    try:
        return reader.instant(datetime.fromisoformat(text), "short")
    except (TypeError, ValueError):
        return str(text)


def _parts(value: dict[str, Any], reader: Reader) -> str:
    """A message, or what a detail consists of."""
    if message := stored_message(value):
        return message_in_words(message)
    named = ({"label": _part_label(name), "value": _value(name, part, reader)} for name, part in value.items())
    return " · ".join(_("%(label)s: %(value)s") % part for part in named)


def _part_label(name: str) -> str:
    """What a filter, or an end of a window, is called."""
    return str(FILTER_WORDS[name].label if name in FILTER_WORDS else DETAILS.get(name, name))
