"""The settings that users choose for themselves: language and time zone."""

from django.db import transaction

from navette.control.actor import Actor
from navette.control.journal import record
from navette.control.models import User
from navette.control.permissions import require_user
from navette.services import valid_values


@transaction.atomic
def change(actor: Actor, *, locale: str | None = None, timezone: str | None = None) -> User:
    """Change the actor's own locale or time zone. Empty for the domain's; None for no change.

    Returns the user as they are then. Raises ForbiddenError where nobody is signed in, RequestError for a wrong value.
    """
    user = User.objects.select_for_update().get(pk=require_user(actor.user).pk)
    chosen = {
        "locale": locale and valid_values.locale("locale", locale),
        "timezone": timezone and valid_values.time_zone("timezone", timezone),
    }
    changed = [name for name, value in chosen.items() if value not in (None, getattr(user, name))]
    for name in changed:
        setattr(user, name, chosen[name])
    if changed:
        user.save(update_fields=[*changed, "updated_at"])
        record("user.updated", actor, user=user.email, changed=changed)
    return user
