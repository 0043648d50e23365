"""Keeps what django-allauth knows of a user in step with the user, whoever changes them."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.db.models.signals import post_save

from navette.control.models import User


def follow_user_addresses() -> None:
    """Connect the signals."""
    post_save.connect(_keep_address, sender=User)


def _keep_address(instance: User, update_fields: Any = None, **_signal: Any) -> None:
    """Keep the one address that allauth knows of a user the user's own; it is verified: an administrator gave it.

    Once it changes, whoever the provider knew by the old one cannot sign in any more.
    """
    if update_fields is not None and "email" not in update_fields:
        return
    if EmailAddress.objects.filter(user=instance).exclude(email=instance.email).delete()[0]:
        SocialAccount.objects.filter(user=instance).delete()
    defaults = {"primary": True, "verified": True}
    EmailAddress.objects.update_or_create(user=instance, email=instance.email, defaults=defaults)
