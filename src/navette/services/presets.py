"""Presets: requests that a user keeps under a name."""

import unicodedata
from typing import Any

from django.db import transaction
from django.utils import timezone

from navette.control.actor import Actor
from navette.control.errors import ForbiddenError
from navette.control.journal import record
from navette.control.models import Domain, Preset
from navette.control.permissions import require
from navette.control.requests import SavedRequest, check_allowed
from navette.core.errors import RequestError, unknown
from navette.core.locales import locale_name
from navette.formats import FORMATS, compressed
from navette.services.valid_values import concerning, typed

_LONGEST_NAME = 100


@transaction.atomic
def save(actor: Actor, name: str, request: SavedRequest) -> tuple[Preset, bool]:
    """Save the request under this name, and return whether the preset is new: one of the same name is replaced.

    Raises ForbiddenError for what the actor may not export, RequestError for a wrong value.
    """
    user = require(actor.user, "read_export")
    check_allowed(user, request)
    _check(request)
    key: dict[str, Any] = {"user": user, "export": request.export, "name": _checked_name(name)}
    preset, is_new = Preset.objects.update_or_create(**key, defaults={"request": request.to_json()})
    record("preset.created" if is_new else "preset.updated", actor, export=preset.export, preset=preset.name)
    return preset, is_new


def _check(request: SavedRequest) -> None:
    """Raise RequestError for a request that is not valid, whatever the store contains."""
    if request.format not in FORMATS:
        raise unknown("format", request.format, FORMATS)
    compressed(FORMATS[request.format], request.compression)
    locale_name(request.locale)
    request.dated(timezone.now(), Domain.current().first_day_of_week).compiled()


def _checked_name(name: str) -> str:
    """The name in one line, without control characters: no name needs them, and PostgreSQL does not store them all."""
    name = typed("name", name, str)
    name = " ".join(
        "".join(" " if unicodedata.category(character) in ("Cc", "Cs") else character for character in name).split()
    )
    with concerning("name"):
        if not name:
            raise RequestError("Give the settings a name.")
        if len(name) > _LONGEST_NAME:
            raise RequestError("The name is too long: use at most 100 characters.")
    return name


@transaction.atomic
def delete(actor: Actor, preset: Preset) -> None:
    """Delete one of the actor's own presets. Raises ForbiddenError for another user's."""
    user = require(actor.user, "read_export")
    if preset.user_id != user.pk:
        raise ForbiddenError("these settings belong to another user.")
    preset.delete()
    record("preset.destroyed", actor, export=preset.export, preset=preset.name)
