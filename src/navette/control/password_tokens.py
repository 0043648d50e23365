"""The tokens of links with which a user chooses a password."""

from typing import Any

from django.contrib.auth.tokens import PasswordResetTokenGenerator

from navette.control.models import User


class PasswordLinkTokens(PasswordResetTokenGenerator):
    """Tokens that end with a sign-in, and with a new password, address, role or permission of the user.

    Whoever was given a link may have been permitted less than its user is permitted by now.
    """

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        person = User.objects.select_related("role").get(pk=user.pk)
        rights = [str(person.is_active), person.role_id, *sorted(person.role.permissions)]
        return f"{super()._make_hash_value(user, timestamp)} {' '.join(rights)}"
